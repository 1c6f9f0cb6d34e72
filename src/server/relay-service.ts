/**
 * The relay as the rest of the server sees it: credentials for the parties of calls, and a port.
 */
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import type { CallId, IceServer, PeerId } from '../core/signal.ts'
import { mint } from '../turn/credentials.ts'
import type { RelayLimits } from '../turn/relay.ts'
import { nodePlatform } from './node-platform.ts'
import { relayHere } from './relay-runner.ts'
import { steadyNow } from './steady-now.ts'
import { turnStreams } from './turn-stream.ts'

/** Bounds of the relay; each is a flag of the server under the same name. */
export interface RelaySettings {
  readonly relayAllocations: number
  readonly relayAllocationsPerAddress: number
  readonly relayCallBytesPerSecond: number
  readonly relayAddressBytesPerSecond: number
}

/** What hands out credentials for relays. */
export interface IceService {
  /** `host` is the name by which the peer reaches this server. */
  iceServers(call: CallId, peer: PeerId, host: string): readonly IceServer[]
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
/** What a call may pass on comes in packets of at least so much; noise need not be read faster. */
const minPacketBytes = 100

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

/** By which ways a client may come, the best first: what takes no UDP may still let TCP pass, or nothing but TLS. */
const urlsOf = (host: string, port: number, hasTls: boolean): readonly string[] => {
  const where = `${host}:${port}`
  const urls = [`turn:${where}?transport=udp`, `turn:${where}?transport=tcp`]
  return hasTls ? [...urls, `turns:${where}?transport=tcp`] : urls
}

export const relayService = (
  settings: RelaySettings,
  { log, hasTls, maxConnections }: Options
): RelayService => {
  const secret = randomBytes(32).toString('base64')
  const runner = relayHere({
    realm: 'patchcord',
    secrets: [secret],
    limits: limitsOf(settings),
    callRelayed: ({ id, packets, bytes }) => log.info({ call: id, packets, bytes }, 'relayed'),
    // What one datagram meets need not meet the next.
    onError: (error) => log.debug({ err: error }, 'not sent')
  })
  const messagesPerSecond = Math.max(1_000, settings.relayCallBytesPerSecond / minPacketBytes)
  const streams = turnStreams({
    runner,
    limits: { ...strangers, connections: maxConnections, messagesPerSecond }
  })
  let openPort = 0
  return {
    iceServers(call, peer, host) {
      if (openPort === 0 || host === '') return []
      const expiresAt = Math.ceil((steadyNow() + credentialMs) / 1_000)
      const { username, password } = mint({ expiresAt, call, peer }, secret, nodePlatform)
      return [{ urls: urlsOf(host, openPort, hasTls), username, credential: password }]
    },
    callEnded: (call) => runner.endCall(call),
    async listen(port, host) {
      await runner.listen(port, host)
      openPort = port
    },
    attend: (socket) => streams.attend(socket),
    async close() {
      openPort = 0
      streams.close()
      await runner.close()
    }
  }
}
