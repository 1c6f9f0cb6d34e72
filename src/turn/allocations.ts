/**
 * All allocations of a relay, by the calls they belong to: who may have one, and when it ends.
 */
import { ERROR, type ErrorCode } from '../stun/error.ts'
import type { Platform } from '../stun/platform.ts'
import { Accounts, type Allowances, networkOf } from './accounts.ts'
import type { TransportAddress } from '../stun/address.ts'
import type { Allocation, FiveTuple, RelayedCall, Reservation } from './allocation.ts'
import { Channels } from './channels.ts'
import type { Grant } from './credentials.ts'
import { type Parity, RelayedAddresses, hostAddress } from './relayed-address.ts'

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
  readonly parity: Parity
  /** Of a reservation; its port and family are then the wanted ones. */
  readonly token: Uint8Array | undefined
  readonly now: number
  readonly expiresAt: number
}

const reservationMs = 30_000
const tokenBytes = 8

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
    const { grant, username, transactionId, token, expiresAt } = wanted
    const reserving = token && this.#reserving(grant.call, token)
    if (token !== undefined && reserving === undefined) return ERROR.insufficientCapacity
    if (this.#all.size >= this.#options.limits.allocations) return ERROR.insufficientCapacity
    const address = networkOf(client.remote).join('.')
    const accounts = this.#accounts.open({ call: grant.call, peer: grant.peer, address })
    if (accounts === null) return ERROR.allocationQuotaReached
    const call = this.#calls.get(grant.call) ?? this.#begin(grant.call)
    const allocation: Allocation = {
      client,
      username,
      transactionId: transactionId.slice(),
      call,
      relayed: reserving === undefined ? this.#newAddress(call, wanted) : this.#redeem(reserving),
      accounts,
      reservation: this.#reserve(wanted),
      expiresAt,
      permittedUntil: -Infinity,
      channels: new Channels(),
      indications: 0
    }
    call.allocations.set(allocation.relayed.port, allocation)
    this.#all.add(allocation)
    client.allocation = allocation
    return allocation
  }

  end(allocation: Allocation): void {
    const { call, relayed, client, accounts } = allocation
    this.#dropReservation(allocation)
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
    for (const allocation of this.#all) {
      if ((allocation.reservation?.expiresAt ?? Infinity) <= now) this.#dropReservation(allocation)
      if (allocation.expiresAt <= now) this.end(allocation)
    }
  }

  #newAddress({ host }: RelayedCall, { addressLength, parity }: Wanted): TransportAddress {
    return { address: hostAddress(host, addressLength), port: this.#addresses.take(host, parity) }
  }

  #reserve({ parity, now }: Wanted): Reservation | null {
    if (parity !== 'pair') return null
    return { token: this.#options.platform.random(tokenBytes), expiresAt: now + reservationMs }
  }

  /** The allocation of the same call that has the reservation of this token. */
  #reserving(call: string, token: Uint8Array): Allocation | undefined {
    const allocations = [...(this.#calls.get(call)?.allocations.values() ?? [])]
    return allocations.find(({ reservation }) => reservation?.token.join('.') === token.join('.'))
  }

  #redeem(reserving: Allocation): TransportAddress {
    reserving.reservation = null
    const { address, port } = reserving.relayed
    return { address, port: port + 1 }
  }

  #dropReservation(allocation: Allocation): void {
    if (allocation.reservation === null) return
    allocation.reservation = null
    this.#addresses.give(allocation.call.host, allocation.relayed.port + 1)
  }

  #begin(id: string): RelayedCall {
    const call = { id, host: this.#addresses.anyHost(), allocations: new Map(), packets: 0, bytes: 0 }
    this.#calls.set(id, call)
    return call
  }
}
