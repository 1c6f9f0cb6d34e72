import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unitOf } from '../../test/support/media-frames.ts'
import { avcConfiguration, avcFrames, h264Frames, h264Packets } from '../../test/support/media-vectors.ts'
import { joined } from './bytes.ts'
import {
  type AvcConfiguration,
  annexBOf,
  annexBOfAvc,
  depacketizeH264,
  isH264Key,
  packetizeH264,
  readAvcConfiguration,
  unitsOf
} from './h264.ts'

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)
const typesOf = (annexB: Uint8Array): readonly number[] =>
  unitsOf(annexB).map((unit) => (unit[0] ?? 0) & 0x1f)

const unit = fc
  .tuple(fc.integer({ min: 1, max: 23 }), fc.uint8Array({ maxLength: 100 }))
  .map(([type, content]) => unitOf(type, content))
const units = fc.array(unit, { maxLength: 8 })

const read = (box: Uint8Array): AvcConfiguration => {
  const configuration = readAvcConfiguration(box)
  if (configuration === null) throw new Error('this is a configuration')
  return configuration
}

describe('Annex B', () => {
  test('gives the units that were put into it', () => {
    fc.assert(
      fc.property(units, (units) => {
        expect(unitsOf(annexBOf(units))).toEqual(units)
      })
    )
  })

  test('is the same after it was taken apart and put together, whatever it was', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 0, 1, 2, 0x65), { maxLength: 60 }), (values) => {
        const units = unitsOf(Uint8Array.from(values))
        expect(unitsOf(annexBOf(units))).toEqual(units)
      })
    )
  })

  test.each<[string, readonly number[], readonly (readonly number[])[]]>([
    [
      'start codes of three bytes',
      [0, 0, 1, 0x65, 7, 0, 0, 1, 0x41, 8],
      [
        [0x65, 7],
        [0x41, 8]
      ]
    ],
    [
      'start codes of four bytes',
      [0, 0, 0, 1, 0x65, 7, 0, 0, 0, 1, 0x41, 8],
      [
        [0x65, 7],
        [0x41, 8]
      ]
    ],
    [
      'zeros before, between and at the end',
      [0, 0, 0, 0, 0, 1, 0x65, 0, 0, 0, 0, 1, 0x41, 0, 0],
      [[0x65], [0x41]]
    ],
    ['something before the first start code', [9, 9, 0, 0, 1, 0x65], [[0x65]]],
    ['units with nothing in them', [0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0x65, 0, 0, 1], [[0x65]]],
    ['zeros within a unit', [0, 0, 1, 0x65, 0, 0, 3, 0, 0, 2], [[0x65, 0, 0, 3, 0, 0, 2]]],
    ['no start code', [0x65, 1, 2, 3, 4], []],
    ['half a start code', [0, 0], []],
    ['nothing', [], []]
  ])('with %s has the units between', (_what, annexB, units) => {
    expect(unitsOf(Uint8Array.from(annexB))).toEqual(units.map((unit) => Uint8Array.from(unit)))
  })

  test('of x264 is a key frame where there is an IDR slice', () => {
    expect(h264Frames.map(typesOf)).toEqual([
      [9, 7, 8, 5],
      [9, 1],
      [9, 1]
    ])
    expect(h264Frames.map(isH264Key)).toEqual([true, false, false])
    expect(isH264Key(annexBOf([unitOf(7, bytes(1)), unitOf(8, bytes(1))]))).toBe(false)
  })
})

describe('the configuration in a file', () => {
  test('of ffmpeg has both sets of parameters, and lengths of four bytes', () => {
    const { lengthBytes, parameters } = read(avcConfiguration)
    expect(lengthBytes).toBe(4)
    expect(parameters).toEqual(unitsOf(h264Frames[0] ?? bytes()).slice(1, 3))
  })

  const [sps, pps] = [unitOf(7, bytes(1, 2)), unitOf(8, bytes(3))]
  const box = bytes(1, 66, 0, 10, 0xfd, 0xe1, 0, 3, ...sps, 1, 0, 2, ...pps)

  test('tells how long the lengths are', () => {
    expect([0xfc, 0xfd, 0xff].map((byte) => read(box.with(4, byte)).lengthBytes)).toEqual([1, 2, 4])
  })

  test('may have more at its end, as that of the high profile has', () => {
    expect(read(bytes(...box, 0xfd, 0xf8, 0xf8, 0)).parameters).toEqual([sps, pps])
  })

  test('may have several sets, or none', () => {
    const several = bytes(1, 66, 0, 10, 0xff, 0xe2, 0, 3, ...sps, 0, 3, ...sps, 2, 0, 2, ...pps, 0, 2, ...pps)
    expect(read(several).parameters).toEqual([sps, sps, pps, pps])
    expect(read(bytes(1, 66, 0, 10, 0xff, 0xe0, 0)).parameters).toEqual([])
  })

  test('is none where anything is missing', () => {
    for (let end = 0; end < box.length; end += 1)
      expect(readAvcConfiguration(box.subarray(0, end))).toBeNull()
  })

  test.each([
    ['of another version', box.with(0, 2)],
    ['with a set that goes beyond its end', box.with(7, 200)],
    ['with more sets than there are', box.with(5, 0xff)],
    ['in Annex B', annexBOf([sps, pps])]
  ])('is none %s', (_what, box) => {
    expect(readAvcConfiguration(box)).toBeNull()
  })
})

const framed = (units: readonly Uint8Array[], lengthBytes = 4): Uint8Array =>
  joined(
    units.flatMap((unit) => {
      const shifts = Array.from({ length: lengthBytes }, (_, at) => 8 * (lengthBytes - 1 - at))
      return [Uint8Array.from(shifts, (shift) => unit.length >> shift), unit]
    })
  )

describe('a frame out of a file', () => {
  const configuration = { lengthBytes: 4, parameters: [unitOf(7, bytes(1)), unitOf(8, bytes(2))] }
  test('of ffmpeg is what the encoder made', () => {
    const frames = avcFrames.map((frame) => annexBOfAvc(frame, read(avcConfiguration)) ?? bytes())
    expect(frames.map(unitsOf)).toEqual(h264Frames.map(unitsOf))
  })

  test('has the units that it had, whatever the length of their lengths', () => {
    fc.assert(
      fc.property(units, fc.constantFrom(1, 2, 4), (units, lengthBytes) => {
        const annexB = annexBOfAvc(framed(units, lengthBytes), { lengthBytes, parameters: [] })
        expect(unitsOf(annexB ?? bytes())).toEqual(units)
      })
    )
  })

  test.each<[string, readonly number[], readonly number[]]>([
    ['a key frame, which they go before', [5, 5], [7, 8, 5, 5]],
    ['a key frame with something before it', [6, 5], [7, 8, 6, 5]],
    ['a key frame that has its own', [7, 8, 5], [7, 8, 5]],
    ['a key frame with a delimiter, which stays the first', [9, 5], [9, 7, 8, 5]],
    ['any other frame, which has no need of them', [1], [1]]
  ])('gets the parameters when it is %s', (_what, types, expected) => {
    const frame = framed(types.map((type) => unitOf(type, bytes(3))))
    expect(typesOf(annexBOfAvc(frame, configuration) ?? bytes())).toEqual(expected)
  })

  test.each([
    ['half a length', bytes(0, 0, 0)],
    ['a length beyond its end', bytes(0, 0, 0, 3, 0x65, 1)],
    ['a length beyond everything', bytes(0xff, 0xff, 0xff, 0xff, 0x65, 1)],
    ['a length that is right and one that is not', bytes(0, 0, 0, 1, 0x65, 0, 0, 1, 0)]
  ])('is none with %s', (_what, frame) => {
    expect(annexBOfAvc(frame, configuration)).toBeNull()
  })

  test('leaves out units with nothing in them', () => {
    expect(annexBOfAvc(bytes(0, 0, 0, 0, 0, 0, 0, 1, 0x41, 0, 0, 0, 0), configuration)).toEqual(
      bytes(0, 0, 0, 1, 0x41)
    )
    expect(annexBOfAvc(bytes(), configuration)).toEqual(bytes())
  })
})

describe('a frame in payloads', () => {
  const partsOf = (payloads: readonly Uint8Array[]) =>
    payloads.map((payload) => depacketizeH264(payload) ?? { data: bytes(), starts: null })
  const again = (payloads: readonly Uint8Array[]): Uint8Array =>
    joined(partsOf(payloads).map(({ data }) => data))

  test('has the same units in the same order afterwards, and none is larger than told', () => {
    fc.assert(
      fc.property(units, fc.integer({ min: 3, max: 60 }), (units, maxBytes) => {
        const payloads = packetizeH264(annexBOf(units), maxBytes)
        expect(unitsOf(again(payloads))).toEqual(units)
        for (const { length } of payloads) expect(length).toBeLessThanOrEqual(maxBytes)
        expect(partsOf(payloads)[0]?.starts).not.toBe(false)
      })
    )
  })

  const small = (type: number) => unitOf(type, bytes(type))
  test.each<[string, readonly number[], readonly number[]]>([
    ['that are small, before the picture, travel together', [9, 7, 8, 6, 5], [24, 5]],
    ['of the picture travel alone', [1, 1, 1], [1, 1, 1]],
    ['that have no company travel alone', [7, 5], [7, 5]],
    ['after a part of the picture stay after it', [5, 7, 8, 5], [5, 24, 5]]
  ])('%#: units %s', (_what, types, payloads) => {
    expect(packetizeH264(annexBOf(types.map(small)), 100).map(([first = 0]) => first & 0x1f)).toEqual(
      payloads
    )
  })

  test('leaves out units of types that RTP has other uses for', () => {
    const types = Array.from({ length: 32 }, (_, type) => type)
    const left = packetizeH264(annexBOf(types.map((type) => bytes(0x60 | type, 1))), 2)
    expect(left.map(([first = 0]) => first & 0x1f)).toEqual(types.slice(1, 24))
  })

  test('has as many units in one payload as fit it exactly', () => {
    const annexB = annexBOf([small(7), small(8), small(6)])
    expect(packetizeH264(annexB, 13).map(({ length }) => length)).toEqual([13])
    expect(packetizeH264(annexB, 12).map(({ length }) => length)).toEqual([9, 2])
  })

  test('is as important as the most important unit of a payload', () => {
    const payloads = packetizeH264(annexBOf([bytes(0x07, 1), bytes(0x48, 1), bytes(0x26, 1)]), 100)
    expect(payloads.map(([first]) => first)).toEqual([0x40 | 24])
  })

  test('marks the fragment that begins a unit, and the one that ends it', () => {
    const [first, second, third] = packetizeH264(annexBOf([unitOf(5, bytes(1, 2, 3, 4, 5, 6))]), 4)
    expect(first).toEqual(bytes(0x7c, 0x85, 1, 2))
    expect(second).toEqual(bytes(0x7c, 0x05, 3, 4))
    expect(third).toEqual(bytes(0x7c, 0x45, 5, 6))
  })

  test('of a stranger, ffmpeg, is read as it was meant', () => {
    const payloads = h264Packets.map(({ payload }) => payload)
    expect(partsOf(payloads).map(({ starts }) => starts)).toEqual([true, 'perhaps', false, true, true])
    const frames = [payloads.slice(0, 3), payloads.slice(3, 4), payloads.slice(4)].map(again)
    expect(frames.map(unitsOf)).toEqual(h264Frames.map(unitsOf))
  })

  test('may be a single byte, as the end of a sequence is', () => {
    expect(depacketizeH264(bytes(0x0a))?.data).toEqual(bytes(0, 0, 0, 1, 0x0a))
  })

  test.each([
    ['nothing', bytes()],
    ['a unit of no type', bytes(0x60, 1, 2)],
    ['an aggregate of nothing', bytes(0x78)],
    ['an aggregate with half a length', bytes(0x78, 0)],
    ['an aggregate with a length of nothing', bytes(0x78, 0, 0)],
    ['an aggregate with a length beyond its end', bytes(0x78, 0, 2, 0x67)],
    ['an aggregate with something left over', bytes(0x78, 0, 1, 0x67, 0)],
    ['an aggregate of the interleaved mode', bytes(0x79, 0, 0, 0, 1, 0x67)],
    ['a fragment of the interleaved mode', bytes(0x7d, 0x85, 0, 0, 1)],
    ['a fragment of nothing', bytes(0x7c, 0x85)],
    ['a fragment without a header', bytes(0x7c)],
    ['a type that nobody has', bytes(0x7f, 1, 2)]
  ])('is none with %s', (_what, payload) => {
    expect(depacketizeH264(payload)).toBeNull()
  })
})
