import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { framesOf, packetsOf, start, vp8Frame } from '../../test/support/media-frames.ts'
import { type Codec, clockRates } from './frame.ts'
import { annexBOf } from './h264.ts'
import { Packetizer } from './rtp.ts'

const codecs = ['opus', 'VP8', 'H264'] as const satisfies readonly Codec[]
const sound = (time: number) => ({ data: Uint8Array.of(1), time, isKey: true })
const picture = (time: number) => ({ data: vp8Frame(true, new Uint8Array(2_000)), time, isKey: true })

describe.each(codecs)('the packets of %s', (codec) => {
  test('are numbered one after the other, also where the numbers wrap around', () => {
    fc.assert(
      fc.property(framesOf(codec), start, (frames, start) => {
        const numbers = packetsOf(codec, frames, start)
          .flat()
          .map(({ sequenceNumber }) => sequenceNumber)
        expect(numbers).toEqual(numbers.map((_number, at) => (start[0] + at) % 0x1_0000))
      })
    )
  })

  test('have the time of their frame, also where the clock wraps around', () => {
    fc.assert(
      fc.property(framesOf(codec), start, (frames, start) => {
        const timestamps = packetsOf(codec, frames, start).map((packets) =>
          packets.map((packet) => packet.timestamp)
        )
        expect(timestamps).toEqual(
          timestamps.map((ofFrame, at) => {
            const ticks = Math.round((frames[at]?.time ?? NaN) * clockRates[codec])
            return ofFrame.map(() => (start[1] + ticks) % 0x1_0000_0000)
          })
        )
      })
    )
  })

  test('are marked where a picture ends, and only there', () => {
    fc.assert(
      fc.property(framesOf(codec), start, (frames, start) => {
        for (const packets of packetsOf(codec, frames, start)) {
          const marked = packets.map(({ marker }) => marker)
          expect(marked).toEqual(marked.map((_marker, at) => codec !== 'opus' && at === packets.length - 1))
        }
      })
    )
  })

  test('fit every path', () => {
    fc.assert(
      fc.property(framesOf(codec), start, (frames, start) => {
        for (const { payload } of packetsOf(codec, frames, start).flat()) {
          expect(payload.length).toBeGreaterThan(0)
          expect(payload.length).toBeLessThanOrEqual(1_150)
        }
      })
    )
  })
})

describe('the packets of a track', () => {
  test('go on from another source with the time that has passed, whatever the source counts from', () => {
    const packetizer = new Packetizer('VP8', [10, 0xffff_0000])
    const [last] = packetizer.packetize(picture(1_000), 50)
    packetizer.changeSource('VP8')
    const [next, second] = packetizer.packetize(picture(3), 50.5)
    const [later] = packetizer.packetize(picture(3.1), 51)
    expect([last, next, second, later].map((packet) => packet?.sequenceNumber)).toEqual([10, 12, 13, 14])
    const begin = (0xffff_0000 + 90_000_000) % 0x1_0000_0000
    expect([last, next, second, later].map((packet) => packet?.timestamp)).toEqual(
      [0, 45_000, 45_000, 54_000].map((ticks) => begin + ticks)
    )
  })

  test('of another source are never of the same time as those before', () => {
    const packetizer = new Packetizer('VP8', [10, 1_000])
    packetizer.packetize(picture(2), 50)
    packetizer.changeSource('VP8')
    expect(packetizer.packetize(picture(2), 50)[0]?.timestamp).toBe(181_001)
  })

  test('keep to their numbers with another codec', () => {
    const packetizer = new Packetizer('VP8', [10, 1_000])
    packetizer.packetize(picture(0), 50)
    packetizer.changeSource('H264')
    expect(packetizer.codec).toBe('H264')
    const unit = Uint8Array.of(0x65, 1)
    expect(packetizer.packetize({ data: annexBOf([unit]), time: 9, isKey: true }, 51)).toEqual([
      { sequenceNumber: 12, timestamp: 91_000, marker: true, payload: unit }
    ])
  })

  test('begin where they are told to, though the source was changed before there was one', () => {
    const packetizer = new Packetizer('opus', [1, 1_000])
    packetizer.changeSource('opus')
    expect(packetizer.packetize(sound(2), 7)).toEqual([
      { sequenceNumber: 1, timestamp: 97_000, marker: false, payload: Uint8Array.of(1) }
    ])
  })

  test('are none for a frame with nothing in it', () => {
    const empty = { data: Uint8Array.of(), time: 0, isKey: true }
    for (const codec of codecs) expect(new Packetizer(codec, [0, 0]).packetize(empty, 0)).toEqual([])
  })
})
