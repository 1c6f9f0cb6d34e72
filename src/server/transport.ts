/**
 * What a transport and the hub owe each other. A transport moves the frames of one dialect; the hub
 * knows neither frames nor sockets.
 */
import type { Abilities, ClientMessage, PeerId, Refusal, ServerMessage } from '../core/signal.ts'
import type { WayHere } from './public-address.ts'

export interface Dialect {
  /** The word for it in rosters, logs and documents. */
  readonly name: string
  readonly abilities: Abilities
}

/** The way out to one client, given by its transport. Neither function throws. */
export interface Outlet {
  /** Who this client has proven to be, and nobody else is; it gets an id of its own where it has proven nothing. */
  readonly peer?: PeerId
  /** How this client reaches the server, for wires that carry ICE servers. */
  readonly way?: WayHere
  deliver(message: ServerMessage): void
  /**
   * The hub has let this client go: say why if the wire can, then close. `null` when the client has
   * signed out. Not called after `closed()`.
   */
  close(refusal: Refusal | null): void
}

/** The way in from one client, given by the hub. Calls after either side has closed do nothing. */
export interface Connection {
  receive(message: ClientMessage): void
  /** A frame arrived that could not be decoded; `reason` is the codec's sentence. */
  malformed(reason: string): void
  /** The client is gone: its socket closed, or it stopped asking. */
  closed(): void
}

export interface Hub {
  /**
   * A new client of a dialect, from a network address (no port). A refusal when there are too many;
   * the transport then says so and closes.
   */
  connect(dialect: Dialect, address: string, outlet: Outlet): Connection | Refusal
}

/** Bounds of the transports; each is a flag of the server under the same name. */
export interface TransportLimits {
  /** Largest message from a client. */
  readonly maxFrameBytes: number
  /** What may wait for one slow reader before it is closed. */
  readonly maxQueuedBytes: number
}

/** Stands in where the hub has refused a connection, until its socket has closed. */
export const turnedAway: Connection = { receive() {}, malformed() {}, closed() {} }
