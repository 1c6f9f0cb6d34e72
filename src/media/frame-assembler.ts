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

/** How long a missing packet may take: of pictures it has been asked for again, and may be on its way. In seconds. */
const patience: Readonly<Record<Codec, number>> = { opus: 0.06, VP8: 0.25, H264: 0.25 }
/** How many packets wait for a missing one, at the most: two seconds of a large picture. */
const maxWaiting = 2_048
/** What is further ahead than this is no later packet of the same stream, but another stream. */
const maxJump = 8_192
/** What is behind is late, or sent twice; if nothing else has come for this long, it is another stream. In seconds. */
const silence = 1
/** A packet is not larger than this on any path. */
const maxPacketBytes = 9_000
/** A frame is not larger than this. */
const maxFrameBytes = 4 * 1024 * 1024
const maxFramePackets = 4_096

export interface Assembled {
  readonly frames: readonly EncodedFrame[]
  /** Something is missing that only a key frame can make good. */
  readonly needsKeyFrame: boolean
}

interface Part {
  readonly data: Uint8Array
  /** Whether a frame begins with it, or perhaps does: if nothing is missing before it. */
  readonly starts: boolean | 'perhaps'
}

const partOf = (codec: Codec, payload: Uint8Array): Part | null => {
  switch (codec) {
    case 'VP8':
      return depacketizeVp8(payload)
    case 'H264':
      return depacketizeH264(payload)
    default:
      return { data: payload, starts: true }
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
  readonly bytes: number
  readonly whole: boolean
}

/** A frame's timestamp, the same counted on from the first and beyond 32 bits, and when it was whole. */
interface Clock {
  readonly timestamp: number
  readonly ticks: number
  readonly at: number
}

export class FrameAssembler {
  readonly #codec: Codec
  /** By their numbers, counted on beyond 16 bits. */
  readonly #waiting = new Map<number, Waiting>()
  /** The number that is due. */
  #due = 0
  /** When something came that was not late; `null` before the first packet. */
  #heardAt: number | null = null
  /** Nothing is missing before what is due. */
  #isSeamless = false
  #frame: Unfinished | null = null
  #needsKeyFrame: boolean
  #isNewStream = true
  #clock: Clock | null = null

  constructor(codec: Codec) {
    this.#codec = codec
    this.#needsKeyFrame = codec !== 'opus'
  }

  /** `now` in seconds, on a clock that never jumps. */
  take(packet: MediaPacket, now: number): Assembled {
    if (packet.payload.length > maxPacketBytes) return this.expire(now)
    const number = this.#numberOf(packet.sequenceNumber)
    if (this.#isOfAnotherStream(number, now)) this.#startAt(number)
    // What comes twice, or too late, has been dealt with.
    if (number >= this.#due && !this.#waiting.has(number)) {
      this.#waiting.set(number, { packet: { ...packet, payload: packet.payload.slice() }, since: now })
      this.#heardAt = now
    }
    return this.expire(now)
  }

  /** Gives up what is missing and has had its time. */
  expire(now: number): Assembled {
    const frames: EncodedFrame[] = []
    while (this.#waiting.size > 0) {
      const here = this.#waiting.get(this.#due)
      if (here !== undefined) {
        this.#waiting.delete(this.#due)
        this.#due += 1
        frames.push(...this.#add(here.packet, now))
        continue
      }
      if (this.#mayStillCome(now)) break
      this.#startAfterGap(Math.min(...this.#waiting.keys()))
    }
    return { frames, needsKeyFrame: this.#needsKeyFrame }
  }

  #numberOf(sequenceNumber: number): number {
    const ahead = (sequenceNumber - this.#due) & 0xffff
    return this.#due + (ahead < 0x8000 ? ahead : ahead - 0x1_0000)
  }

  #isOfAnotherStream(number: number, now: number): boolean {
    if (this.#heardAt === null || Math.abs(number - this.#due) > maxJump) return true
    return number < this.#due && now - this.#heardAt > silence
  }

  /** What is due has been missing for as long as anything has waited for it. */
  #mayStillCome(now: number): boolean {
    const since = Math.min(...[...this.#waiting.values()].map(({ since }) => since))
    return now - since < patience[this.#codec] && this.#waiting.size < maxWaiting
  }

  #startAt(number: number): void {
    this.#waiting.clear()
    this.#isNewStream = true
    this.#startAfterGap(number)
  }

  #startAfterGap(number: number): void {
    this.#due = number
    this.#isSeamless = false
    this.#lose()
  }

  /** What was begun cannot be finished, and what builds on it is of no use. */
  #lose(): void {
    this.#frame = null
    this.#needsKeyFrame = this.#codec !== 'opus'
  }

  #add({ timestamp, payload, marker }: MediaPacket, now: number): readonly EncodedFrame[] {
    // Nothing but padding, between two frames.
    if (payload.length === 0) return []
    // Not every sender marks the last packet of a frame.
    const before = this.#frame?.timestamp === timestamp ? [] : this.#finish(now)
    const part = partOf(this.#codec, payload)
    const whole = part?.starts === true || (part?.starts === 'perhaps' && this.#isSeamless)
    this.#isSeamless = true
    this.#frame = grown(this.#frame ?? { timestamp, parts: [], bytes: 0, whole }, part)
    return marker || this.#codec === 'opus' ? [...before, ...this.#finish(now)] : before
  }

  #finish(now: number): readonly EncodedFrame[] {
    const frame = this.#frame
    this.#frame = null
    if (frame === null) return []
    if (!frame.whole) {
      this.#lose()
      return []
    }
    const data = joined(frame.parts)
    const isKey = isKeyFrame(this.#codec, data)
    if (this.#needsKeyFrame && !isKey) return []
    this.#needsKeyFrame = false
    return [{ data, time: this.#timeOf(frame.timestamp, now), isKey }]
  }

  /** Another stream counts from elsewhere, but goes on where the last has ended, and later by what has passed. */
  #timeOf(timestamp: number, now: number): number {
    const clockRate = clockRates[this.#codec]
    const last = this.#clock ?? { timestamp, ticks: 0, at: now }
    const passed = this.#isNewStream
      ? Math.round((now - last.at) * clockRate)
      : (timestamp - last.timestamp) | 0
    this.#isNewStream = false
    this.#clock = { timestamp, ticks: last.ticks + passed, at: now }
    return this.#clock.ticks / clockRate
  }
}

/** With one part more. What cannot become whole keeps nothing. */
const grown = ({ whole, parts, bytes, timestamp }: Unfinished, part: Part | null): Unfinished => {
  const grows =
    whole && part !== null && bytes + part.data.length <= maxFrameBytes && parts.length < maxFramePackets
  if (!grows) return { timestamp, parts: [], bytes: 0, whole: false }
  parts.push(part.data)
  return { timestamp, parts, bytes: bytes + part.data.length, whole }
}
