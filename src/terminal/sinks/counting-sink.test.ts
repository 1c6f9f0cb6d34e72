import { expect, test } from 'vitest'
import { NodeTrack } from '../../rtc/media-stream.ts'
import { CountingSink } from './counting-sink.ts'

const frame = { data: Uint8Array.of(1), time: 2, isKey: true }

test('each kind is counted, and each frame is told of', async () => {
  const told: unknown[] = []
  const sink = new CountingSink((kind, { time }) => told.push([kind, time]))
  const [audio, video] = [new NodeTrack('audio'), new NodeTrack('video')]
  sink.take(audio)
  sink.take(video)
  audio.write(frame)
  video.write(frame)
  video.write(frame)
  expect(sink.frames).toEqual({ audio: 1, video: 2 })
  expect(told).toEqual([
    ['audio', 2],
    ['video', 2],
    ['video', 2]
  ])
  await sink.end()
  video.write(frame)
  expect(sink.frames).toEqual({ audio: 1, video: 2 })
})

test('it counts also where nobody wants to know of each', () => {
  const sink = new CountingSink()
  const track = new NodeTrack('video')
  sink.take(track)
  track.write(frame)
  expect(sink.frames.video).toBe(1)
})
