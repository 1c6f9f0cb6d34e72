import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { beepMs, tone } from './tone.ts'

const mono = { sampleRate: 48_000, channels: 1 } as const
const second = tone(0, 48_000, mono)
const beepEnd = (48_000 * beepMs) / 1_000
const loudest = (samples: Float32Array): number => Math.max(...samples.map(Math.abs))

describe('the tone', () => {
  test('is the same, whatever pieces it is asked for in', () => {
    fc.assert(
      fc.property(fc.nat(96_000), fc.array(fc.nat(2_000), { maxLength: 5 }), (from, counts) => {
        let at = from
        const pieces = counts.map((count) => tone((at += count) - count, count, mono))
        const whole = tone(from, at - from, mono)
        expect(pieces.flatMap((piece) => Array.from(piece))).toEqual(Array.from(whole))
      })
    )
  })

  test('is the same each second, also after years', () => {
    expect(tone(48_000 * 100_000_000, 48_000, mono)).toEqual(second)
  })

  test('is the same in all channels, one after the other', () => {
    const stereo = tone(4_000, 500, { ...mono, channels: 2 })
    const one = tone(4_000, 500, mono)
    const [left, right] = [0, 1].map((channel) => stereo.filter((_sample, at) => at % 2 === channel))
    expect([left, right]).toEqual([one, one])
  })

  test('is soft, and has a beep at the beginning of each second that is not', () => {
    expect(loudest(second.subarray(0, beepEnd))).toBeGreaterThan(0.2)
    expect(loudest(second)).toBeLessThan(0.25)
    expect(loudest(second.subarray(beepEnd))).toBeLessThanOrEqual(0.04)
    expect(loudest(second.subarray(beepEnd))).toBeGreaterThan(0.039)
  })

  test('does not click, neither where the beep begins and ends nor from second to second', () => {
    const two = tone(0, 96_000, mono)
    const steps = two.subarray(1).map((sample, at) => sample - (two[at] ?? NaN))
    expect(loudest(steps)).toBeLessThan(0.03)
    // A beep that begins at once would bend here.
    expect(loudest(steps.subarray(47_990, 48_010))).toBeLessThan(0.006)
  })

  test('swings as often as it should, at any rate', () => {
    for (const sampleRate of [8_000, 16_000, 44_100, 48_000]) {
      const samples = tone(0, sampleRate, { sampleRate, channels: 1 })
      const rises = (from: number, to: number): number =>
        samples.subarray(from, to).filter((sample, at) => sample >= 0 && (samples[from + at - 1] ?? 0) < 0)
          .length
      expect(Math.abs(rises(Math.round(sampleRate / 10), sampleRate) - 440 * 0.9)).toBeLessThanOrEqual(1)
      expect(
        Math.abs(rises(Math.round(sampleRate / 50), Math.round(sampleRate / 20)) - 30)
      ).toBeLessThanOrEqual(1)
    }
  })

  test('of no time is nothing', () => {
    expect(tone(5, 0, mono).length).toBe(0)
  })
})
