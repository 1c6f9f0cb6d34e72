import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { vp8Frames, vp8Ivf } from '../../test/support/media-vectors.ts'
import { joined } from './bytes.ts'
import { IvfError, IvfReader } from './ivf.ts'

interface Written {
  readonly data: Uint8Array
  readonly timestamp: bigint
}

const header = (changes: Readonly<Record<number, number>> = {}): Uint8Array => {
  const bytes = vp8Ivf.slice(0, 32)
  for (const [at, byte] of Object.entries(changes)) bytes[Number(at)] = byte
  return bytes
}

const framed = ({ data, timestamp }: Written): Uint8Array => {
  const bytes = new Uint8Array(12 + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length, true)
  view.setBigUint64(4, timestamp, true)
  bytes.set(data, 12)
  return bytes
}

const fileOf = (frames: readonly Written[]): Uint8Array => joined([header(), ...frames.map(framed)])

const piecesOf = (file: Uint8Array, places: readonly number[]): readonly Uint8Array[] => {
  const ends = [...places.map((place) => place % (file.length + 1)), file.length].toSorted((a, b) => a - b)
  return ends.map((end, at) => file.subarray(ends[at - 1] ?? 0, end))
}

describe('an IVF file', () => {
  test('of ffmpeg has its header, and its frames with their times', () => {
    const reader = new IvfReader()
    expect(reader.header).toBeNull()
    const frames = reader.read(vp8Ivf)
    expect(reader.header).toEqual({ fourcc: 'VP80', width: 16, height: 16, timeBase: 0.2 })
    expect(frames).toEqual(vp8Frames.map((data, at) => ({ data, time: at * 0.2 })))
  })

  test('is the same, whatever pieces it comes in', () => {
    const frame = fc.record({
      data: fc.uint8Array({ maxLength: 60 }),
      timestamp: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    })
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (frames, places) => {
          const expected = frames.map(({ data, timestamp }) => ({ data, time: Number(timestamp) * 0.2 }))
          const file = fileOf(frames)
          for (const pieces of [piecesOf(file, places), [...file].map((byte) => Uint8Array.of(byte))]) {
            const reader = new IvfReader()
            expect(pieces.flatMap((piece) => reader.read(piece))).toEqual(expected)
          }
        }
      )
    )
  })

  test('may lie anywhere in a buffer, which may be used again at once', () => {
    const reader = new IvfReader()
    const buffer = Uint8Array.of(1, 2, 3, ...vp8Ivf)
    const frames = reader.read(buffer.subarray(3))
    buffer.fill(0)
    expect(frames.map(({ data }) => data)).toEqual(vp8Frames)
  })

  test('that ends in the middle of a frame has the frames before', () => {
    const reader = new IvfReader()
    expect(reader.read(vp8Ivf.subarray(0, -1))).toHaveLength(2)
    expect(reader.read(Uint8Array.of())).toEqual([])
    expect(reader.read(vp8Ivf.subarray(-1))).toHaveLength(1)
  })

  test.each([
    ['another signature', header({ 0: 0x52 })],
    ['a header of another length', header({ 6: 33 })],
    ['a rate of nothing', header({ 16: 0 })],
    ['a scale of nothing', header({ 20: 0 })]
  ])('is none with %s', (_what, bytes) => {
    const reader = new IvfReader()
    expect(reader.read(bytes.subarray(0, 31))).toEqual([])
    expect(() => reader.read(bytes.subarray(31))).toThrow(new IvfError('This is no IVF file.'))
    expect(reader.header).toBeNull()
  })

  test('is broken where a frame is larger than any, which is not waited for', () => {
    const tooLarge = Uint8Array.of(1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    const message = 'This IVF file is broken: a frame in it is too large.'
    expect(() => new IvfReader().read(Uint8Array.of(...header(), ...tooLarge))).toThrow(new IvfError(message))
    expect(new IvfReader().read(Uint8Array.of(...header(), ...tooLarge.with(0, 0)))).toEqual([])
  })
})
