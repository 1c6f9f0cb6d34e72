/** What media is made of on its way between a file, a codec and RTP: encoded frames, each with its time. */

export type MediaKind = 'audio' | 'video'

/** By the names that they have in SDP. */
export type AudioCodec = 'opus'
export type VideoCodec = 'VP8' | 'H264'
export type Codec = AudioCodec | VideoCodec

/** One picture, or one packet of sound, as an encoder has made it. H.264 is in Annex B: start codes, not lengths. */
export interface EncodedFrame {
  readonly data: Uint8Array
  /** When it was taken, in seconds from whatever its source counts from. */
  readonly time: number
  /** It can be decoded without any other; always true of sound. */
  readonly isKey: boolean
}

/** Ticks a second of the clock in RTP. */
export const clockRates: Readonly<Record<Codec, number>> = { opus: 48_000, VP8: 90_000, H264: 90_000 }

export const kindOfCodec = (codec: Codec): MediaKind => (codec === 'opus' ? 'audio' : 'video')

/** One of both, or a codec that only others have. */
export const isCodec = (name: string): name is Codec => Object.hasOwn(clockRates, name)
