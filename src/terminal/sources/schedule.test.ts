import { describe, expect, test } from 'vitest'
import { framesOn } from '../../../test/support/media-files.ts'
import { NodeTrack } from '../../rtc/media-stream.ts'
import { play, readerOf } from './schedule.ts'
import { clock } from './source.ts'

const frame = (time: number) => ({ data: Uint8Array.of(1), time, isKey: true })

async function* framesAt(...times: readonly number[]) {
  for (const time of times) yield frame(time)
}

const playable = (...times: readonly number[]) => {
  const track = new NodeTrack('video')
  return { track, frames: readerOf(framesAt(...times)), heard: framesOn(track) }
}

const never = new AbortController().signal

const broken = async function* () {
  yield frame(0)
  throw new Error('torn')
}

describe('a reader', () => {
  test('shows the next frame until it is taken, to whoever asks', async () => {
    const reader = readerOf(framesAt(1, 2))
    const both = await Promise.all([reader.peek(), reader.peek()])
    expect(both.map((one) => one?.time)).toEqual([1, 1])
    reader.take()
    expect((await reader.peek())?.time).toBe(2)
    reader.take()
    expect(await reader.peek()).toBeNull()
    expect(await reader.peek()).toBeNull()
  })
})

describe('frames are played', () => {
  test('at their distances, also from one track to the other, whatever they count from', async () => {
    const [one, other] = [playable(100, 100.04), playable(100.02, 100.03)]
    const before = clock()
    expect(await play([one, other], never)).toBe(true)
    const first = one.heard[0]?.time ?? NaN
    const times = [...one.heard, ...other.heard].map(({ time }) => Math.round((time - first) * 1_000))
    expect(times).toEqual([0, 40, 20, 30])
    expect(first).toBeGreaterThan(before)
  })

  test('never before their time', async () => {
    const one = playable(0, 0.05)
    const early: number[] = []
    one.track.listen(({ time }) => early.push(time - clock()))
    await play([one], never)
    // Timers count in whole milliseconds.
    expect(Math.max(...early)).toBeLessThan(0.002)
  })

  test('at once, where they are behind it', async () => {
    const one = playable(5, 4, 3, -100)
    expect(await play([one], never)).toBe(true)
    expect(one.heard.length).toBe(4)
  })

  test('until it is enough; what is left is there for the next time', async () => {
    const control = new AbortController()
    const one = playable(0, 3_600)
    one.track.listen(() => queueMicrotask(() => control.abort()))
    await play([one], control.signal)
    expect(one.heard.length).toBe(1)
    expect((await one.frames.peek())?.time).toBe(3_600)
  })

  test('not at all, where it was enough before', async () => {
    const one = playable(0)
    await play([one], AbortSignal.abort())
    expect(one.heard.length).toBe(0)
  })

  test('if there are any, and it is known when there are none', async () => {
    expect(await play([playable(), playable()], never)).toBe(false)
    expect(await play([], never)).toBe(false)
    const [none, one] = [playable(), playable(7)]
    expect(await play([none, one], never)).toBe(true)
    expect(one.heard.length).toBe(1)
  })

  test('until one cannot be read', async () => {
    const track = new NodeTrack('video')
    await expect(play([{ track, frames: readerOf(broken()) }], never)).rejects.toThrow('torn')
  })
})
