/** Frames as RTP payloads and back, whatever their codec. */
import { type Codec, type EncodedFrame, clockRates } from './frame.ts'
import { packetizeH264 } from './h264.ts'
import { packetizeVp8 } from './vp8.ts'

/** The part of an RTP packet that is the media's own affair. */
export interface MediaPacket {
  /** 16 bits, one more for each packet. */
  readonly sequenceNumber: number
  /** 32 bits, in ticks of the codec's clock. */
  readonly timestamp: number
  /** Ends a frame; begins a talk spurt. */
  readonly marker: boolean
  readonly payload: Uint8Array
}

/** What fits the smallest path of the internet with all headers before it. */
const maxPayloadBytes = 1_150

const uint16 = (value: number): number => value & 0xffff
const uint32 = (value: number): number => value >>> 0

const packetized = (codec: Codec, data: Uint8Array): readonly Uint8Array[] => {
  switch (codec) {
    case 'VP8':
      return packetizeVp8(data, maxPayloadBytes)
    case 'H264':
      return packetizeH264(data, maxPayloadBytes)
    default:
      return data.length > 0 ? [data] : []
  }
}

interface Sent {
  readonly timestamp: number
  /** On the clock of whoever sends, in seconds. */
  readonly at: number
}

/** Numbers the packets of one track, whatever sources it has one after the other. */
export class Packetizer {
  #codec: Codec
  #sequenceNumber: number
  /** The timestamp of a frame whose time is zero. */
  #origin: number
  #last: Sent | null = null
  /** What the first frame of a source comes after; `null` for all others. */
  #before: Sent | null = null

  /** `start`: two random numbers, below 2^16 and 2^32. */
  constructor(codec: Codec, start: readonly [sequenceNumber: number, timestamp: number]) {
    this.#codec = codec
    this.#sequenceNumber = start[0]
    this.#origin = start[1]
  }

  get codec(): Codec {
    return this.#codec
  }

  /** The next frame is of another source, which counts its time from elsewhere, and may be of another codec. */
  changeSource(codec: Codec): void {
    this.#codec = codec
    this.#before = this.#last
  }

  /** `now` in seconds, on a clock that never jumps. */
  packetize({ data, time }: EncodedFrame, now: number): readonly MediaPacket[] {
    const clockRate = clockRates[this.#codec]
    const ticks = Math.round(time * clockRate)
    if (this.#before !== null) {
      const passed = Math.max(1, Math.round((now - this.#before.at) * clockRate))
      this.#origin = this.#before.timestamp + passed - ticks
      this.#before = null
    }
    const timestamp = uint32(this.#origin + ticks)
    this.#last = { timestamp, at: now }
    const payloads = packetized(this.#codec, data)
    return payloads.map((payload, index) => {
      const sequenceNumber = this.#sequenceNumber
      this.#sequenceNumber = uint16(sequenceNumber + 1)
      const marker = this.#codec !== 'opus' && index === payloads.length - 1
      return { sequenceNumber, timestamp, marker, payload }
    })
  }
}
