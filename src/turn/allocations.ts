/**
 * All allocations of a relay, by the calls they belong to: who may have one, and when it ends.
 */
import { ERROR, type ErrorCode } from '../stun/error.ts'
import type { Platform } from '../stun/platform.ts'
import { Accounts, type Allowances, networkOf } from './accounts.ts'
import type { Allocation, FiveTuple, RelayedCall } from './allocation.ts'
import { Channels } from './channels.ts'
import type { Grant } from './credentials.ts'
import { RelayedAddresses, hostAddress } from './relayed-address.ts'

export interface AllocationLimits {
  /** In all; at most a quarter of the addresses there are, so that a free one is quickly found. */
  readonly allocations: number
  /** An address is an IPv4 address, or the /64 of an IPv6 one. */
  readonly allowances: Allowances
}

interface Options {
  readonly limits: AllocationLimits
  readonly platform: Platform
  /** The last allocation of a call has ended. */
  readonly emptied: (call: RelayedCall) => void
}

export interface Wanted {
  readonly username: string
  readonly grant: Grant
  readonly transactionId: Uint8Array
  /** Of the relayed address, in bytes: its family. */
  readonly addressLength: 4 | 16
  readonly isPortEven: boolean
  readonly expiresAt: number
}

export class Allocations {
  readonly #options: Options
  readonly #calls = new Map<string, RelayedCall>()
  readonly #all = new Set<Allocation>()
  readonly #addresses: RelayedAddresses
  readonly #accounts: Accounts

  constructor(options: Options) {
    this.#options = options
    this.#addresses = new RelayedAddresses(options.platform)
    this.#accounts = new Accounts(options.limits.allowances)
  }

  get size(): number {
    return this.#all.size
  }

  /** Whether a call has allocations now. */
  has(call: string): boolean {
    return this.#calls.has(call)
  }

  /** Gives the client an allocation, or says why not. */
  open(client: FiveTuple, wanted: Wanted): Allocation | ErrorCode {
    const { grant, username, transactionId, addressLength, isPortEven, expiresAt } = wanted
    if (this.#all.size >= this.#options.limits.allocations) return ERROR.insufficientCapacity
    const address = networkOf(client.remote).join('.')
    const accounts = this.#accounts.open({ call: grant.call, peer: grant.peer, address })
    if (accounts === null) return ERROR.allocationQuotaReached
    const call = this.#calls.get(grant.call) ?? this.#begin(grant.call)
    const port = this.#addresses.take(call.host, isPortEven)
    const allocation: Allocation = {
      client,
      username,
      transactionId: transactionId.slice(),
      call,
      relayed: { address: hostAddress(call.host, addressLength), port },
      accounts,
      expiresAt,
      permittedUntil: -Infinity,
      channels: new Channels(),
      indications: 0
    }
    call.allocations.set(port, allocation)
    this.#all.add(allocation)
    client.allocation = allocation
    return allocation
  }

  end(allocation: Allocation): void {
    const { call, relayed, client, accounts } = allocation
    this.#all.delete(allocation)
    this.#accounts.close(accounts)
    this.#addresses.give(call.host, relayed.port)
    call.allocations.delete(relayed.port)
    for (const { channels } of call.allocations.values()) channels.forget(allocation)
    client.allocation = null
    client.released()
    if (call.allocations.size > 0) return
    this.#calls.delete(call.id)
    this.#options.emptied(call)
  }

  endCall(id: string): void {
    for (const allocation of this.#calls.get(id)?.allocations.values() ?? []) this.end(allocation)
  }

  passTime(now: number): void {
    for (const allocation of this.#all) if (allocation.expiresAt <= now) this.end(allocation)
  }

  #begin(id: string): RelayedCall {
    const call = { id, host: this.#addresses.anyHost(), allocations: new Map(), packets: 0, bytes: 0 }
    this.#calls.set(id, call)
    return call
  }
}
