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
      return [data]
  }
}

/** Numbers the packets of one track, whatever sources it has one after the other. */
export class Packetizer {
  readonly codec: Codec
  #sequenceNumber: number
  readonly #timestamp: number

  /** `start`: two random numbers, below 2^16 and 2^32. */
  constructor(codec: Codec, start: readonly [sequenceNumber: number, timestamp: number]) {
    this.codec = codec
    this.#sequenceNumber = start[0]
    this.#timestamp = start[1]
  }

  packetize({ data, time }: EncodedFrame): readonly MediaPacket[] {
    const timestamp = uint32(this.#timestamp + Math.round(time * clockRates[this.codec]))
    const payloads = packetized(this.codec, data)
    return payloads.map((payload, index) => {
      const sequenceNumber = this.#sequenceNumber
      this.#sequenceNumber = uint16(sequenceNumber + 1)
      const marker = this.codec !== 'opus' && index === payloads.length - 1
      return { sequenceNumber, timestamp, marker, payload }
    })
  }
}
