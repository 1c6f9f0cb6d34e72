import { describe, expect, test } from 'vitest'
import { framesOn, trackOf } from '../../../test/support/media-files.ts'
import { NodeTrack } from '../../rtc/media-stream.ts'
import { EchoSource } from './echo-source.ts'
import { clock } from './source.ts'

const frame = (time: number, isKey = false) => ({ data: Uint8Array.of(1, 2, 3), time, isKey })
const vp8 = { codec: 'VP8' }

const talking = () => {
  const echo = new EchoSource()
  const theirs = new NodeTrack('video', { format: vp8 })
  const back = trackOf(echo.tracks, 'video')
  echo.sink.take(theirs)
  return { echo, theirs, back, frames: framesOn(back) }
}

describe('an echo', () => {
  test('sends back what comes, with the distances that it came in, as of now', () => {
    const { theirs, frames } = talking()
    const before = clock()
    for (const time of [1_000, 1_000.25, 1_000.5]) theirs.write(frame(time, time === 1_000))
    expect(frames.map(({ isKey }) => isKey)).toEqual([true, false, false])
    expect(frames[0]?.data).toEqual(Uint8Array.of(1, 2, 3))
    expect(frames[0]?.time).toBeGreaterThanOrEqual(before)
    expect(frames[0]?.time).toBeLessThanOrEqual(clock())
    expect((frames[2]?.time ?? NaN) - (frames[0]?.time ?? NaN)).toBeCloseTo(0.5, 6)
  })

  test('counts anew when the other side does', () => {
    const { theirs, frames } = talking()
    theirs.write(frame(1_000))
    theirs.write(frame(5))
    const [first, second] = frames
    expect(Math.abs((second?.time ?? NaN) - (first?.time ?? NaN))).toBeLessThan(900)
  })

  test('sends sound as sound, and in the codec that it came in', () => {
    const { echo, theirs, back, frames } = talking()
    const sound = new NodeTrack('audio', { format: { codec: 'opus' } })
    const heard = framesOn(trackOf(echo.tracks, 'audio'))
    echo.sink.take(sound)
    sound.write(frame(0, true))
    expect([heard.length, frames.length]).toEqual([1, 0])
    theirs.format = { codec: 'H264' }
    theirs.write(frame(0, true))
    expect(back.format).toEqual({ codec: 'H264' })
  })

  test('passes on the wish for a key frame', () => {
    const { theirs, back } = talking()
    let wishes = 0
    theirs.onKeyFrameRequest(() => (wishes += 1))
    back.requestKeyFrame()
    expect(wishes).toBe(1)
  })

  test('is silent when the call is over, and there again for the next', async () => {
    const { echo, theirs, back, frames } = talking()
    let wishes = 0
    theirs.onKeyFrameRequest(() => (wishes += 1))
    await echo.end()
    theirs.write(frame(0))
    back.requestKeyFrame()
    expect([frames.length, wishes]).toEqual([0, 0])
    const next = new NodeTrack('video', { format: vp8 })
    echo.sink.take(next)
    next.write(frame(7))
    expect(frames.length).toBe(1)
    await echo.close()
    next.write(frame(8))
    expect(frames.length).toBe(1)
  })
})
