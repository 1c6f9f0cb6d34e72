/** What libwebrtc gives, pictures and samples, as encoded frames. */
import type { EncodedFrame } from '../../media/frame.ts'
import { type I420, turned, unpacked } from '../../media/picture.ts'
import { type Pcm, Pieces, StereoResampler } from '../../media/sound.ts'
import { OpusEncoder, opusChannels, opusRate, opusSamples } from '../libav/opus.ts'
import { Vp8Encoder } from '../libav/vp8.ts'
import { InTurn } from './in-turn.ts'

/** Takes the events of libwebrtc's sinks until it is closed. */
export interface Encoding {
  readonly take: (event: unknown) => void
  readonly close: () => Promise<void>
}

type Write = (frame: EncodedFrame) => void

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
  const { width, height, rotation, data } = fieldsOf(fieldsOf(event)['frame'])
  if (typeof width !== 'number' || typeof height !== 'number' || !(data instanceof Uint8Array)) return null
  const picture = unpacked(data, { width, height })
  return picture && turned(picture, rotation)
}

const soundOf = (event: unknown): Pcm | null => {
  const { samples, sampleRate, channelCount } = fieldsOf(event)
  if (!(samples instanceof Int16Array) || typeof sampleRate !== 'number' || typeof channelCount !== 'number')
    return null
  return { samples, sampleRate, channelCount }
}

/** `isKeyDue` is asked once for each picture, and forgets. */
export const encodePictures = (write: Write, isKeyDue: () => boolean): Encoding => {
  let encoder: { readonly width: number; readonly height: number; readonly vp8: Vp8Encoder } | null = null
  /** When the next picture is welcome: whatever its size, encoding takes half of the time at most. */
  let restsUntil = 0
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
    const begun = seconds()
    const vp8 = await encoderFor(picture)
    for (const frame of await vp8.encode(picture, time, isKeyDue())) write(frame)
    restsUntil = 2 * seconds() - begun
  })
  return {
    take: (event) => {
      const now = seconds()
      const picture = now < restsUntil ? null : pictureOf(event)
      if (picture !== null) work.take([picture, now])
    },
    close: async () => {
      await work.done()
      await encoder?.vp8.close()
    }
  }
}

export const encodeSound = (write: Write): Encoding => {
  const stereo = new StereoResampler(opusRate)
  const pieces = new Pieces(opusSamples * opusChannels)
  let opus: Promise<OpusEncoder> | null = null
  let due = 0
  const work = new InTurn<readonly [piece: Float32Array, time: number]>(mostPieces, async ([piece, time]) => {
    const encoder = await (opus ??= OpusEncoder.open())
    for (const data of await encoder.encode(piece)) write({ data, time, isKey: true })
  })
  return {
    take: (event) => {
      const sound = soundOf(event)
      if (sound === null) return
      for (const piece of pieces.take(stereo.take(sound))) {
        const now = seconds()
        // What has come in a heap after a pause is too late, and time never goes back.
        if (due - now > maxDrift) continue
        if (now - due > maxDrift) due = now
        work.take([piece, due])
        due += packetSeconds
      }
    },
    close: async () => {
      await work.done()
      await (await opus)?.close()
    }
  }
}
