import { describe, expect, test } from 'vitest'
import { PathWatch } from './path-watch.ts'

/** Looks every half second at what `received` says, and answers with what it was told in between. */
const watching = (seconds: number, received: (second: number) => number) => {
  const watch = new PathWatch(0)
  return Array.from({ length: 2 * seconds }, (_, at) => {
    const now = (at + 1) / 2
    return watch.read({ state: 'connected', closed: false, received: received(now) }, now)
  })
}

const since = (states: readonly string[], state: string): number => (states.indexOf(state) + 1) / 2

describe('a path', () => {
  test('over which media comes is as werift says', () => {
    expect(new Set(watching(60, (second) => 50 * second))).toEqual(new Set(['connected']))
  })

  test('over which media came is gone when nothing has come for two seconds', () => {
    const states = watching(20, (second) => 50 * Math.min(second, 10))
    expect(since(states, 'disconnected')).toBe(12.5)
  })

  test('without media is gone when there was no sign of life for six seconds', () => {
    const states = watching(20, (second) => Math.floor(Math.min(second, 10) / 2.5))
    expect(since(states, 'disconnected')).toBe(16.5)
  })

  test('is as alive as before when ICE starts over, and what was counted for the former path no longer is', () => {
    const states = watching(80, (second) => 50 * second + (second < 40 ? 1_500 : 0))
    expect(new Set(states)).toEqual(new Set(['connected']))
  })

  test('that the other side has closed has failed', () => {
    const watch = new PathWatch(0)
    expect(watch.read({ state: 'connected', closed: true, received: 1 }, 0.5)).toBe('failed')
    expect(watch.read({ state: 'connecting', closed: true, received: 1 }, 1)).toBe('connecting')
  })

  test('is not called gone by a process that was asleep', () => {
    const watch = new PathWatch(0)
    const read = (now: number) => watch.read({ state: 'connected', closed: false, received: 100 }, now)
    expect([read(0.5), read(30), read(30.5), read(31), read(32.5)]).toEqual([
      'connected',
      'connected',
      'connected',
      'connected',
      'disconnected'
    ])
  })
})
