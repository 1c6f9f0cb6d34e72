/** Whatever comes over a network or lies in a file is read or refused, and what is made of it is not much larger. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  avcConfiguration,
  avcFrames,
  h264Frames,
  h264Packets,
  vp8Frames,
  vp8Ivf,
  vp8Packets
} from '../../test/support/media-vectors.ts'
import { FrameAssembler } from './frame-assembler.ts'
import type { Codec } from './frame.ts'
import {
  annexBOfAvc,
  depacketizeH264,
  isH264Key,
  packetizeH264,
  readAvcConfiguration,
  unitsOf
} from './h264.ts'
import { IvfError, IvfReader } from './ivf.ts'
import type { MediaPacket } from './rtp.ts'
import { depacketizeVp8, packetizeVp8, readVp8Header } from './vp8.ts'

/** What is whole, with a few bytes changed, cut off and added. */
const broken = (whole: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc
    .record({
      bytes: fc.constantFrom(...whole),
      changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      end: fc.nat(),
      more: fc.uint8Array({ maxLength: 12 })
    })
    .map(({ bytes, changes, end, more }) => {
      const copy = Uint8Array.from(bytes)
      for (const [at, byte] of changes) copy[at % copy.length] = byte
      return Uint8Array.of(
        ...copy.subarray(0, end % 3 === 0 ? end % (copy.length + 1) : copy.length),
        ...more
      )
    })

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  // Mostly zeros and ones: start codes, and lengths that could be.
  fc
    .array(fc.constantFrom(0, 0, 0, 1, 2, 0x65, 0x78, 0x7c, 0xff), { maxLength: 60 })
    .map((b) => Uint8Array.from(b)),
  broken([
    ...vp8Frames,
    ...h264Frames,
    ...avcFrames,
    avcConfiguration,
    vp8Ivf,
    ...[...vp8Packets, ...h264Packets].map(({ payload }) => payload)
  ])
)

const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0)

/** A start code and a byte, for a byte: nothing is blown up more than that. */
const maxGrowth = 5

describe('whatever comes', () => {
  test('is a payload or none, and what it holds is not much larger', () => {
    fc.assert(
      fc.property(bytes, (payload) => {
        for (const part of [depacketizeVp8(payload), depacketizeH264(payload)])
          expect(part?.data.length ?? 0).toBeLessThanOrEqual(maxGrowth * payload.length)
      }),
      { numRuns: 2_000 }
    )
  })

  test('is a frame or none, whose payloads are not larger than told', () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 3, max: 30 }), (frame, maxBytes) => {
        readVp8Header(frame)
        isH264Key(frame)
        expect(sizeOf(unitsOf(frame))).toBeLessThanOrEqual(frame.length)
        for (const payloads of [packetizeVp8(frame, maxBytes), packetizeH264(frame, maxBytes)]) {
          expect(Math.max(0, ...payloads.map(({ length }) => length))).toBeLessThanOrEqual(maxBytes)
          expect(sizeOf(payloads)).toBeLessThanOrEqual(3 * frame.length)
        }
      }),
      { numRuns: 2_000 }
    )
  })

  test('is a configuration or none, with which anything is a frame or none', () => {
    fc.assert(
      fc.property(bytes, bytes, (box, frame) => {
        const configuration = readAvcConfiguration(box) ?? { lengthBytes: 1, parameters: [] }
        const { lengthBytes, parameters } = configuration
        expect(lengthBytes).toBeGreaterThanOrEqual(1)
        expect(sizeOf(parameters)).toBeLessThanOrEqual(box.length)
        const annexB = annexBOfAvc(frame, configuration) ?? Uint8Array.of()
        expect(annexB.length).toBeLessThanOrEqual(maxGrowth * (frame.length + box.length))
      }),
      { numRuns: 2_000 }
    )
  })

  test('is a file or none, in whatever pieces, and has no more in its frames than came', () => {
    const piece = fc.oneof(bytes, fc.constantFrom(vp8Ivf, vp8Ivf.subarray(0, 32), vp8Ivf.subarray(32)))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const reader = new IvfReader()
        try {
          const frames = pieces.flatMap((piece) => reader.read(piece))
          expect(sizeOf(frames.map(({ data }) => data))).toBeLessThanOrEqual(sizeOf(pieces))
        } catch (error) {
          expect(error).toBeInstanceOf(IvfError)
        }
      }),
      { numRuns: 2_000 }
    )
  })
})

describe('whatever packets come', () => {
  // Few numbers and times, so that they often have to do with each other.
  const packet = fc.record<MediaPacket>({
    sequenceNumber: fc.oneof(fc.integer({ min: 0xfff0, max: 0xffff }), fc.nat(0x20), fc.nat(0xffff)),
    timestamp: fc.oneof(fc.nat(3), fc.constant(0xffff_ffff), fc.nat(0xffff_ffff)),
    marker: fc.boolean(),
    payload: bytes
  })
  const arrival = fc.tuple(packet, fc.constantFrom(0, 0, 0.001, 0.1, 0.3, 2))

  test.each<Codec>(['opus', 'VP8', 'H264'])(
    'of %s, what is made of them is not much larger, of numbers that are some, and begins with a key frame',
    (codec) => {
      fc.assert(
        fc.property(fc.array(arrival, { maxLength: 40 }), (arrivals) => {
          const assembler = new FrameAssembler(codec)
          let now = 0
          const frames = arrivals.flatMap(([packet, later]) => assembler.take(packet, (now += later)).frames)
          frames.push(...assembler.expire(now + 1).frames)
          const received = sizeOf(arrivals.map(([{ payload }]) => payload))
          expect(sizeOf(frames.map(({ data }) => data))).toBeLessThanOrEqual(maxGrowth * received)
          expect(frames.every(({ time }) => Number.isFinite(time))).toBe(true)
          expect(frames[0]?.isKey ?? true).toBe(true)
          expect(frames.length).toBeLessThanOrEqual(arrivals.length)
        }),
        { numRuns: 1_000 }
      )
    }
  )
})
