/** VP8 by libvpx: pictures in, frames out, and back. */
import type { LibAV } from '@libav.js/variant-webm'
import type { EncodedFrame } from '../../media/frame.ts'
import { type I420, type Plane, colorSizeOf } from '../../media/picture.ts'
import { type Decoder, decodeInPlace, libav } from './library.ts'

/** Of FFmpeg's numbers: the pixel format, and the kind of picture. */
const YUV420P = 0
const INTRA = 1
const KEY = 1
const ticks = 1_000

export interface Vp8Settings {
  readonly width: number
  readonly height: number
  readonly framesPerSecond: number
  readonly bitsPerSecond: number
}

export class Vp8Encoder {
  readonly #libav: LibAV
  readonly #context: readonly [encoder: number, frame: number, packet: number]

  static async open({ width, height, framesPerSecond, bitsPerSecond }: Vp8Settings): Promise<Vp8Encoder> {
    const library = await libav()
    const [, encoder, frame, packet] = await library.ff_init_encoder('libvpx', {
      // A key frame only where one is asked for.
      ctx: { bit_rate: bitsPerSecond, pix_fmt: YUV420P, width, height, gop_size: framesPerSecond * 600 },
      time_base: [1, ticks],
      options: { deadline: 'realtime', 'cpu-used': '8', 'lag-in-frames': '0', 'auto-alt-ref': '0' }
    })
    return new Vp8Encoder(library, [encoder, frame, packet])
  }

  constructor(library: LibAV, context: readonly [number, number, number]) {
    this.#libav = library
    this.#context = context
  }

  /** `time` in seconds, later with each picture. */
  async encode(
    { width, height, y, u, v }: I420,
    time: number,
    isKey: boolean
  ): Promise<readonly EncodedFrame[]> {
    const planes = [y, u, v]
    const data = new Uint8Array(planes.reduce((sum, plane) => sum + plane.bytes.length, 0))
    let offset = 0
    const layout = planes.map((plane) => {
      const at = offset
      data.set(plane.bytes, at)
      offset += plane.bytes.length
      return { offset: at, stride: plane.stride }
    })
    const pts = Math.round(time * ticks)
    const picture = {
      data,
      layout,
      format: YUV420P,
      width,
      height,
      pts,
      ptshi: 0,
      pict_type: isKey ? INTRA : 0
    }
    const packets = await this.#libav.ff_encode_multi(...this.#context, [picture])
    return packets.map(({ data, flags = 0 }) => ({ data, time, isKey: (flags & KEY) !== 0 }))
  }

  async close(): Promise<void> {
    await this.#libav.ff_free_encoder(...this.#context)
  }
}

export class Vp8Decoder {
  readonly #libav: LibAV
  readonly #context: Decoder

  static async open(): Promise<Vp8Decoder> {
    const library = await libav()
    const [, decoder, packet, frame] = await library.ff_init_decoder('libvpx')
    return new Vp8Decoder(library, [decoder, packet, frame])
  }

  constructor(library: LibAV, context: Decoder) {
    this.#libav = library
    this.#context = context
  }

  /** The picture that this frame makes. `hidden`: it is for others to refer to; `broken`: it cannot be decoded. */
  async decode({ data }: EncodedFrame): Promise<I420 | 'hidden' | 'broken'> {
    const frames = await decodeInPlace(this.#libav, this.#context, data)
    if (frames === null) return 'broken'
    const frame = frames.at(-1)
    const picture = frame === undefined ? 'hidden' : await this.#copy(frame)
    for (const each of frames) await this.#libav.av_frame_free_js(each)
    return picture
  }

  /** Plane by plane: libav's own copy is of all that lies between them, which are often many megabytes of other things. */
  async #copy(frame: number): Promise<I420> {
    const width = await this.#libav.AVFrame_width(frame)
    const height = await this.#libav.AVFrame_height(frame)
    const plane = async (index: number, rows: number): Promise<Plane> => {
      const stride = await this.#libav.AVFrame_linesize_a(frame, index)
      const from = await this.#libav.AVFrame_data_a(frame, index)
      return { bytes: await this.#libav.copyout_u8(from, stride * rows), stride }
    }
    const color = colorSizeOf({ width, height }).height
    return { width, height, y: await plane(0, height), u: await plane(1, color), v: await plane(2, color) }
  }

  async close(): Promise<void> {
    await this.#libav.ff_free_decoder(...this.#context)
  }
}
