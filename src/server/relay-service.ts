/**
 * The relay as the rest of the server sees it: credentials for the parties of calls, and a port.
 */
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import type { CallId, IceServer, PeerId } from '../core/signal.ts'
import { MIN_PACKET_BYTES } from '../turn/accounts.ts'
import { mint } from '../turn/credentials.ts'
import type { RelayLimits } from '../turn/relay.ts'
import { addressesOf } from './local-addresses.ts'
import { nodePlatform } from './node-platform.ts'
import { type WayHere, hostsFor, publicAddresses, turnUrls } from './public-address.ts'
import { type RelayUdp, relayRunner } from './relay-back-end.ts'
import { steadyNow } from './steady-now.ts'
import { turnStreams } from './turn-stream.ts'

/** Bounds of the relay; each is a flag of the server under the same name. */
export interface RelaySettings {
  readonly relayUdp: RelayUdp
  readonly relayAllocations: number
  readonly relayAllocationsPerAddress: number
  readonly relayCallBytesPerSecond: number
  readonly relayAddressBytesPerSecond: number
  readonly publicIp: readonly string[]
}

/** What hands out credentials for relays. */
export interface IceService {
  /** For a peer that reaches this server by `way`. */
  iceServers(call: CallId, peer: PeerId, way: WayHere): readonly IceServer[]
  callEnded(call: CallId): void
}

export interface RelayService extends IceService {
  /** Rejects with the system's error when the port cannot be had. */
  listen(port: number, host: string): Promise<void>
  /** Takes over the connection of a client over TCP or TLS. */
  readonly attend: (socket: Socket) => void
  close(): Promise<void>
}

interface Options {
  readonly log: Logger
  /** Whether the port speaks TLS. */
  readonly hasTls: boolean
  /** Of clients over TCP and TLS. */
  readonly maxConnections: number
}

/** A browser takes one for each of its networks and for each media line of an offer, and as many anew for an ICE restart. */
const allocationsPerPeer = 32
const credentialMs = 600_000
const strangersPerSecond = 100
/** Of clients over TCP and TLS that have no allocation: it takes two round trips to get one. */
const strangers = { strangers: 4_096, strangersPerAddress: 256, strangerMs: 20_000 }

const limitsOf = (settings: RelaySettings): RelayLimits => ({
  allocations: settings.relayAllocations,
  allowances: {
    call: { allocations: 2 * allocationsPerPeer, bytesPerSecond: settings.relayCallBytesPerSecond },
    peer: { allocations: allocationsPerPeer, bytesPerSecond: settings.relayCallBytesPerSecond },
    address: {
      allocations: settings.relayAllocationsPerAddress,
      bytesPerSecond: settings.relayAddressBytesPerSecond
    }
  },
  credentialMs,
  strangersPerSecond
})

export const relayService = (
  settings: RelaySettings,
  { log, hasTls, maxConnections }: Options
): RelayService => {
  const secret = randomBytes(32).toString('base64')
  const runner = relayRunner(
    {
      realm: 'patchcord',
      secrets: [secret],
      limits: limitsOf(settings),
      callRelayed: ({ id, packets, bytes }) => log.info({ call: id, packets, bytes }, 'relayed'),
      // What one datagram meets need not meet the next.
      onError: (error) => log.debug({ err: error }, 'not sent'),
      onFault: (error) =>
        log.error({ err: error }, 'the relay has failed and begins anew, without its allocations')
    },
    { relayUdp: settings.relayUdp, log }
  )
  // What is beyond what a call may pass on need not be read faster.
  const messagesPerSecond = Math.max(1_000, settings.relayCallBytesPerSecond / MIN_PACKET_BYTES)
  const streams = turnStreams({
    runner,
    limits: { ...strangers, connections: maxConnections, messagesPerSecond }
  })
  let open: { readonly port: number; readonly addresses: () => readonly string[] } | null = null
  return {
    iceServers(call, peer, way) {
      if (open === null) return []
      const hosts = hostsFor(way, publicAddresses(settings.publicIp, open.addresses()))
      if (hosts.length === 0) return []
      const expiresAt = Math.ceil((steadyNow() + credentialMs) / 1_000)
      const { username, password } = mint({ expiresAt, call, peer }, secret, nodePlatform)
      const urls = turnUrls(hosts, { port: open.port, hasTls, proxied: way.proxied })
      return [{ urls, username, credential: password }]
    },
    callEnded: (call) => runner.endCall(call),
    async listen(port, host) {
      const addresses = await addressesOf(host)
      await runner.listen(port, host)
      open = { port, addresses }
    },
    attend: (socket) => streams.attend(socket),
    async close() {
      open = null
      streams.close()
      await runner.close()
    }
  }
}
