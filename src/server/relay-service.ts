/**
 * The relay as the rest of the server sees it: credentials for the parties of calls, and a port.
 */
import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import type { CallId, IceServer, PeerId } from '../core/signal.ts'
import { mint } from '../turn/credentials.ts'
import type { RelayLimits } from '../turn/relay.ts'
import { nodePlatform } from './node-platform.ts'
import { relayHere } from './relay-runner.ts'
import { steadyNow } from './steady-now.ts'

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
  close(): Promise<void>
}

/** A browser takes one for each of its networks and for each media line of an offer, and as many anew for an ICE restart. */
const allocationsPerPeer = 32
const credentialMs = 600_000
const strangersPerSecond = 100

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

export const relayService = (settings: RelaySettings, log: Logger): RelayService => {
  const secret = randomBytes(32).toString('base64')
  const runner = relayHere({
    realm: 'patchcord',
    secrets: [secret],
    limits: limitsOf(settings),
    callRelayed: ({ id, packets, bytes }) => log.info({ call: id, packets, bytes }, 'relayed'),
    // What one datagram meets need not meet the next.
    onError: (error) => log.debug({ err: error }, 'not sent')
  })
  let openPort = 0
  return {
    iceServers(call, peer, host) {
      if (openPort === 0 || host === '') return []
      const expiresAt = Math.ceil((steadyNow() + credentialMs) / 1_000)
      const { username, password } = mint({ expiresAt, call, peer }, secret, nodePlatform)
      return [{ urls: [`turn:${host}:${openPort}?transport=udp`], username, credential: password }]
    },
    callEnded: (call) => runner.endCall(call),
    async listen(port, host) {
      await runner.listen(port, host)
      openPort = port
    },
    async close() {
      openPort = 0
      await runner.close()
    }
  }
}
