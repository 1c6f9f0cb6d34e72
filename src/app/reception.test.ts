import { describe, expect, test } from 'vitest'
import { nothingReceived, observe } from './reception.ts'
import type { Observation, Reception } from './reception.ts'

const alive = { sinceMs: 500, sized: true, announced: true }

/** Observes again and again; `at` says what is seen the n-th time. */
const over = (times: number, at: (n: number) => Partial<Observation>, from: Reception = nothingReceived) => {
  let now = from
  for (let n = 1; n <= times; n++) {
    now = observe(now, { ...alive, frames: now.frames, signs: now.signs, ...at(n) })
  }
  return now
}

const more = (by: number) => (from: Reception) => ({ frames: from.frames + by, signs: from.signs + 100 })
const watched = over(4, (n) => ({ frames: n * 15, signs: n * 100 }))

describe('reception', () => {
  test('awaits a picture that was announced, for a while', () => {
    expect(over(4, (n) => ({ signs: n, sized: false })).picture).toBe('awaited')
    expect(over(5, (n) => ({ signs: n, sized: false })).picture).toBe('nothing')
  })

  test('awaits none that was not announced', () => {
    expect(over(1, () => ({ signs: 1, sized: false, announced: false })).picture).toBe('nothing')
  })

  test('moves with every frame', () => {
    expect(watched).toMatchObject({ picture: 'moving', lost: false })
  })

  test('takes a picture that stands while sound goes on for one that was switched off', () => {
    const off = over(5, (n) => ({ signs: watched.signs + n }), watched)
    expect(off).toMatchObject({ picture: 'nothing', lost: false })
    expect(observe(off, { ...alive, ...more(1)(off) }).picture).toBe('moving')
  })

  test('keeps the last frame, and is lost, when everything stops', () => {
    expect(over(7, () => ({}), watched)).toMatchObject({ picture: 'moving', lost: false })
    const lost = over(8, () => ({}), watched)
    expect(lost).toMatchObject({ picture: 'moving', lost: true })
    const back = observe(lost, { ...alive, frames: lost.frames, signs: lost.signs + 1 })
    expect(back).toMatchObject({ picture: 'moving', lost: false })
  })

  test('waits no longer for a picture on a path that little comes through', () => {
    expect(over(9, (n) => ({ signs: Math.floor(n / 2), sized: false })).picture).toBe('awaited')
    expect(over(10, (n) => ({ signs: Math.floor(n / 2), sized: false })).picture).toBe('nothing')
  })

  test('stays without a picture on a path that only its own checks keep alive', () => {
    const sparse = over(30, (n) => ({ signs: watched.signs + Math.floor(n / 5) }), watched)
    expect(sparse.lost).toBe(false)
    const off = over(6, (n) => ({ signs: watched.signs + n }), watched)
    expect(over(4, () => ({}), off).picture).toBe('nothing')
  })

  test('is never lost where nobody counts', () => {
    expect(over(20, () => ({ signs: null }), watched).lost).toBe(false)
  })

  test('believes a picture without counted frames', () => {
    expect(over(20, (n) => ({ frames: 0, signs: n })).picture).toBe('moving')
  })
})
