/**
 * Relayed transport addresses, out of ranges where no socket listens: 198.51.100.0/24, which is reserved
 * for documents (RFC 5737), and 100::/64, whose packets routers discard (RFC 6666). Browsers take them
 * for candidates like any other, and what they send there directly reaches nobody.
 */
import type { Platform } from '../stun/platform.ts'
import { read16 } from '../stun/bytes.ts'

const hosts = 254
/** "Dynamic ports", from which RFC 8656, section 7.2, has servers choose. */
const firstPort = 0xc000

export const hostAddress = (host: number, length: 4 | 16): Uint8Array => {
  const address = new Uint8Array(length)
  if (length === 16) address[0] = 1
  address.set([198, 51, 100, host], length - 4)
  return address
}

/** Addresses at random, each held by one allocation at a time. */
/** `pair`: an even one, and the one behind it as well. */
export type Parity = 'any' | 'even' | 'pair'

export class RelayedAddresses {
  readonly #random: Platform['random']
  readonly #taken = new Set<number>()

  constructor({ random }: Pick<Platform, 'random'>) {
    this.#random = random
  }

  anyHost(): number {
    return 1 + (read16(this.#random(2), 0) % hosts)
  }

  take(host: number, parity: Parity): number {
    for (;;) {
      const port = (read16(this.#random(2), 0) | firstPort) & (parity === 'any' ? ~0 : ~1)
      const place = host * 0x10000 + port
      const places = parity === 'pair' ? [place, place + 1] : [place]
      if (places.some((place) => this.#taken.has(place))) continue
      for (const place of places) this.#taken.add(place)
      return port
    }
  }

  give(host: number, port: number): void {
    this.#taken.delete(host * 0x10000 + port)
  }
}
