/**
 * Tells how a path stands, for werift tells late or not at all: a path that is dead it calls `failed` after half a
 * minute, and one that the other side has closed it goes on calling `connected`. Whatever comes over a living path
 * comes at least every few seconds: media, reports of it, and the other side's checks of its consent.
 */

export interface PathReading {
  /** As werift sees it. */
  readonly state: RTCPeerConnectionState
  /** The other side has closed the encryption, which nothing brings back. */
  readonly closed: boolean
  /** Everything that has come, in whatever unit. It grows, but begins anew with some of it where ICE starts over. */
  readonly received: number
}

/** A browser checks for consent every two and a half seconds or so, and RFC 7675 allows for six. In seconds. */
const silence = 6
/** Where media comes, it comes all the time. */
const mediaSilence = 2
/** More than this in a second is media. */
const mediaRate = 10
/** Who has not looked for so long was asleep itself, and has missed what came. */
const sleepless = 1.5

export class PathWatch {
  #received = 0
  #heardAt: number
  #lookedAt: number
  #hasMedia = false

  /** `now` in seconds, on a clock that never jumps. */
  constructor(now: number) {
    this.#heardAt = now
    this.#lookedAt = now
  }

  /** To be asked about twice a second. */
  read({ state, closed, received }: PathReading, now: number): RTCPeerConnectionState {
    const wasAsleep = now - this.#lookedAt > sleepless
    this.#lookedAt = now
    const came = received - this.#received
    if (came > 0) {
      this.#hasMedia = came > mediaRate * (now - this.#heardAt)
      this.#heardAt = now
    }
    this.#received = received
    // Nor does what was silent before count against a path that is only being made.
    if (state !== 'connected' || wasAsleep) this.#heardAt = now
    if (state !== 'connected') return state
    if (closed) return 'failed'
    const patience = this.#hasMedia ? mediaSilence : silence
    return now - this.#heardAt > patience ? 'disconnected' : 'connected'
  }
}
