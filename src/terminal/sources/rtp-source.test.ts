import { type Socket, createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { bytesOf, framesOn, timesOf } from '../../../test/support/media-files.ts'
import { h264Frames, h264Packets, vp8Frames, vp8Packets } from '../../../test/support/media-vectors.ts'
import { unitsOf } from '../../media/h264.ts'
import type { MediaPacket } from '../../media/rtp.ts'
import { type RtpInput, openRtp, readRtpInputs } from './rtp-source.ts'
import { MediaError } from './source.ts'

describe('ports and codecs are read:', () => {
  test.each<[string, readonly RtpInput[]]>([
    ['5004', [{ port: 5004, codec: 'VP8' }]],
    [
      '5004,5006',
      [
        { port: 5004, codec: 'VP8' },
        { port: 5006, codec: 'opus' }
      ]
    ],
    [
      '5004/H264,5006/opus',
      [
        { port: 5004, codec: 'H264' },
        { port: 5006, codec: 'opus' }
      ]
    ],
    [
      '1/opus,65535/vp8',
      [
        { port: 1, codec: 'opus' },
        { port: 65_535, codec: 'VP8' }
      ]
    ],
    ['5004/h264', [{ port: 5004, codec: 'H264' }]]
  ])('%s', (spec, inputs) => {
    expect(readRtpInputs(spec)).toEqual(inputs)
  })

  test.each([
    '',
    ',',
    '5004,',
    'x',
    '0',
    '65536',
    '5004/VP9',
    '5004/constructor',
    '5004/',
    '5004/VP8/1',
    '5004,5004',
    '5004/VP8,5006/H264',
    '5004/opus,5006/opus',
    '5004,5006,5008',
    ' 5004'
  ])('not %j', (spec) => {
    expect(() => readRtpInputs(spec)).toThrow(MediaError)
    expect(() => readRtpInputs(spec)).toThrow(`rtp:${spec} names no ports: `)
  })
})

let sender: Socket
beforeAll(() => {
  sender = createSocket('udp4')
})
afterAll(() => {
  sender.close()
})

const send = (port: number, datagram: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    sender.send(datagram, port, '127.0.0.1', (error) => (error ? reject(error) : resolve()))
  })

/** RFC 3550, section 5.1. */
const datagramOf = ({ sequenceNumber, timestamp, marker, payload }: MediaPacket, ssrc = 7): Uint8Array => {
  const datagram = new Uint8Array(12 + payload.length)
  const view = new DataView(datagram.buffer)
  datagram.set([0x80, (marker ? 0x80 : 0) | 96])
  view.setUint16(2, sequenceNumber)
  view.setUint32(4, timestamp)
  view.setUint32(8, ssrc)
  datagram.set(payload, 12)
  return datagram
}

const patience = { timeout: 20_000, interval: 10 }
const vp8Bytes = vp8Frames.map((data) => Uint8Array.from(data))

const listening = async (codec: RtpInput['codec']) => {
  const source = await openRtp([{ port: 0, codec }])
  const [port = 0] = source.ports
  return { source, port, frames: framesOn(source.tracks[0]), [Symbol.asyncDispose]: () => source.close() }
}

const sound = (at: number): Uint8Array =>
  datagramOf({ sequenceNumber: at, timestamp: at * 960, marker: false, payload: Uint8Array.of(at) })

describe('what another program sends as RTP', () => {
  test('is put together to pictures of VP8', async () => {
    await using heard = await listening('VP8')
    heard.source.start(() => {})
    for (const packet of vp8Packets) await send(heard.port, datagramOf(packet))
    await vi.waitFor(() => expect(heard.frames.length).toBe(3), patience)
    expect(bytesOf(heard.frames)).toEqual(vp8Bytes)
    expect(heard.frames.map(({ isKey }) => isKey)).toEqual([true, false, false])
    expect(timesOf(heard.frames)).toEqual([0, 200, 400])
  })

  test('is put together to pictures of H.264', async () => {
    await using heard = await listening('H264')
    heard.source.start(() => {})
    for (const packet of h264Packets) await send(heard.port, datagramOf(packet))
    await vi.waitFor(() => expect(heard.frames.length).toBe(3), patience)
    expect(heard.frames.map(({ data }) => unitsOf(data))).toEqual(h264Frames.map(unitsOf))
  })

  test('is sound, packet by packet', async () => {
    await using heard = await listening('opus')
    heard.source.start(() => {})
    for (const at of [0, 1, 2]) {
      const payload = Uint8Array.of(0xfc, at)
      await send(heard.port, datagramOf({ sequenceNumber: at, timestamp: at * 960, marker: false, payload }))
    }
    await vi.waitFor(() => expect(heard.frames.length).toBe(3), patience)
    expect(timesOf(heard.frames)).toEqual([0, 20, 40])
  })

  test('is taken out of whatever there is around it', async () => {
    await using heard = await listening('opus')
    heard.source.start(() => {})
    const header = [0, 1, 0, 0, 0, 0, 0, 0, 0, 7]
    const contributor = [1, 2, 3, 4]
    const extension = [0xbe, 0xde, 0, 1, 0x10, 9, 0, 0]
    await send(
      heard.port,
      Uint8Array.of(0x80 | 0x31, 96, ...header, ...contributor, ...extension, 0xfc, 42, 0, 0, 3)
    )
    await vi.waitFor(() => expect(heard.frames.length).toBe(1), patience)
    expect(bytesOf(heard.frames)).toEqual([Uint8Array.of(0xfc, 42)])
  })

  test('is heard from start to stop only', async () => {
    await using heard = await listening('opus')
    await send(heard.port, sound(1))
    heard.source.start(() => {})
    await vi.waitFor(async () => {
      await send(heard.port, sound(2))
      expect(heard.frames.length).toBeGreaterThan(0)
    }, patience)
    heard.source.stop()
    const { length } = heard.frames
    await send(heard.port, sound(3))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(heard.frames.length).toBe(length)
  })

  test('goes on when the program begins anew, with other numbers', async () => {
    await using heard = await listening('VP8')
    heard.source.start(() => {})
    for (const packet of vp8Packets) await send(heard.port, datagramOf(packet, 7))
    for (const packet of vp8Packets) {
      const sequenceNumber = (packet.sequenceNumber + 40_000) % 65_536
      await send(heard.port, datagramOf({ ...packet, sequenceNumber, timestamp: 5 }, 8))
    }
    await vi.waitFor(() => expect(heard.frames.length).toBeGreaterThan(3), patience)
    const [before, after] = [heard.frames[2]?.time ?? NaN, heard.frames[3]?.time ?? NaN]
    expect(Math.abs(after - before)).toBeLessThan(60)
    expect(heard.frames[3]?.isKey).toBe(true)
  })
})

test.each<[string, Uint8Array]>([
  ['nothing', new Uint8Array()],
  ['a few bytes', Uint8Array.of(0x80, 96, 0)],
  [
    'a header alone',
    datagramOf({ sequenceNumber: 0, timestamp: 0, marker: true, payload: new Uint8Array() })
  ],
  ['STUN', Uint8Array.from({ length: 40 }, (_, at) => at)],
  ['RTCP', Uint8Array.of(0x80, 200, 0, 6, ...new Uint8Array(24))],
  ['more contributors than there are bytes', Uint8Array.of(0x8f, 96, 0, 1, ...new Uint8Array(12))],
  [
    'an extension that is longer than the packet',
    Uint8Array.of(0x90, 96, 0, 1, ...new Uint8Array(8), 0xbe, 0xde, 0xff, 0xff)
  ],
  ['more padding than there are bytes', Uint8Array.of(0xa0, 96, 0, 1, ...new Uint8Array(9), 0xff)],
  ['noise', Uint8Array.from({ length: 200 }, (_, at) => (at * 151 + 128) & 0xff)]
])('%s in between harms nobody', async (_name, junk) => {
  await using heard = await listening('VP8')
  heard.source.start(() => {})
  await send(heard.port, junk)
  for (const packet of vp8Packets) await send(heard.port, datagramOf(packet))
  await vi.waitFor(() => expect(bytesOf(heard.frames).slice(-3)).toEqual(vp8Bytes), patience)
})

describe('a port', () => {
  test('that is taken is turned down with a sentence, and those before it are let go', async () => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address()
    const free = createSocket('udp4').bind(0, '127.0.0.1')
    await once(free, 'listening')
    const other = free.address().port
    await new Promise<void>((resolve) => void free.close(resolve))
    await expect(
      openRtp([
        { port: other, codec: 'VP8' },
        { port, codec: 'opus' }
      ])
    ).rejects.toThrow(new MediaError(`RTP cannot be taken at port ${port}: EADDRINUSE.`))
    const again = await openRtp([{ port: other, codec: 'VP8' }])
    await again.close()
    taken.close()
  })

  test('is let go when it is closed, also twice', async () => {
    const source = await openRtp([{ port: 0, codec: 'VP8' }])
    const [port = 0] = source.ports
    await source.close()
    await source.close()
    const again = await openRtp([{ port, codec: 'VP8' }])
    expect(again.ports).toEqual([port])
    await again.close()
  })
})
