/** Opus by libopus: 48 kHz stereo, twenty milliseconds at a time. */
import type { LibAV } from '@libav.js/variant-webm'
import { type Decoder, decodePacket, libav } from './library.ts'

export const opusRate = 48_000
export const opusChannels = 2
/** Of each channel, in one packet. */
export const opusSamples = 960

/** Of FFmpeg's numbers: interleaved floats, and left and right. */
const FLT = 3
const STEREO = 3

export class OpusEncoder {
  readonly #libav: LibAV
  readonly #context: readonly [encoder: number, frame: number, packet: number]
  #samples = 0

  static async open(bitsPerSecond = 32_000): Promise<OpusEncoder> {
    const library = await libav()
    const [, encoder, frame, packet] = await library.ff_init_encoder('libopus', {
      ctx: {
        bit_rate: bitsPerSecond,
        sample_fmt: FLT,
        sample_rate: opusRate,
        channel_layout: STEREO,
        channels: opusChannels
      },
      time_base: [1, opusRate]
    })
    return new OpusEncoder(library, [encoder, frame, packet])
  }

  constructor(library: LibAV, context: readonly [number, number, number]) {
    this.#libav = library
    this.#context = context
  }

  /** Left and right in turn, from -1 to 1: `opusSamples` of each. */
  async encode(samples: Float32Array): Promise<readonly Uint8Array[]> {
    const packets = await this.#libav.ff_encode_multi(...this.#context, [
      {
        data: samples,
        format: FLT,
        channels: opusChannels,
        channel_layout: STEREO,
        sample_rate: opusRate,
        nb_samples: opusSamples,
        pts: this.#samples,
        ptshi: 0
      }
    ])
    this.#samples += opusSamples
    return packets.map(({ data }) => data)
  }

  async close(): Promise<void> {
    await this.#libav.ff_free_encoder(...this.#context)
  }
}

export class OpusDecoder {
  readonly #libav: LibAV
  readonly #context: Decoder

  static async open(): Promise<OpusDecoder> {
    const library = await libav()
    const [, decoder, packet, frame] = await library.ff_init_decoder('libopus')
    return new OpusDecoder(library, [decoder, packet, frame])
  }

  constructor(library: LibAV, context: Decoder) {
    this.#libav = library
    this.#context = context
  }

  /** Left and right in turn, from -1 to 1; nothing of a packet that cannot be decoded. */
  async decode(data: Uint8Array): Promise<Float32Array> {
    const frames = await decodePacket(this.#libav, this.#context, data)
    const samples: unknown = frames?.at(-1)?.data
    return samples instanceof Float32Array ? samples : new Float32Array(0)
  }

  async close(): Promise<void> {
    await this.#libav.ff_free_decoder(...this.#context)
  }
}
