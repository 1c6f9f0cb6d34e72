import { expect, test } from 'vitest'
import { RelayedAddresses, hostAddress } from './relayed-address.ts'

/** What is drawn, two bytes at a time. */
const drawing = (...numbers: readonly number[]) => {
  const rest = [...numbers]
  return new RelayedAddresses({ random: () => Uint8Array.of(0, rest.shift() ?? 0) })
}

test('an address that is taken is not given again until it is free', () => {
  const addresses = drawing(7, 7, 8, 7, 7)
  expect(addresses.take(1, 'any')).toBe(0xc007)
  expect(addresses.take(1, 'any')).toBe(0xc008)
  expect(addresses.take(2, 'any')).toBe(0xc007)
  addresses.give(1, 0xc007)
  expect(addresses.take(1, 'any')).toBe(0xc007)
})

test('a pair is an even port and the one behind it, both free', () => {
  const addresses = drawing(7, 6, 9, 8, 9, 10)
  expect(addresses.take(1, 'any')).toBe(0xc007)
  expect(addresses.take(1, 'pair')).toBe(0xc008)
  expect(addresses.take(1, 'even')).toBe(0xc00a)
})

test('a host is none of those with a meaning of their own', () => {
  expect([drawing(0).anyHost(), drawing(253).anyHost(), drawing(254).anyHost()]).toEqual([1, 254, 1])
})

test('a host has an address of either family', () => {
  expect(hostAddress(9, 4)).toEqual(Uint8Array.of(198, 51, 100, 9))
  expect(hostAddress(9, 16)).toEqual(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 198, 51, 100, 9))
})
