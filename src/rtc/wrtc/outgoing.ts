/**
 * What a track of encoded frames carries, as a track that libwebrtc sends: it takes pictures and samples alone, and encodes
 * them itself, as well as the path allows.
 */
import type { EncodedFrame } from '../../media/frame.ts'
import { packed } from '../../media/picture.ts'
import { Pieces, wholeSamples } from '../../media/sound.ts'
import { OpusDecoder, opusChannels, opusRate } from '../libav/opus.ts'
import { Vp8Decoder } from '../libav/vp8.ts'
import type { NodeTrack } from '../media-stream.ts'
import { InTurn } from './in-turn.ts'
import type { Wrtc } from './library.ts'

export interface Outgoing {
  readonly native: MediaStreamTrack
  /** One of both tracks has ended. */
  readonly isOver: boolean
  close(): Promise<void>
}

/** About half a second of each. */
const mostPictures = 15
const mostPackets = 25
/** What libwebrtc takes at a time, ten milliseconds, of each channel. */
const pieceSamples = opusRate / 100

/** A source of libwebrtc's, and what decodes for it: opened when it is first needed. */
interface Feed {
  readonly native: MediaStreamTrack
  /** How many frames may wait for it. */
  readonly most: number
  readonly decode: (frame: EncodedFrame) => Promise<void>
  readonly close: () => Promise<void>
}

/** Who waits for a whole picture asks for one, but not all the time. In milliseconds. */
const askEvery = 500

const pictureFeed = ({ nonstandard: { RTCVideoSource } }: Wrtc, lost: () => void): Feed => {
  const source = new RTCVideoSource()
  let decoder: Promise<Vp8Decoder> | null = null
  return {
    native: source.createTrack(),
    most: mostPictures,
    decode: async (frame) => {
      const picture = await (await (decoder ??= Vp8Decoder.open())).decode(frame)
      if (picture === 'hidden') return
      if (picture === 'broken') return lost()
      const { width, height } = picture
      source.onFrame({ width, height, data: packed(picture) })
    },
    close: async () => (await decoder)?.close()
  }
}

const soundFeed = ({ nonstandard: { RTCAudioSource } }: Wrtc): Feed => {
  const source = new RTCAudioSource()
  const pieces = new Pieces(pieceSamples * opusChannels)
  let decoder: Promise<OpusDecoder> | null = null
  return {
    native: source.createTrack(),
    most: mostPackets,
    decode: async ({ data }) => {
      const samples = await (await (decoder ??= OpusDecoder.open())).decode(data)
      for (const piece of pieces.take(samples)) {
        source.onData({
          samples: wholeSamples(piece),
          sampleRate: opusRate,
          bitsPerSample: 16,
          channelCount: opusChannels,
          numberOfFrames: pieceSamples
        })
      }
    },
    close: async () => (await decoder)?.close()
  }
}

export const newOutgoing = (wrtc: Wrtc, track: NodeTrack): Outgoing => {
  let needsKey = true
  let askedAt = -Infinity
  const askForKey = (): void => {
    needsKey = true
    if (performance.now() - askedAt < askEvery) return
    askedAt = performance.now()
    track.requestKeyFrame()
  }
  const isVideo = track.kind === 'video'
  const { native, most, decode, close } = isVideo ? pictureFeed(wrtc, askForKey) : soundFeed(wrtc)
  const decoded = isVideo ? 'VP8' : 'opus'
  const work = new InTurn<EncodedFrame>(most, decode)
  let refused: string | null = null
  const stop = track.listen((frame) => {
    if (!track.enabled) {
      needsKey = true
      return
    }
    const codec = track.format?.codec ?? decoded
    if (codec !== decoded) {
      if (refused !== codec) track.refuse(codec)
      refused = codec
      return
    }
    if (needsKey && !frame.isKey) return askForKey()
    needsKey = !work.take(frame)
  })
  return {
    native,
    get isOver() {
      return track.readyState === 'ended' || native.readyState === 'ended'
    },
    async close() {
      stop()
      native.stop()
      await work.done()
      await close()
    }
  }
}
