/**
 * What the relay holds for its clients: five-tuples, their allocations, and the calls that these
 * belong to. RFC 8656, section 3.2.
 */
import type { TransportAddress } from '../stun/address.ts'
import type { Account } from './accounts.ts'
import type { Channels } from './channels.ts'

/** A client's way to the relay. Whoever runs the relay keeps one object for each and looks it up by address. */
export interface FiveTuple {
  readonly remote: TransportAddress
  /** Over TCP or TLS: messages come one behind the other, and ChannelData is padded. */
  readonly isStream: boolean
  /** Sends it, or begins to; the packet's object is used again for the next, its bytes are not. */
  send(packet: Packet): void
  /** Its allocation has ended. */
  released(): void
  /** The relay's; `null` while the client has none. */
  allocation: Allocation | null
}

/**
 * Bytes on their way: what counts is from `start` to `end`. The relay rewrites a packet where it
 * stands, the bytes around it included, and sends it on as the same object.
 */
export interface Packet {
  bytes: Uint8Array
  start: number
  end: number
}

/** The port behind an allocation's own, kept for whoever shows the token. RFC 8656, section 7.2. */
export interface Reservation {
  readonly token: Uint8Array
  readonly expiresAt: number
}

export interface Allocation {
  readonly client: FiveTuple
  readonly username: string
  /** Of the request that made it, to know that again. */
  readonly transactionId: Uint8Array
  readonly call: RelayedCall
  /** The host is that of its call; nobody else listens there. */
  readonly relayed: TransportAddress
  /** Of its call, its peer and its address. */
  readonly accounts: readonly Account[]
  /** `null` when it has none, or no longer. */
  reservation: Reservation | null
  expiresAt: number
  /** Until when it takes data: only one host could ever have a permission, that of its own call. */
  permittedUntil: number
  readonly channels: Channels<Allocation>
  /** Data indications that it was sent. */
  indications: number
}

export interface RelayedCall {
  readonly id: string
  /** Its relayed addresses differ by their ports alone. */
  readonly host: number
  readonly allocations: Map<number, Allocation>
  /** Data passed on between its allocations. */
  packets: number
  bytes: number
}
