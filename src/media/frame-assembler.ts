/**
 * Puts frames together again out of what comes over a network: packets late, twice, in another order, or not at
 * all. Takes the time as an argument and answers with the frames that are whole, in their order; a picture that
 * lacks anything is left out, and so is what builds on it, until the next key frame.
 */
import { joined } from './bytes.ts'
import { type Codec, type EncodedFrame, clockRates } from './frame.ts'
import { depacketizeH264, isH264Key } from './h264.ts'
import type { MediaPacket } from './rtp.ts'
import { depacketizeVp8, readVp8Header } from './vp8.ts'

/** How long a missing packet may take: it has been asked for again, and may be on its way. In seconds. */
const patience = 0.25
/** How many packets wait for a missing one, at the most: two seconds of a large picture. */
const maxWaiting = 2_048
/** What is further ahead than this is no later packet of the same stream, but another stream. */
const maxJump = 8_192
/** A frame is not larger than this. */
const maxFrameBytes = 4 * 1024 * 1024

export interface Assembled {
  readonly frames: readonly EncodedFrame[]
  /** Something is missing that only a key frame can make good. */
  readonly needsKeyFrame: boolean
}

type Depacketized = { readonly data: Uint8Array; readonly starts: boolean } | null

const depacketize = (codec: Codec, payload: Uint8Array): Depacketized => {
  switch (codec) {
    case 'VP8':
      return depacketizeVp8(payload)
    case 'H264':
      return depacketizeH264(payload)
    default:
      return payload.length > 0 ? { data: payload, starts: true } : null
  }
}

const isKeyFrame = (codec: Codec, data: Uint8Array): boolean => {
  switch (codec) {
    case 'VP8':
      return readVp8Header(data)?.isKey ?? false
    case 'H264':
      return isH264Key(data)
    default:
      return true
  }
}

interface Waiting {
  readonly packet: MediaPacket
  readonly since: number
}

/** What has come of a frame so far. */
interface Unfinished {
  readonly timestamp: number
  readonly parts: Uint8Array[]
  bytes: number
  whole: boolean
}

export class FrameAssembler {
  readonly #codec: Codec
  /** By their numbers, counted on beyond 16 bits. */
  readonly #waiting = new Map<number, Waiting>()
  /** The number that is due; `null` before the first packet. */
  #due: number | null = null
  #frame: Unfinished | null = null
  #needsKeyFrame: boolean
  /** The latest timestamp, counted on beyond 32 bits, and the first; `null` before the first frame. */
  #clock: { readonly first: number; readonly latest: number } | null = null

  constructor(codec: Codec) {
    this.#codec = codec
    this.#needsKeyFrame = codec !== 'opus'
  }

  /** `now` in seconds, on a clock that never jumps. */
  take(packet: MediaPacket, now: number): Assembled {
    const number = this.#numberOf(packet.sequenceNumber)
    if (this.#due === null || Math.abs(number - this.#due) > maxJump) this.#startAt(number)
    // What comes twice, or too late, has been dealt with.
    if (number >= (this.#due ?? number) && !this.#waiting.has(number))
      this.#waiting.set(number, { packet, since: now })
    return this.expire(now)
  }

  /** Gives up what is missing and has had its time. */
  expire(now: number): Assembled {
    const frames: EncodedFrame[] = []
    while (this.#due !== null && this.#waiting.size > 0) {
      const here = this.#waiting.get(this.#due)
      if (here !== undefined) {
        this.#waiting.delete(this.#due)
        this.#due += 1
        this.#add(here.packet, frames)
        continue
      }
      const first = Math.min(...this.#waiting.keys())
      const since = this.#waiting.get(first)?.since ?? now
      if (now - since < patience && this.#waiting.size < maxWaiting) break
      this.#due = first
      this.#lose()
    }
    return { frames, needsKeyFrame: this.#needsKeyFrame }
  }

  #numberOf(sequenceNumber: number): number {
    const due = this.#due
    if (due === null) return sequenceNumber
    const ahead = (sequenceNumber - due) & 0xffff
    return ahead < 0x8000 ? due + ahead : due + ahead - 0x1_0000
  }

  #startAt(number: number): void {
    this.#waiting.clear()
    this.#due = number
    this.#lose()
  }

  /** What was begun cannot be finished, and what builds on it is of no use. */
  #lose(): void {
    this.#frame = null
    this.#needsKeyFrame = this.#codec !== 'opus'
  }

  #add({ timestamp, payload, marker }: MediaPacket, frames: EncodedFrame[]): void {
    // Not every sender marks the last packet of a frame.
    if (this.#frame !== null && this.#frame.timestamp !== timestamp) this.#finish(this.#frame, frames)
    const part = depacketize(this.#codec, payload)
    const frame = (this.#frame ??= { timestamp, parts: [], bytes: 0, whole: part?.starts ?? false })
    if (part === null || frame.bytes + part.data.length > maxFrameBytes) frame.whole = false
    else {
      frame.parts.push(part.data)
      frame.bytes += part.data.length
    }
    if (marker || this.#codec === 'opus') this.#finish(frame, frames)
  }

  #finish({ whole, parts, timestamp }: Unfinished, frames: EncodedFrame[]): void {
    if (!whole) return this.#lose()
    this.#frame = null
    const data = joined(parts)
    const isKey = isKeyFrame(this.#codec, data)
    if (this.#needsKeyFrame && !isKey) return
    this.#needsKeyFrame = false
    frames.push({ data, time: this.#timeOf(timestamp), isKey })
  }

  #timeOf(timestamp: number): number {
    const { first, latest } = this.#clock ?? { first: timestamp, latest: timestamp }
    const now = latest + ((timestamp - latest) | 0)
    this.#clock = { first, latest: now }
    return (now - first) / clockRates[this.#codec]
  }
}
