/**
 * Messages out of a stream: over TCP and TLS they come one behind the other, in whatever pieces. RFC
 * 8489, section 6.2.2, and RFC 8656, section 12.5. And what becomes of those for a client that reads
 * more slowly than it is written to: media is of no use when it is late.
 */
import { padded, read8, read16, read32 } from '../stun/bytes.ts'
import { HEADER_BYTES, MAGIC_COOKIE } from '../stun/message.ts'
import { CHANNEL_HEADER_BYTES, DATA_INDICATION } from './forward.ts'

/** Up to where a STUN message can be told from anything else. */
const COOKIE_END = 8
/** For a message that has only begun. */
const initialRoom = 512

export interface Cut {
  /** Whole messages, their padding included, in the order in which they came. */
  readonly messages: readonly Uint8Array[]
  /** What follows is no message, so that nothing can be made of the stream any more. */
  readonly isBroken: boolean
}

/** How many bytes a message has, as far as its beginning says; `null` when it is none. */
const claimedBytes = (beginning: Uint8Array): number | null => {
  const kind = read8(beginning, 0) >> 6
  if (kind > 1) return null
  if (beginning.length < CHANNEL_HEADER_BYTES) return CHANNEL_HEADER_BYTES
  const length = read16(beginning, 2)
  if (kind === 1) return CHANNEL_HEADER_BYTES + padded(length)
  if (length !== padded(length)) return null
  if (beginning.length < COOKIE_END) return COOKIE_END
  return read32(beginning, 4) === MAGIC_COOKIE ? HEADER_BYTES + length : null
}

/** The beginning of a message whose end has not come. Its room grows no faster than it comes. */
class Begun {
  #room = new Uint8Array()
  #length = 0

  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.#length)
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#room.length) {
      const roomier = new Uint8Array(Math.max(initialRoom, 2 * length))
      roomier.set(this.bytes)
      this.#room = roomier
    }
    this.#room.set(bytes, this.#length)
    this.#length = length
  }
}

/** Cuts one stream. */
export class StreamCutter {
  #begun: Begun | null = null
  /** How much of what has begun is known to be due. */
  #dueBytes = 0
  #isBroken = false

  /** Takes the next piece of the stream, with the bytes that a message may have at most. */
  take(piece: Uint8Array, maxBytes: number): Cut {
    const messages: Uint8Array[] = []
    let at = 0
    while (at < piece.length && !this.#isBroken) {
      if (this.#begun !== null) at += this.#complete(this.#begun, piece.subarray(at))
      const bytes = this.#begun?.bytes ?? piece.subarray(at)
      const claimed = claimedBytes(bytes)
      if (claimed === null || claimed > maxBytes) {
        this.#isBroken = true
      } else if (bytes.length >= claimed) {
        messages.push(bytes.subarray(0, claimed))
        if (this.#begun === null) at += claimed
        this.#begun = null
      } else {
        this.#dueBytes = claimed
        if (this.#begun === null) at += this.#begin(bytes)
      }
    }
    return { messages, isBroken: this.#isBroken }
  }

  /** Answers how many bytes it has taken, as the other does. */
  #begin(bytes: Uint8Array): number {
    this.#begun = new Begun()
    this.#begun.append(bytes)
    return bytes.length
  }

  #complete(begun: Begun, bytes: Uint8Array): number {
    const missing = bytes.subarray(0, this.#dueBytes - begun.bytes.length)
    begun.append(missing)
    return missing.length
  }
}

/** Media that has waited for longer than what this much takes is of no use any more. */
const maxDataBytes = 256 * 1_024
/** Answers are few, and are waited for. */
const maxAnswerBytes = 2 * maxDataBytes
const maxSlowMs = 10_000

const isData = (message: Uint8Array): boolean =>
  read8(message, 0) >> 6 === 1 || read16(message, 0) === DATA_INDICATION

/** What waits for one client over a stream to read it. */
export class Backlog {
  #slowSince = Infinity

  /** What to do with a message when so many bytes wait already. */
  admit(message: Uint8Array, waitingBytes: number, now: number): 'send' | 'drop' | 'close' {
    if (waitingBytes < maxDataBytes) {
      this.#slowSince = Infinity
      return 'send'
    }
    this.#slowSince = Math.min(this.#slowSince, now)
    if (now - this.#slowSince >= maxSlowMs) return 'close'
    return isData(message) || waitingBytes >= maxAnswerBytes ? 'drop' : 'send'
  }
}
