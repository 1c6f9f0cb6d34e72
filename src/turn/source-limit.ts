/**
 * How often strangers are answered: so many times a second for each address, lest answers to a forged
 * source address become a flood. A fixed table, however many addresses there are.
 */
import type { TransportAddress } from '../stun/address.ts'
import { networkOf } from './accounts.ts'

const slots = 0x10000
const secondMs = 1_000

export class SourceLimit {
  readonly #perSecond: number
  /** Unguessable, so that nobody can choose an address that shares a slot with another. */
  readonly #seed: number
  readonly #answered = new Uint16Array(slots)
  #since = -Infinity

  constructor(perSecond: number, seed: number) {
    this.#perSecond = perSecond
    this.#seed = seed
  }

  /** Whether one more answer may go there in this second. */
  take(remote: TransportAddress, now: number): boolean {
    if (now - this.#since >= secondMs) {
      this.#since = now
      this.#answered.fill(0)
    }
    const slot = this.#slotOf(networkOf(remote))
    const answered = Number(this.#answered[slot])
    if (answered >= this.#perSecond) return false
    this.#answered[slot] = answered + 1
    return true
  }

  #slotOf(network: Uint8Array): number {
    let hash = this.#seed
    for (const byte of network) hash = Math.imul(hash ^ byte, 0x9e3779b1)
    return (hash ^ (hash >>> 15)) & (slots - 1)
  }
}
