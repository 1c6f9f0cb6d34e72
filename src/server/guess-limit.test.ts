import { describe, expect, test } from 'vitest'
import { GuessLimit } from './guess-limit.ts'

const limitAt = (clock: { now: number }) => new GuessLimit({ perMinute: 2, now: () => clock.now })

const guesses = (limit: GuessLimit, addresses: readonly string[]) =>
  addresses.map((address) => limit.allows(address))

describe('a network', () => {
  test('gets so many answers about unknown ids, and then none for a minute', () => {
    const clock = { now: 0 }
    const limit = limitAt(clock)
    expect(guesses(limit, ['a', 'a'])).toEqual([true, true])
    clock.now = 50_000
    expect(limit.allows('a')).toBe(false)
    clock.now = 109_999
    expect(limit.allows('a')).toBe(false)
    clock.now = 110_000
    expect(limit.allows('a')).toBe(true)
  })

  test('is not held to what it asked long ago', () => {
    const clock = { now: 0 }
    const limit = limitAt(clock)
    guesses(limit, ['a', 'a'])
    clock.now = 60_000
    expect(limit.allows('a')).toBe(true)
  })

  test('does not pay for another', () => {
    const limit = limitAt({ now: 0 })
    guesses(limit, ['a', 'a', 'a'])
    expect(limit.allows('b')).toBe(true)
  })

  test('is forgotten when there are too many others', () => {
    const limit = limitAt({ now: 0 })
    guesses(limit, ['a', 'a', 'a'])
    guesses(
      limit,
      Array.from({ length: 10_000 }, (_none, at) => `other ${at}`)
    )
    expect(limit.allows('a')).toBe(true)
  })
})
