import { describe, expect, test, vi } from 'vitest'
import { framesOn, trackOf } from '../../../test/support/media-files.ts'
import { readStamp } from '../../media/stamp.ts'
import { Vp8Decoder } from '../../rtc/libav/vp8.ts'
import { openPattern } from './pattern-source.ts'
import { clock } from './source.ts'

const patience = { timeout: 30_000, interval: 20 }
const settings = { width: 320, height: 180, framesPerSecond: 20, name: 'ada' }

const timeOfDay = (): number => {
  const now = new Date()
  return now.getTime() - new Date(now).setHours(0, 0, 0, 0)
}

const playing = async () => {
  const source = await openPattern(settings)
  const [audio, video] = [trackOf(source.tracks, 'audio'), trackOf(source.tracks, 'video')]
  return {
    source,
    video,
    pictures: framesOn(video),
    sound: framesOn(audio),
    formats: [audio.format, video.format],
    [Symbol.asyncDispose]: () => source.close()
  }
}

describe('the test pattern', () => {
  test('is a picture that can be decoded, and that says its number and its time', async () => {
    await using pattern = await playing()
    expect(pattern.formats).toEqual([{ codec: 'opus' }, { codec: 'VP8' }])
    const before = timeOfDay()
    pattern.source.start(() => {})
    await vi.waitFor(() => expect(pattern.pictures.length).toBeGreaterThan(3), patience)
    pattern.source.stop()
    const after = timeOfDay()
    const decoder = await Vp8Decoder.open()
    const stamps: (readonly [number, number])[] = []
    for (const frame of pattern.pictures) {
      const picture = await decoder.decode(frame)
      if (typeof picture === 'string') throw new Error(picture)
      expect([picture.width, picture.height]).toEqual([320, 180])
      const stamp = readStamp(picture)
      stamps.push([stamp?.frame ?? NaN, stamp?.timeMs ?? NaN])
    }
    await decoder.close()
    expect(stamps.map(([frame]) => frame)).toEqual(stamps.map((_stamp, at) => at))
    for (const [, timeMs] of stamps) {
      // Midnight may lie between.
      const isBetween = before <= after ? timeMs >= before && timeMs <= after : true
      expect(isBetween).toBe(true)
    }
  })

  test('has times that grow, and only its first picture stands for itself', async () => {
    await using pattern = await playing()
    const before = clock()
    pattern.source.start(() => {})
    await vi.waitFor(() => expect(pattern.pictures.length).toBeGreaterThan(4), patience)
    const times = pattern.pictures.map(({ time }) => time)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(new Set(times).size).toBe(times.length)
    expect(times[0]).toBeGreaterThanOrEqual(before)
    expect(pattern.pictures.map(({ isKey }) => isKey).indexOf(true, 1)).toBe(-1)
    expect(pattern.pictures[0]?.isKey).toBe(true)
  })

  test('has a picture that stands for itself when one is asked for', async () => {
    await using pattern = await playing()
    pattern.source.start(() => {})
    await vi.waitFor(() => expect(pattern.pictures.length).toBeGreaterThan(1), patience)
    const { length } = pattern.pictures
    pattern.video.requestKeyFrame()
    await vi.waitFor(
      () => expect(pattern.pictures.slice(length).some(({ isKey }) => isKey)).toBe(true),
      patience
    )
  })

  test('has sound without gaps, each packet twenty milliseconds after the one before', async () => {
    await using pattern = await playing()
    const before = clock()
    pattern.source.start(() => {})
    await vi.waitFor(() => expect(pattern.sound.length).toBeGreaterThan(10), patience)
    const times = pattern.sound.map(({ time }) => time)
    expect(times[0]).toBeGreaterThanOrEqual(before)
    expect(pattern.sound.every(({ isKey, data }) => isKey && data.length > 0)).toBe(true)
    // A machine that has slept goes on later, on the same grid or another, but never earlier.
    const steps = times.slice(1).map((time, at) => time - (times[at] ?? NaN))
    expect(Math.min(...steps)).toBeGreaterThan(0.0199)
  })

  test('is silent while there is no call, and begins with a picture that stands for itself in each', async () => {
    await using pattern = await playing()
    for (const call of [1, 2, 3]) {
      const { length } = pattern.pictures
      pattern.source.start(() => {})
      await vi.waitFor(() => expect(pattern.pictures.length).toBeGreaterThan(length + 1), patience)
      expect(pattern.pictures[length]?.isKey, `call ${call}`).toBe(true)
      pattern.source.stop()
      const after = [pattern.pictures.length, pattern.sound.length]
      await new Promise((resolve) => setTimeout(resolve, 120))
      expect([pattern.pictures.length, pattern.sound.length]).toEqual(after)
    }
  })

  test('can be closed in the middle of a picture', async () => {
    for (let time = 0; time < 3; time += 1) {
      const pattern = await playing()
      pattern.source.start(() => {})
      await vi.waitFor(() => expect(pattern.sound.length).toBeGreaterThan(time), patience)
      await pattern.source.close()
      const { length } = pattern.sound
      await new Promise((resolve) => setTimeout(resolve, 60))
      expect(pattern.sound.length).toBe(length)
    }
  })
})
