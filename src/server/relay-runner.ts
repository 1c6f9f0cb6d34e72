/**
 * What runs a relay, and the plainest that does: in this thread, over the UDP sockets of Node. Minting
 * credentials is none of its work, for that takes nothing but the secret.
 */
import type { CallId } from '../core/signal.ts'
import type { TransportAddress } from '../stun/address.ts'
import type { Allocation, FiveTuple, Packet } from '../turn/allocation.ts'
import { Relay, type RelayCounts, type RelayOptions } from '../turn/relay.ts'
import { addressesOf } from './local-addresses.ts'
import { nodePlatform } from './node-platform.ts'
import { steadyNow } from './steady-now.ts'
import { type UdpRelay, relayOverUdp } from './udp.ts'

/** Runs a relay: over UDP by itself, and for the clients over TCP and TLS that it is handed. */
export interface RelayRunner {
  /** Takes the UDP port of this number. Rejects with the system's error when it cannot be had. */
  listen(port: number, host: string): Promise<void>
  /** A client over TCP or TLS. */
  openStream(remote: TransportAddress, sink: StreamSink): StreamClient
  /** Ends the call's allocations, and its credentials with them. */
  endCall(call: CallId): void
  counts(): Promise<RelayFigures>
  close(): Promise<void>
}

/** What a client over a stream sends. */
export interface StreamClient {
  /** One whole message, its padding included; its bytes are the runner's from then on. */
  receive(message: Uint8Array): void
  /** It is gone, and its allocation goes with it; its sink is deaf from then on. */
  closed(): void
}

/** What a client over a stream is sent. */
export interface StreamSink {
  /** One whole message, padded as streams want it: RFC 8656, section 12.5. */
  send(message: Uint8Array): void
  /** The client has an allocation from now on, or has none any more. */
  holds(allocation: boolean): void
  /** The runner can do nothing for it any more. */
  close(): void
}

export interface RelayFigures extends Readonly<RelayCounts> {
  /** Held now. */
  readonly allocations: number
}

export interface RunnerOptions extends Omit<RelayOptions, 'platform'> {
  /** A datagram could not be sent, or an address could not be had that is new here. */
  readonly onError: (error: Error) => void
  /** What runs the relay apart has failed, and its allocations are gone; it is begun anew until that succeeds. */
  readonly onFault: (error: Error) => void
}

class StreamTuple implements FiveTuple {
  readonly remote: TransportAddress
  readonly isStream = true
  allocation: Allocation | null = null
  readonly #sink: StreamSink

  constructor(remote: TransportAddress, sink: StreamSink) {
    this.remote = remote
    this.#sink = sink
  }

  send({ bytes, start, end }: Packet): void {
    this.#sink.send(bytes.subarray(start, end))
  }

  released(): void {
    this.#sink.holds(false)
  }
}

/** One client over a stream, of a relay in this thread. */
export const streamClient = (relay: Relay, remote: TransportAddress, sink: StreamSink): StreamClient => {
  const tuple = new StreamTuple(remote, sink)
  return {
    receive(message) {
      const before = tuple.allocation
      relay.receive(tuple, { bytes: message, start: 0, end: message.length }, steadyNow())
      if (before === null && tuple.allocation !== null) sink.holds(true)
    },
    closed: () => relay.leave(tuple)
  }
}

/** Runs a relay in this thread. */
export const relayHere = ({ onError, ...options }: Omit<RunnerOptions, 'onFault'>): RelayRunner => {
  const relay = new Relay({ ...options, platform: nodePlatform })
  let udp: UdpRelay | null = null
  return {
    async listen(port, host) {
      udp = await relayOverUdp({ relay, port, addresses: await addressesOf(host), onError })
    },
    openStream: (remote, sink) => streamClient(relay, remote, sink),
    endCall: (call) => relay.endCall(call, steadyNow()),
    counts: () => Promise.resolve({ ...relay.counts, allocations: relay.allocations }),
    async close() {
      const closing = udp?.close()
      udp = null
      await closing
    }
  }
}
