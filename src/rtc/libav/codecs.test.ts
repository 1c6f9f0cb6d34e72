import { afterEach, describe, expect, test, vi } from 'vitest'
import { painted } from '../../../test/support/pictures.ts'
import { tone } from '../../media/tone.ts'
import { libav } from './library.ts'
import { OpusDecoder, OpusEncoder, opusChannels, opusRate, opusSamples } from './opus.ts'
import { Vp8Decoder, Vp8Encoder } from './vp8.ts'

const size = { width: 64, height: 48 }
const picture = painted(size, (x) => [x < 32 ? 60 : 200, 128, 128])

/** Everything that this process writes. */
const written = () => [
  vi.spyOn(console, 'log').mockReturnValue(),
  vi.spyOn(console, 'error').mockReturnValue(),
  vi.spyOn(process.stdout, 'write').mockReturnValue(true),
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
]

afterEach(() => {
  vi.restoreAllMocks()
})

describe('VP8', () => {
  test('a picture comes out as it went in', async () => {
    const encoder = await Vp8Encoder.open({ ...size, framesPerSecond: 15, bitsPerSecond: 100_000 })
    const decoder = await Vp8Decoder.open()
    const [frame] = await encoder.encode(picture, 0, true)
    expect(frame?.isKey).toBe(true)
    const shown = frame ? await decoder.decode(frame) : 'broken'
    if (typeof shown !== 'object') throw new Error(shown)
    expect(shown).toMatchObject(size)
    for (const [at, light] of [
      [10, 60],
      [50, 200]
    ] as const)
      expect(Math.abs((shown.y.bytes[at] ?? 0) - light)).toBeLessThan(10)
    await encoder.close()
    await decoder.close()
  })

  test('of what lies between the planes of a picture, nothing is copied', async () => {
    const library = await libav()
    const encoder = await Vp8Encoder.open({ ...size, framesPerSecond: 15, bitsPerSecond: 100_000 })
    const decoder = await Vp8Decoder.open()
    // As after many calls: what is free are small holes here and there, and then one that is large.
    const blocks: number[] = []
    for (let count = 0; count < 20_000; count += 1) blocks.push(await library.malloc(4_000))
    for (const [at, block] of blocks.entries()) if (at % 2 === 0) await library.free(block)
    const [frame] = await encoder.encode(picture, 0, true)
    const shown = frame ? await decoder.decode(frame) : 'broken'
    if (typeof shown !== 'object') throw new Error(shown)
    const { y, u, v } = shown
    expect(new Set([y, u, v].map(({ bytes }) => bytes.buffer.byteLength < 100_000))).toEqual(new Set([true]))
    for (const [at, block] of blocks.entries()) if (at % 2 === 1) await library.free(block)
    await encoder.close()
    await decoder.close()
  })

  test('what is broken makes no picture and no noise, and does not keep the next from being one', async () => {
    const encoder = await Vp8Encoder.open({ ...size, framesPerSecond: 15, bitsPerSecond: 100_000 })
    const decoder = await Vp8Decoder.open()
    const [frame] = await encoder.encode(picture, 0, true)
    const spies = written()
    for (const data of [Uint8Array.of(0, 0, 0, 1, 2, 3), new Uint8Array(0), new Uint8Array(500).fill(0xaa)])
      expect(await decoder.decode({ data, time: 0, isKey: true })).toBe('broken')
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
    expect(frame && (await decoder.decode(frame))).toMatchObject(size)
    await encoder.close()
    await decoder.close()
  })
})

test('a frame of VP8 that is for others to refer to is hidden, and not broken', async () => {
  const encoder = await Vp8Encoder.open({ ...size, framesPerSecond: 15, bitsPerSecond: 100_000 })
  const decoder = await Vp8Decoder.open()
  const frames = [...(await encoder.encode(picture, 0, true)), ...(await encoder.encode(picture, 0.1, false))]
  const [first, second] = frames
  if (first === undefined || second === undefined) throw new Error('two are due')
  expect(await decoder.decode(first)).toMatchObject(size)
  // RFC 6386, section 9.1: show_frame.
  const hidden = second.data.map((byte, at) => (at === 0 ? byte & ~0x10 : byte))
  expect(await decoder.decode({ ...second, data: hidden })).toBe('hidden')
  expect(await decoder.decode(second)).toMatchObject(size)
  await encoder.close()
  await decoder.close()
})

describe('Opus', () => {
  test('a tone comes out about as loud as it went in', async () => {
    const [encoder, decoder] = [await OpusEncoder.open(), await OpusDecoder.open()]
    const format = { sampleRate: opusRate, channels: opusChannels }
    const loudness = async (from: number): Promise<number> => {
      const samples = tone(from, opusSamples, format)
      const made: number[] = []
      for (const packet of await encoder.encode(samples)) made.push(...(await decoder.decode(packet)))
      return Math.max(0, ...made.map(Math.abs))
    }
    let loudest = 0
    // The beep of a full second is in the first tenth of it.
    for (let packet = 0; packet < 10; packet += 1)
      loudest = Math.max(loudest, await loudness(packet * opusSamples))
    expect(loudest).toBeGreaterThan(0.15)
    expect(loudest).toBeLessThan(0.3)
    await encoder.close()
    await decoder.close()
  })

  test('what is broken is nothing, and makes no noise', async () => {
    const decoder = await OpusDecoder.open()
    const spies = written()
    for (const data of [new Uint8Array(0), Uint8Array.of(0xff, 0xff, 0xff)])
      expect(await decoder.decode(data)).toHaveLength(0)
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
    await decoder.close()
  })
})
