/** A test pattern with a clock in it, and a tone: what is sent where there is no camera. Encoded only while there is a call. */
import { NodeTrack } from '../../rtc/media-stream.ts'
import { OpusEncoder, opusSamples } from '../../rtc/libav/opus.ts'
import { type Planes, Vp8Encoder } from '../../rtc/libav/vp8.ts'
import { type Source, clock } from './source.ts'

interface PatternSettings {
  readonly width: number
  readonly height: number
  readonly framesPerSecond: number
  readonly name: string
}

/** Enough for a picture that moves little. */
const bitsPerPixel = 0.1

export const openPattern = async ({ width, height, framesPerSecond }: PatternSettings): Promise<Source> => {
  const bitsPerSecond = Math.round(width * height * framesPerSecond * bitsPerPixel)
  const encoder = await Vp8Encoder.open({ width, height, framesPerSecond, bitsPerSecond })
  const sound = await OpusEncoder.open()
  const video = new NodeTrack('video', { label: 'test pattern', format: { codec: 'VP8' } })
  const audio = new NodeTrack('audio', { label: 'tone', format: { codec: 'opus' } })
  let needsKey = true
  video.onKeyFrameRequest(() => {
    needsKey = true
  })
  const plane = (w: number, h: number) => ({ data: new Uint8Array(w * h).fill(128), stride: w })
  const picture: Planes = {
    width,
    height,
    y: plane(width, height),
    u: plane(width / 2, height / 2),
    v: plane(width / 2, height / 2)
  }
  let number = 0
  const draw = async (): Promise<void> => {
    number += 1
    for (let row = 0; row < height; row += 1)
      for (let x = 0; x < width; x += 1) picture.y.data[row * width + x] = (x + number * 4) ^ row
    const isKey = needsKey
    needsKey = false
    const time = clock()
    for (const frame of await encoder.encode(picture, time, isKey)) video.write(frame)
  }
  let timers: NodeJS.Timeout[] = []
  let from = 0
  let packets = 0
  const sing = async (): Promise<void> => {
    while (packets * 0.02 < clock() - from) {
      const samples = new Float32Array(2 * opusSamples)
      for (let at = 0; at < opusSamples; at += 1)
        samples[2 * at] = samples[2 * at + 1] =
          0.1 * Math.sin(((packets * opusSamples + at) * 2 * Math.PI * 440) / 48_000)
      const time = from + packets * 0.02
      packets += 1
      for (const data of await sound.encode(samples)) audio.write({ data, time, isKey: true })
    }
  }
  return {
    tracks: [audio, video],
    start() {
      from = clock()
      packets = 0
      needsKey = true
      timers = [setInterval(() => void draw(), 1_000 / framesPerSecond), setInterval(() => void sing(), 20)]
    },
    stop() {
      for (const timer of timers) clearInterval(timer)
    },
    async close() {
      for (const timer of timers) clearInterval(timer)
      await encoder.close()
      await sound.close()
    }
  }
}
