import { describe, expect, test } from 'vitest'
import { Pieces, StereoResampler, wholeSamples } from './sound.ts'

const sine = (hz: number, sampleRate: number, seconds: number): Int16Array =>
  Int16Array.from({ length: sampleRate * seconds }, (_sample, at) =>
    Math.round(16_384 * Math.sin((2 * Math.PI * hz * at) / sampleRate))
  )

/** In pieces of ten milliseconds, as a stack gives it. */
const resampled = (samples: Int16Array, sampleRate: number): Float32Array => {
  const resampler = new StereoResampler(48_000)
  const piece = sampleRate / 100
  const made: number[] = []
  for (let at = 0; at < samples.length; at += piece)
    made.push(...resampler.take({ samples: samples.subarray(at, at + piece), sampleRate, channelCount: 1 }))
  return Float32Array.from(made)
}

describe('sound of another rate', () => {
  test('of the same rate, it is what it was', () => {
    const samples = Int16Array.of(16_384, -16_384, 8_192, 0)
    const made = new StereoResampler(48_000).take({ samples, sampleRate: 48_000, channelCount: 2 })
    expect([...made]).toEqual([0.5, -0.5, 0.25, 0])
  })

  test('of one channel, both have it; of more than two, the first two count', () => {
    const pcm = { samples: Int16Array.of(16_384, 8_192, 0), sampleRate: 48_000 }
    const [one, three] = [1, 3].map((channelCount) =>
      new StereoResampler(48_000).take({ ...pcm, channelCount })
    )
    expect(one).toEqual(Float32Array.of(0.5, 0.5, 0.25, 0.25, 0, 0))
    expect(three).toEqual(Float32Array.of(0.5, 0.25))
  })

  test.each([8_000, 16_000, 32_000, 44_100])('at %i a second, a tone stays that tone', (sampleRate) => {
    const made = resampled(sine(440, sampleRate, 1), sampleRate)
    expect(made).toHaveLength(96_000)
    // It is late by less than one sample of what came in.
    const late = 48_000 / sampleRate - 1
    const errors = Array.from({ length: 48_000 }, (_sample, at) =>
      Math.abs((made[at * 2] ?? 9) - 0.5 * Math.sin((2 * Math.PI * 440 * (at - late)) / 48_000))
    )
    expect(Math.max(...errors.slice(10))).toBeLessThan(0.02)
  })

  test('a last sample that lies beyond what came goes towards silence', () => {
    const samples = Int16Array.of(16_384, 16_384, 16_384)
    const made = new StereoResampler(48_000).take({ samples, sampleRate: 32_000, channelCount: 1 })
    expect(made).toHaveLength(10)
    expect(made.at(-3)).toBe(0.5)
    expect(made.at(-1)).toBeCloseTo(1 / 3)
  })

  test('nothing makes nothing, and does not forget what was before', () => {
    const resampler = new StereoResampler(48_000)
    const rate = { sampleRate: 24_000, channelCount: 1 }
    resampler.take({ samples: Int16Array.of(16_384), ...rate })
    expect(resampler.take({ samples: new Int16Array(0), ...rate })).toHaveLength(0)
    const [first] = resampler.take({ samples: Int16Array.of(0), ...rate })
    expect(first).toBe(0.25)
  })
})

test('as whole numbers, what is too loud is cut off', () => {
  expect([...wholeSamples(Float32Array.of(0, 0.5, -0.5, 1, -1, 2, -2))]).toEqual([
    0, 16_384, -16_384, 32_767, -32_768, 32_767, -32_768
  ])
})

test('pieces of any length become pieces of one length, and nothing is lost', () => {
  const pieces = new Pieces(4)
  const taken = [[1, 2, 3], [4], [], [5, 6, 7, 8, 9, 10, 11, 12, 13], [14, 15, 16]].map((piece) =>
    pieces.take(Float32Array.from(piece))
  )
  expect(taken).toEqual([
    [],
    [Float32Array.of(1, 2, 3, 4)],
    [],
    [Float32Array.of(5, 6, 7, 8), Float32Array.of(9, 10, 11, 12)],
    [Float32Array.of(13, 14, 15, 16)]
  ])
})
