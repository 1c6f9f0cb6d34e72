/**
 * Makes guessing pointless: a network that has asked for too many ids that nobody has gets no more
 * answers about unknown ids for a while. Those that exist go on working for it.
 */
import { networkOf } from './network.ts'

export interface GuessLimitOptions {
  readonly perMinute: number
  readonly now: () => number
}

const minuteMs = 60_000
/** The longest known are forgotten beyond this. */
const maxNetworks = 10_000

export class GuessLimit {
  readonly #options: GuessLimitOptions
  readonly #networks = new Map<string, { wrong: number; until: number }>()

  constructor(options: GuessLimitOptions) {
    this.#options = options
  }

  /** Counts a wrong id from this address; false when there were too many. */
  allows(address: string): boolean {
    const { perMinute, now } = this.#options
    const key = networkOf(address)
    const known = this.#networks.get(key)
    const current = known !== undefined && now() < known.until ? known : { wrong: 0, until: now() + minuteMs }
    current.wrong += 1
    // The minute starts anew with the guess that is one too many.
    if (current.wrong === perMinute + 1) current.until = now() + minuteMs
    this.#networks.delete(key)
    this.#networks.set(key, current)
    const [oldest] = this.#networks.keys()
    if (this.#networks.size > maxNetworks && oldest !== undefined) this.#networks.delete(oldest)
    return current.wrong <= perMinute
  }
}
