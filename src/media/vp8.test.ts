import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { vp8Frame } from '../../test/support/media-frames.ts'
import { vp8Frames, vp8Packets } from '../../test/support/media-vectors.ts'
import { joined } from './bytes.ts'
import { depacketizeVp8, packetizeVp8, readVp8Header } from './vp8.ts'

const partsOf = (payloads: readonly Uint8Array[]) =>
  payloads.map((payload) => depacketizeVp8(payload) ?? { data: Uint8Array.of(), starts: null })

describe('the header of a frame', () => {
  test('tells a key frame that libvpx has made, and its size, from the frames that build on it', () => {
    expect(vp8Frames.map(readVp8Header)).toEqual([
      { isKey: true, width: 16, height: 16 },
      { isKey: false, width: null, height: null },
      { isKey: false, width: null, height: null }
    ])
  })

  test('has a size of 14 bits, and a scale for the screen that is not part of it', () => {
    const frame = Uint8Array.of(0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x45, 0xff, 0xbf)
    expect(readVp8Header(frame)).toEqual({ isKey: true, width: 0x500, height: 0x3fff })
  })

  const key = vp8Frame(true, Uint8Array.of())
  test.each([
    ['nothing', Uint8Array.of()],
    ['less than its first three bytes', Uint8Array.of(0x11, 0)],
    ['a key frame without all of its size', key.subarray(0, 9)],
    ['a key frame without the start code', key.with(4, 0)]
  ])('is not in %s', (_what, frame) => {
    expect(readVp8Header(frame)).toBeNull()
  })

  test('is read where the frame is only a part of its buffer', () => {
    const around = Uint8Array.of(1, 2, 3, ...key, 4)
    expect(readVp8Header(around.subarray(3, -1))).toEqual({ isKey: true, width: 16, height: 16 })
  })
})

describe('a payload', () => {
  /** RFC 7741, section 4.2. */
  test.each<[string, readonly number[], number, boolean]>([
    ['the plain descriptor', [0x10], 1, true],
    ['the plain descriptor of a continuation', [0x00], 1, false],
    ['a descriptor of a frame that no other needs', [0x30], 1, true],
    ['the start of a later partition', [0x11], 1, false],
    ['extensions, and none of them', [0x90, 0x00], 2, true],
    ['a short picture id', [0x90, 0x80, 0x7f], 3, true],
    ['a long picture id', [0x90, 0x80, 0x80, 0x01], 4, true],
    ['a level index', [0x90, 0x40, 0x01], 3, true],
    ['a temporal id', [0x90, 0x20, 0x40], 3, true],
    ['a key index', [0x90, 0x10, 0x01], 3, true],
    ['a temporal id and a key index, which share a byte', [0x90, 0x30, 0x41], 3, true],
    ['all there is', [0x90, 0xf0, 0x80, 0x01, 0x02, 0x41], 6, true],
    ['all there is, in a continuation', [0x80, 0xf0, 0x80, 0x01, 0x02, 0x41], 6, false]
  ])('with %s is what follows it', (_what, descriptor, length, starts) => {
    expect(descriptor.length).toBe(length)
    expect(depacketizeVp8(Uint8Array.of(...descriptor, 0x51, 0x52))).toEqual({
      data: Uint8Array.of(0x51, 0x52),
      starts
    })
    for (let end = 0; end <= length; end += 1)
      expect(depacketizeVp8(Uint8Array.from(descriptor.slice(0, end)))).toBeNull()
  })

  test('of a stranger, ffmpeg, is read as it was meant', () => {
    const parts = partsOf(vp8Packets.map(({ payload }) => payload))
    expect(parts.map(({ starts }) => starts)).toEqual([true, false, true, true])
    expect(joined(parts.slice(0, 2).map(({ data }) => data))).toEqual(vp8Frames[0])
    expect(parts.slice(2).map(({ data }) => data)).toEqual(vp8Frames.slice(1))
  })
})

describe('a frame in payloads', () => {
  test('is the same frame afterwards, begins in the first, and none is larger than told', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.integer({ min: 2, max: 60 }),
        (frame, maxBytes) => {
          const payloads = packetizeVp8(frame, maxBytes)
          const parts = partsOf(payloads)
          expect(joined(parts.map(({ data }) => data))).toEqual(frame)
          expect(parts.map(({ starts }) => starts)).toEqual(payloads.map((_payload, at) => at === 0))
          expect(Math.max(...payloads.map(({ length }) => length))).toBeLessThanOrEqual(maxBytes)
          expect(payloads.length).toBe(Math.ceil(frame.length / (maxBytes - 1)))
        }
      )
    )
  })

  test('that is empty is none', () => {
    expect(packetizeVp8(Uint8Array.of(), 100)).toEqual([])
  })
})
