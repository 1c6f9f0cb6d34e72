/**
 * Who has how much of the relay: allocations held, and bytes passed on in this second. A call, a peer
 * and a network address have an account each.
 */
import type { TransportAddress } from '../stun/address.ts'

export interface Allowance {
  readonly allocations: number
  readonly bytesPerSecond: number
}

/** A packet counts for at least so much: to pass it on takes its work even if nothing is in it. */
export const MIN_PACKET_BYTES = 100
const secondMs = 1_000

/** Who is held to account. */
type Holder = 'call' | 'peer' | 'address'

export type Allowances = Readonly<Record<Holder, Allowance>>

export class Account {
  readonly name: string
  readonly #bytesPerSecond: number
  #since = -Infinity
  #spent = 0
  allocations = 0

  constructor(name: string, { bytesPerSecond }: Allowance) {
    this.name = name
    this.#bytesPerSecond = bytesPerSecond
  }

  /** For one packet; false when this second's bytes are spent. */
  spend(bytes: number, now: number): boolean {
    if (now - this.#since >= secondMs) {
      this.#since = now
      this.#spent = 0
    }
    this.#spent += Math.max(bytes, MIN_PACKET_BYTES)
    return this.#spent <= this.#bytesPerSecond
  }
}

/** An account lasts as long as its holder has an allocation. */
export class Accounts {
  readonly #allowances: Allowances
  readonly #accounts = new Map<string, Account>()

  constructor(allowances: Allowances) {
    this.#allowances = allowances
  }

  /** Counts one allocation more for each of the holders; `null` if one of them may have no more. */
  open(holders: Readonly<Record<Holder, string>>): readonly Account[] | null {
    const accounts = (['call', 'peer', 'address'] as const).map((kind) => {
      const name = `${kind} ${holders[kind]}`
      const allowance = this.#allowances[kind]
      const account = this.#accounts.get(name) ?? new Account(name, allowance)
      return { account, isFull: account.allocations >= allowance.allocations }
    })
    if (accounts.some(({ isFull }) => isFull)) return null
    return accounts.map(({ account }) => {
      this.#accounts.set(account.name, account)
      account.allocations += 1
      return account
    })
  }

  /** Counts one allocation less. */
  close(accounts: readonly Account[]): void {
    for (const account of accounts) {
      account.allocations -= 1
      if (account.allocations === 0) this.#accounts.delete(account.name)
    }
  }
}

/** Whoever has an IPv6 address has the 2^64 beside it as well. */
export const networkOf = ({ address }: TransportAddress): Uint8Array => address.subarray(0, 8)
