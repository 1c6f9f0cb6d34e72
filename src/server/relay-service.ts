/**
 * The relay as the rest of the server sees it: credentials for the parties of calls, and a port.
 */
import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import type { CallId, IceServer, PeerId } from '../core/signal.ts'
import { Relay, type RelayLimits } from '../turn/relay.ts'
import { nodePlatform } from './node-platform.ts'
import { steadyNow } from './steady-now.ts'
import { type UdpRelay, relayOverUdp } from './udp.ts'

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
  const relay = new Relay({
    realm: 'patchcord',
    secrets: [randomBytes(32).toString('base64')],
    limits: limitsOf(settings),
    platform: nodePlatform,
    callRelayed: ({ id, packets, bytes }) => log.info({ call: id, packets, bytes }, 'relayed')
  })
  // What one datagram meets need not meet the next.
  const onError = (error: Error): void => log.debug({ err: error }, 'not sent')
  let udp: UdpRelay | null = null
  let udpPort = 0
  return {
    iceServers(call, peer, host) {
      if (udp === null || host === '') return []
      const { username, password } = relay.mint(call, peer, steadyNow())
      return [{ urls: [`turn:${host}:${udpPort}?transport=udp`], username, credential: password }]
    },
    callEnded: (call) => relay.endCall(call, steadyNow()),
    async listen(port, host) {
      udp = await relayOverUdp({ relay, port, host, onError })
      udpPort = port
    },
    async close() {
      const closing = udp?.close()
      udp = null
      await closing
    }
  }
}
