import { expect, test } from 'vitest'
import { isLoopback, networkOf } from './network.ts'

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['', '']
])('the network of %j is %j', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', ''])('%j is this machine', (address) => {
  expect(isLoopback(address)).toBe(true)
})

test.each(['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1'])('%s is another', (address) => {
  expect(isLoopback(address)).toBe(false)
})
