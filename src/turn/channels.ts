/**
 * The channels of one allocation: numbers for the ways to its peers, so that four bytes say what
 * otherwise takes 36. RFC 8656, section 12.
 */

interface Channel<Peer> {
  readonly number: number
  readonly peer: Peer
  expiresAt: number
}

export class Channels<Peer> {
  readonly #byNumber = new Map<number, Channel<Peer>>()
  readonly #byPeer = new Map<Peer, Channel<Peer>>()

  peerOf(number: number, now: number): Peer | null {
    const channel = this.#byNumber.get(number)
    return channel !== undefined && channel.expiresAt > now ? channel.peer : null
  }

  /** 0 when there is none. */
  numberOf(peer: Peer, now: number): number {
    const channel = this.#byPeer.get(peer)
    return channel !== undefined && channel.expiresAt > now ? channel.number : 0
  }

  /** Binds them, or keeps them bound for longer; false when either is bound to another now. */
  bind(number: number, peer: Peer, { now, expiresAt }: { now: number; expiresAt: number }): boolean {
    for (const channel of [this.#byNumber.get(number), this.#byPeer.get(peer)]) {
      if (channel === undefined || (channel.number === number && channel.peer === peer)) continue
      if (channel.expiresAt > now) return false
      this.forget(channel.peer)
    }
    const channel = this.#byNumber.get(number) ?? { number, peer, expiresAt }
    channel.expiresAt = expiresAt
    this.#byNumber.set(number, channel)
    this.#byPeer.set(peer, channel)
    return true
  }

  forget(peer: Peer): void {
    const channel = this.#byPeer.get(peer)
    if (channel === undefined) return
    this.#byNumber.delete(channel.number)
    this.#byPeer.delete(peer)
  }
}
