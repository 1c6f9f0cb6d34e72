/** Frames that no encoder has made, but that look like it where anybody looks, and ways over a network that is not kind. */
import * as fc from 'fast-check'
import { type Codec, type EncodedFrame, clockRates } from '../../src/media/frame.ts'
import { annexBOf } from '../../src/media/h264.ts'
import { type MediaPacket, Packetizer } from '../../src/media/rtp.ts'

const anyBytes = (maxLength: number) => fc.uint8Array({ maxLength, minLength: 1 })

/** A picture of VP8, 16 pixels square if it is a key frame. RFC 6386, section 9.1. */
export const vp8Frame = (isKey: boolean, content: Uint8Array): Uint8Array =>
  isKey
    ? Uint8Array.of(0x10, 0, 0, 0x9d, 0x01, 0x2a, 16, 0, 16, 0, ...content)
    : Uint8Array.of(0x11, 0, 0, ...content)

/** An H.264 unit of a type; without zeros, there is no start code in it. */
export const unitOf = (type: number, content: Uint8Array): Uint8Array =>
  Uint8Array.of(0x60 | type, ...content.map((byte) => byte || 1))

/** Content that fits one packet, or takes up to four. */
const content = fc.oneof({ weight: 3, arbitrary: anyBytes(40) }, anyBytes(4_000))

const h264Frame = (isKey: boolean): fc.Arbitrary<Uint8Array> => {
  const slices = fc.array(content, { minLength: 1, maxLength: 3 })
  return fc
    .record({ slices, set: anyBytes(30), delimits: fc.boolean() })
    .map(({ slices, set, delimits }) =>
      annexBOf([
        ...(delimits ? [unitOf(9, Uint8Array.of(0xf0))] : []),
        ...(isKey ? [unitOf(7, set), unitOf(8, set)] : []),
        ...slices.map((slice) => unitOf(isKey ? 5 : 1, slice))
      ])
    )
}

const dataOf: Readonly<Record<Codec, (isKey: boolean) => fc.Arbitrary<Uint8Array>>> = {
  opus: () => anyBytes(300),
  VP8: (isKey) => content.map((content) => vp8Frame(isKey, content)),
  H264: h264Frame
}

/** What an encoder makes, 50 packets of sound a second or 30 pictures; it begins with a key frame. */
export const framesOf = (codec: Codec): fc.Arbitrary<readonly EncodedFrame[]> =>
  fc
    .array(
      fc.boolean().map((isKey) => codec === 'opus' || isKey),
      { minLength: 1, maxLength: 12 }
    )
    .chain((keys) =>
      fc.tuple(
        ...keys.map((isKey, at) =>
          dataOf[codec](isKey || at === 0).map((data) => ({
            data,
            time: at / (codec === 'opus' ? 50 : 30),
            isKey: isKey || at === 0
          }))
        )
      )
    )

/** Where numbers begin: anywhere, and just before they wrap around. */
export const start: fc.Arbitrary<readonly [number, number]> = fc.tuple(
  fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xfff0, max: 0xffff })),
  fc.oneof(fc.nat(0xffff_ffff), fc.integer({ min: 0xffff_f000, max: 0xffff_ffff }))
)

export const packetsOf = (
  codec: Codec,
  frames: readonly EncodedFrame[],
  start: readonly [number, number]
): readonly (readonly MediaPacket[])[] => {
  const packetizer = new Packetizer(codec, start)
  return frames.map((frame) => packetizer.packetize(frame, frame.time))
}

export const altered = (packet: MediaPacket, changes: Partial<MediaPacket>): MediaPacket => ({
  ...packet,
  ...changes
})

/** As an assembler is to give them: they count from the first. */
export const fromFirst = (codec: Codec, frames: readonly EncodedFrame[]): readonly EncodedFrame[] => {
  const ticks = (time: number): number => Math.round(time * clockRates[codec])
  const first = ticks(frames[0]?.time ?? 0)
  return frames.map((frame) => ({ ...frame, time: (ticks(frame.time) - first) / clockRates[codec] }))
}
