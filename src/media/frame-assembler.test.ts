import { describe, expect, test } from 'vitest'
import { altered, packetsOf, unitOf, vp8Frame } from '../../test/support/media-frames.ts'
import { h264Frames, h264Packets, vp8Frames, vp8Packets } from '../../test/support/media-vectors.ts'
import { FrameAssembler } from './frame-assembler.ts'
import type { EncodedFrame } from './frame.ts'
import { annexBOf, unitsOf } from './h264.ts'
import type { MediaPacket } from './rtp.ts'

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)
const filled = (length: number): Uint8Array => new Uint8Array(length).fill(7)

const key = (time: number, length = 4): EncodedFrame => ({
  data: vp8Frame(true, filled(length)),
  time,
  isKey: true
})
const delta = (time: number, length = 4): EncodedFrame => ({
  data: vp8Frame(false, filled(length)),
  time,
  isKey: false
})
const sound = (time: number): EncodedFrame => ({ data: bytes(1, 2, 3), time, isKey: true })
const start = [1_000, 5_000] as const

const vp8 = (frames: readonly EncodedFrame[]): readonly MediaPacket[] =>
  packetsOf('VP8', frames, start).flat()

interface Arrival {
  readonly packet: MediaPacket | undefined
  readonly at: number
}

/** What comes out as each packet comes, and whether it asks for a key frame then. */
const given = (
  arrivals: readonly Arrival[],
  assembler = new FrameAssembler('VP8')
): readonly { readonly times: readonly number[]; readonly asks: boolean }[] =>
  arrivals.map(({ packet, at }) => {
    const { frames, needsKeyFrame } = packet === undefined ? assembler.expire(at) : assembler.take(packet, at)
    return { times: frames.map(({ time }) => Math.round(time * 1_000) / 1_000), asks: needsKeyFrame }
  })

const now = (packets: readonly (MediaPacket | undefined)[], at = 0): readonly Arrival[] =>
  packets.map((packet) => ({ packet, at }))

const timesOf = (outcome: ReturnType<typeof given>): readonly number[] =>
  outcome.flatMap(({ times }) => times)

describe('pictures', () => {
  test('of a stranger, ffmpeg, come out as they were', () => {
    const assembler = new FrameAssembler('VP8')
    const frames = vp8Packets.flatMap((packet) => assembler.take(packet, 0).frames)
    expect(frames).toEqual(vp8Frames.map((data, at) => ({ data, time: at * 0.2, isKey: at === 0 })))
  })

  test('of a stranger, ffmpeg, in H.264 come out as they were', () => {
    const assembler = new FrameAssembler('H264')
    const frames = h264Packets.flatMap((packet) => assembler.take(packet, 0).frames)
    expect(frames.map(({ data }) => unitsOf(data))).toEqual(h264Frames.map(unitsOf))
    expect(frames.map(({ time, isKey }) => [time, isKey])).toEqual([
      [0, true],
      [0.2, false],
      [0.4, false]
    ])
  })

  test('begin with one that stands for itself, which is asked for until it is there', () => {
    const outcome = given(now(vp8([delta(0), delta(0.1), key(0.2), delta(0.3)])))
    expect(outcome.map(({ asks }) => asks)).toEqual([true, true, false, false])
    expect(timesOf(outcome)).toEqual([0, 0.1])
  })

  test('come out as soon as their last packet is there', () => {
    const [one, two, three, four] = vp8([key(0, 2_000), delta(0.1, 2_000)])
    expect(given(now([one, two, three, four])).map(({ times }) => times)).toEqual([[], [0], [], [0.1]])
  })

  test('whose packets are not marked come out with the next', () => {
    const packets = vp8([key(0, 2_000), delta(0.1), delta(0.2)]).map((packet) =>
      altered(packet, { marker: false })
    )
    expect(given(now(packets)).map(({ times }) => times)).toEqual([[], [], [0], [0.1]])
  })

  test('come once, though their packets come twice or much later again', () => {
    const [one, two, three] = vp8([key(0, 2_000), delta(0.1)])
    expect(timesOf(given(now([one, one, two, two, one, three, three, one, two])))).toEqual([0, 0.1])
  })

  test('wait for a packet that is on its way, and then come in their order', () => {
    const [one, two, three, four] = vp8([key(0, 2_000), delta(0.1), delta(0.2)])
    const outcome = given([
      { packet: one, at: 0 },
      { packet: four, at: 0.1 },
      { packet: three, at: 0.2 },
      { packet: undefined, at: 0.3 },
      { packet: two, at: 0.34 }
    ])
    expect(outcome.map(({ times }) => times)).toEqual([[], [], [], [], [0, 0.1, 0.2]])
    expect(outcome.at(-1)?.asks).toBe(false)
  })
})

describe('a packet that never comes', () => {
  const frames = [key(0), delta(0.1), delta(0.2), key(0.3), delta(0.4)]
  const [one, , three, four, five] = vp8(frames)

  test('costs its picture, and those that build on it, until the next that stands for itself', () => {
    const outcome = given([
      { packet: one, at: 0 },
      { packet: three, at: 1 },
      { packet: undefined, at: 1.2 },
      { packet: undefined, at: 1.25 },
      { packet: four, at: 1.3 },
      { packet: five, at: 1.4 }
    ])
    expect(outcome.map(({ times }) => times)).toEqual([[0], [], [], [], [0.3], [0.4]])
    expect(outcome.map(({ asks }) => asks)).toEqual([false, false, false, true, false, false])
  })

  test('is given up where what comes after it tells so, too', () => {
    const outcome = given([
      { packet: one, at: 0 },
      { packet: three, at: 1 },
      { packet: four, at: 1.25 }
    ])
    expect(outcome.map(({ times }) => times)).toEqual([[0], [], [0.3]])
  })

  test('is of no use when it comes after that', () => {
    const two = vp8(frames)[1]
    const outcome = given([
      { packet: one, at: 0 },
      { packet: three, at: 1 },
      { packet: undefined, at: 1.3 },
      { packet: two, at: 1.4 },
      { packet: four, at: 1.5 }
    ])
    expect(timesOf(outcome)).toEqual([0, 0.3])
  })

  test('is not granted more time by others that come late', () => {
    const packets = vp8([key(0, 6_000), key(1)])
    const last = packets.length - 1
    const outcome = given([
      { packet: packets[0], at: 0 },
      { packet: packets[last], at: 1 },
      { packet: packets[last - 1], at: 1.2 },
      { packet: packets[last - 2], at: 1.24 },
      { packet: undefined, at: 1.25 }
    ])
    expect(outcome.map(({ times }) => times.length)).toEqual([0, 0, 0, 0, 1])
  })

  test('is not granted more time by others that come twice', () => {
    const outcome = given([
      { packet: one, at: 0 },
      { packet: three, at: 1 },
      { packet: four, at: 1.1 },
      { packet: three, at: 1.2 },
      { packet: undefined, at: 1.25 }
    ])
    expect(outcome.map(({ times }) => times)).toEqual([[0], [], [], [], [0.3]])
  })

  test('is given up at once where more wait for it than can', () => {
    const packets = vp8([
      key(0),
      delta(0.1),
      ...Array.from({ length: 2_100 }, (_, at) => key(1 + at / 1_000))
    ])
    const outcome = given(now([...packets.slice(0, 1), ...packets.slice(2)]))
    expect(outcome.slice(1, 2_048).every(({ times }) => times.length === 0)).toBe(true)
    expect(outcome[2_048]?.times).toHaveLength(2_048)
    expect(outcome[2_049]?.times).toHaveLength(1)
  })

  test.each([
    ['first', 0],
    ['one in the middle', 1],
    ['last', 3]
  ])('is noticed where it is the %s of a picture', (_which, missing) => {
    const packets = vp8([key(0, 4_000), key(0.1), delta(0.2)]).filter((_packet, at) => at !== missing)
    expect(timesOf(given([...now(packets), { packet: undefined, at: 1 }]))).toEqual([0, 0.1])
  })
})

const parameters = [unitOf(7, filled(20)), unitOf(8, filled(5))]
const intra = (time: number, units = [...parameters, unitOf(5, filled(10))]): EncodedFrame => ({
  data: annexBOf(units),
  time,
  isKey: true
})
const inter = (time: number): EncodedFrame => ({
  data: annexBOf([unitOf(1, filled(10)), unitOf(1, filled(10))]),
  time,
  isKey: false
})
const sent = (frames: readonly EncodedFrame[]): readonly MediaPacket[] =>
  packetsOf('H264', frames, start).flat()
const received = (packets: readonly (MediaPacket | undefined)[]): readonly number[] =>
  timesOf(given([...now(packets), { packet: undefined, at: 1 }], new FrameAssembler('H264')))

test('a payload that is none costs its picture, and those that build on it', () => {
  const [one, two, ...rest] = vp8([key(0), delta(0.1), delta(0.2), key(0.3)])
  const broken = two && altered(two, { payload: bytes(0x90) })
  expect(given(now([one, broken, ...rest]))).toEqual([
    { times: [0], asks: false },
    { times: [], asks: true },
    { times: [], asks: true },
    { times: [0.3], asks: false }
  ])
})

describe('H.264', () => {
  test('whose parameters are missing is no key frame, though nothing else is', () => {
    expect(received(sent([intra(0), inter(0.1), intra(0.2)]).slice(1))).toEqual([0])
    const later = sent([intra(0), intra(0.1), inter(0.2), intra(0.3)])
    expect(received(later.filter((_packet, at) => at !== 2))).toEqual([0, 0.3])
  })

  test('that begins with parameters or a delimiter begins there, whatever is missing before it', () => {
    const frames = [intra(0), inter(0.1), intra(0.2)]
    expect(received(sent(frames).filter((_packet, at) => at !== 3))).toEqual([0, 0.2])
    const delimited = intra(0.2, [unitOf(9, bytes(0xf0)), ...parameters, unitOf(5, filled(10))])
    expect(received(sent([...frames.slice(0, 2), delimited]).filter((_packet, at) => at !== 3))).toEqual([
      0, 0.2
    ])
  })

  test('without parameters of its own is taken where nothing is missing before it', () => {
    const bare = intra(0.1, [unitOf(5, filled(10))])
    expect(received(sent([inter(0), bare]))).toEqual([0])
    expect(received(sent([bare]))).toEqual([])
  })

  test('that holds a payload that is none is left out', () => {
    const [parts, picture, ...rest] = sent([intra(0), inter(0.1), intra(0.2)])
    const broken = picture && { ...picture, payload: bytes(0x7c, 0x85) }
    expect(received([parts, broken, ...rest])).toEqual([0])
  })
})

describe('sound', () => {
  const packets = packetsOf(
    'opus',
    Array.from({ length: 10 }, (_, at) => sound(at / 50)),
    start
  ).flat()

  test('comes packet by packet, in its order', () => {
    const [one, two, three, four] = packets
    const outcome = given(now([one, three, two, two, four]), new FrameAssembler('opus'))
    expect(outcome.map(({ times }) => times)).toEqual([[0], [], [0.02, 0.04], [], [0.06]])
    expect(outcome.some(({ asks }) => asks)).toBe(false)
  })

  test('does not wait long for what is lost, for nobody asks for it again', () => {
    const arrivals = packets.map((packet, at) => ({ packet, at: at / 50 })).filter((_arrival, at) => at !== 2)
    const outcome = given(arrivals, new FrameAssembler('opus'))
    expect(outcome.slice(0, 6).map(({ times }) => times)).toEqual([
      [0],
      [0.02],
      [],
      [],
      [],
      [0.06, 0.08, 0.1, 0.12]
    ])
    expect(outcome.some(({ asks }) => asks)).toBe(false)
  })

  test('keeps the time of its pauses', () => {
    const spurts = packetsOf('opus', [sound(0), sound(0.02), sound(3)], start).flat()
    expect(timesOf(given(now(spurts), new FrameAssembler('opus')))).toEqual([0, 0.02, 3])
  })
})

const ahead = (packet: MediaPacket | undefined, by: number, changes: Partial<MediaPacket> = {}) =>
  packet && altered(packet, { ...changes, sequenceNumber: packet.sequenceNumber + by })

describe('packets with nothing in them', () => {
  /** As a browser pads with them, after a picture and with its time, to find out how much a path can carry. */
  test('are counted, and are no loss', () => {
    const [one, two, three] = vp8([key(0), delta(0.1), delta(0.2)])
    const padding = { marker: false, payload: bytes() }
    const packets = [one, ahead(one, 1, padding), ahead(one, 2, padding), ahead(two, 2), ahead(three, 2)]
    const outcome = given(now(packets))
    expect(timesOf(outcome)).toEqual([0, 0.1, 0.2])
    expect(outcome.some(({ asks }) => asks)).toBe(false)
  })

  test('are no sound', () => {
    const packet = { sequenceNumber: 1, timestamp: 0, marker: false, payload: bytes() }
    expect(given(now([packet]), new FrameAssembler('opus'))).toEqual([{ times: [], asks: false }])
  })
})

describe('another stream of the same codec', () => {
  const frames = [key(0), delta(0.1), delta(0.2)]
  const first = vp8(frames)
  const second = (number: number, timestamp = 3_000_000_000): readonly MediaPacket[] =>
    packetsOf('VP8', frames, [number, timestamp]).flat()

  test.each([
    ['far ahead', 1_000 + 9_000],
    ['at the other end', 1_000 + 0x8000],
    ['far behind', 0xffff - 9_000]
  ])('with its numbers %s is taken up at once', (_where, number) => {
    const outcome = given([...now(first), ...now(second(number), 5)])
    expect(outcome.map(({ times }) => times.length)).toEqual([1, 1, 1, 1, 1, 1])
  })

  test('with its numbers a little behind is taken up once nothing else comes', () => {
    const outcome = given([...now(first), ...now(second(900).slice(0, 1), 0.5), ...now(second(901), 2)])
    expect(outcome.map(({ times }) => times.length)).toEqual([1, 1, 1, 0, 1, 1, 1])
  })

  test('goes on in time with what has passed, whatever it counts from', () => {
    for (const timestamp of [0, 5_000, 0x7fff_ffff, 0xffff_ffff])
      expect(timesOf(given([...now(first), ...now(second(20_000, timestamp), 5)]))).toEqual([
        0, 0.1, 0.2, 5.2, 5.3, 5.4
      ])
  })

  test('is not mixed with what waited for a packet of the last', () => {
    const outcome = given([
      ...now([first[0], first[2]]),
      ...now(second(20_000), 0.1),
      { packet: undefined, at: 2 }
    ])
    expect(outcome.map(({ times }) => times.length)).toEqual([1, 0, 1, 1, 1, 0])
    expect(outcome.at(-1)?.asks).toBe(false)
  })

  test('that begins in the middle of a picture does not finish it', () => {
    const begun = vp8([key(0, 2_000)]).slice(0, 1)
    const rest = vp8([key(0, 2_000)])
      .slice(1)
      .map((packet) => altered(packet, { sequenceNumber: 30_000 }))
    expect(given(now([...begun, ...rest])).at(-1)).toEqual({ times: [], asks: true })
  })
})

const endless = (count: number, payloadOf: (at: number) => Uint8Array): readonly MediaPacket[] =>
  Array.from({ length: count }, (_, at) => ({
    sequenceNumber: at & 0xffff,
    timestamp: 0,
    marker: at === count - 1,
    payload: payloadOf(at)
  }))
const begun = (length: number) => (at: number) =>
  bytes(at === 0 ? 0x10 : 0, ...vp8Frame(true, filled(length)))

describe('what is larger than anything that is sent', () => {
  test('is left out, be it a packet', () => {
    const [one] = endless(1, begun(10_000))
    expect(given(now([one])).at(-1)).toEqual({ times: [], asks: true })
  })

  test('is left out, be it a frame of many bytes', () => {
    expect(given(now(endless(600, begun(8_000)))).at(-1)).toEqual({ times: [], asks: true })
    expect(timesOf(given(now(endless(500, begun(8_000)))))).toEqual([0])
  })

  test('is left out, be it a frame of many packets', () => {
    expect(given(now(endless(5_000, begun(1)))).at(-1)).toEqual({ times: [], asks: true })
    expect(timesOf(given(now(endless(4_000, begun(1)))))).toEqual([0])
  })
})

test('a frame is not changed by what becomes of the buffers of its packets', () => {
  const frame = key(0, 4_000)
  const assembler = new FrameAssembler('VP8')
  const frames = vp8([frame]).flatMap((packet) => {
    const { frames } = assembler.take(packet, 0)
    packet.payload.fill(0)
    return frames
  })
  expect(frames).toEqual([frame])
})
