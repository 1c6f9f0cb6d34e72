/**
 * What a track of libwebrtc brings, as encoded frames: it gives pictures and samples, which are encoded again here, and only
 * while somebody listens.
 */
import { type I420, unpacked } from '../../media/picture.ts'
import { type Pcm, Pieces, StereoResampler } from '../../media/sound.ts'
import { OpusEncoder, opusChannels, opusRate, opusSamples } from '../libav/opus.ts'
import { Vp8Encoder } from '../libav/vp8.ts'
import { type FrameListener, NodeTrack } from '../media-stream.ts'
import { InTurn } from './in-turn.ts'
import type { RawSink, Wrtc } from './library.ts'

/** Enough for what a camera sees. */
const bitsPerPixel = 0.1
const framesPerSecond = 30
/** The one in work, and one that waits: a picture that comes meanwhile is left out. */
const mostPictures = 2
/** Half a second. */
const mostPieces = 25
const packetSeconds = opusSamples / opusRate
/** Sound is counted by its samples, unless it has stopped meanwhile. In seconds. */
const maxDrift = 0.2

const seconds = (): number => performance.now() / 1_000

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}

const pictureOf = (event: unknown): I420 | null => {
  const { width, height, data } = fieldsOf(fieldsOf(event)['frame'])
  if (typeof width !== 'number' || typeof height !== 'number' || !(data instanceof Uint8Array)) return null
  return unpacked(data, { width, height })
}

const soundOf = (event: unknown): Pcm | null => {
  const { samples, sampleRate, channelCount } = fieldsOf(event)
  if (!(samples instanceof Int16Array) || typeof sampleRate !== 'number' || typeof channelCount !== 'number')
    return null
  return { samples, sampleRate, channelCount }
}

/** What encodes while somebody listens. */
interface Encoding {
  stop(): Promise<void>
}

export class ReceivedTrack extends NodeTrack {
  readonly #wrtc: Wrtc
  readonly #native: MediaStreamTrack
  #encoding: Encoding | null = null
  #count = 0
  #needsKey = false

  constructor(wrtc: Wrtc, native: MediaStreamTrack) {
    super(native.kind === 'audio' ? 'audio' : 'video', {
      label: 'remote',
      format: { codec: native.kind === 'audio' ? 'opus' : 'VP8' }
    })
    this.#wrtc = wrtc
    this.#native = native
    native.addEventListener('ended', () => this.end())
  }

  override listen(listener: FrameListener): () => void {
    const stop = super.listen(listener)
    this.#count += 1
    this.#encoding ??= this.kind === 'video' ? this.#encodePictures() : this.#encodeSound()
    // Whoever has just begun cannot begin in the middle.
    this.#needsKey = true
    let listens = true
    return () => {
      stop()
      if (!listens) return
      listens = false
      this.#count -= 1
      if (this.#count === 0) this.#stopEncoding()
    }
  }

  override requestKeyFrame(): void {
    this.#needsKey = true
  }

  override end(): void {
    this.#stopEncoding()
    super.end()
  }

  #stopEncoding(): void {
    void this.#encoding?.stop()
    this.#encoding = null
  }

  #encodePictures(): Encoding {
    let encoder: { readonly width: number; readonly height: number; readonly vp8: Vp8Encoder } | null = null
    const encoderFor = async ({ width, height }: I420): Promise<Vp8Encoder> => {
      if (encoder?.width === width && encoder.height === height) return encoder.vp8
      await encoder?.vp8.close()
      encoder = null
      const bitsPerSecond = Math.round(width * height * framesPerSecond * bitsPerPixel)
      const vp8 = await Vp8Encoder.open({ width, height, framesPerSecond, bitsPerSecond })
      encoder = { width, height, vp8 }
      return vp8
    }
    const work = new InTurn<readonly [picture: I420, time: number]>(mostPictures, async ([picture, time]) => {
      const vp8 = await encoderFor(picture)
      const isKey = this.#needsKey
      this.#needsKey = false
      for (const frame of await vp8.encode(picture, time, isKey)) this.write(frame)
    })
    const { RTCVideoSink } = this.#wrtc.nonstandard
    return whileListening(new RTCVideoSink(this.#native), 'frame', {
      take: (event) => {
        const picture = pictureOf(event)
        if (picture !== null) work.take([picture, seconds()])
      },
      close: async () => {
        await work.done()
        await encoder?.vp8.close()
      }
    })
  }

  #encodeSound(): Encoding {
    const stereo = new StereoResampler(opusRate)
    const pieces = new Pieces(opusSamples * opusChannels)
    let opus: Promise<OpusEncoder> | null = null
    let due = 0
    const work = new InTurn<readonly [piece: Float32Array, time: number]>(
      mostPieces,
      async ([piece, time]) => {
        for (const data of await (await (opus ??= OpusEncoder.open())).encode(piece))
          this.write({ data, time, isKey: true })
      }
    )
    const { RTCAudioSink } = this.#wrtc.nonstandard
    return whileListening(new RTCAudioSink(this.#native), 'data', {
      take: (event) => {
        const sound = soundOf(event)
        if (sound === null) return
        for (const piece of pieces.take(stereo.take(sound))) {
          if (Math.abs(seconds() - due) > maxDrift) due = seconds()
          work.take([piece, due])
          due += packetSeconds
        }
      },
      close: async () => {
        await work.done()
        await (await opus)?.close()
      }
    })
  }
}

const whileListening = (
  sink: RawSink,
  type: 'frame' | 'data',
  { take, close }: { readonly take: (event: unknown) => void; readonly close: () => Promise<void> }
): Encoding => {
  let stopped = false
  sink.addEventListener(type, (event) => {
    if (!stopped) take(event)
  })
  return {
    async stop() {
      stopped = true
      sink.stop()
      await close()
    }
  }
}
