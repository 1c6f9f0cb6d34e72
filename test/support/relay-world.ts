/** A relay in memory, with clients that are function calls, and a clock that the test moves. */
import { nodePlatform } from '../../src/server/node-platform.ts'
import type { TransportAddress } from '../../src/stun/address.ts'
import type { METHOD } from '../../src/stun/message.ts'
import type { Allocation, FiveTuple, Packet } from '../../src/turn/allocation.ts'
import { mint } from '../../src/turn/credentials.ts'
import { Relay, type RelayLimits } from '../../src/turn/relay.ts'
import { Reply, type Said, TurnSession, type Ways, readData, transportAddress, udp } from './turn-session.ts'

const plenty = { allocations: 1_000, bytesPerSecond: 1_000_000 }

const roomy: RelayLimits = {
  allocations: 1_000,
  allowances: { call: plenty, peer: plenty, address: plenty },
  credentialMs: 600_000,
  strangersPerSecond: 1_000
}

const secrets = ['a new secret', 'an old secret'] as const

interface ClientOptions {
  readonly host?: string
  readonly isStream?: boolean
}

export class RelayClient implements FiveTuple {
  readonly session: TurnSession
  readonly remote: TransportAddress
  readonly isStream: boolean
  allocation: Allocation | null = null
  /** Whole packets, copied when they came. */
  readonly received: Uint8Array[] = []
  releases = 0
  readonly #say: (client: RelayClient, bytes: Uint8Array) => void

  constructor(
    say: (client: RelayClient, bytes: Uint8Array) => void,
    session: TurnSession,
    { remote, isStream }: { readonly remote: TransportAddress; readonly isStream: boolean }
  ) {
    this.#say = say
    this.session = session
    this.remote = remote
    this.isStream = isStream
  }

  send({ bytes, start, end }: Packet): void {
    this.received.push(bytes.slice(start, end))
  }

  released(): void {
    this.releases += 1
  }

  /** Sends bytes, and takes what came back at once. */
  say(bytes: Uint8Array): readonly Uint8Array[] {
    const before = this.received.length
    this.#say(this, bytes)
    return this.received.splice(before)
  }

  /** One request and its reply, without learning from it. */
  askOnce(method: keyof typeof METHOD, said: readonly Said[], ways: Ways = {}): Reply {
    const [bytes] = this.say(this.session.write(method, said, ways))
    if (bytes === undefined) throw new Error('no answer')
    return new Reply(bytes)
  }

  /** Asks again when it has learned how to sign. */
  ask(method: keyof typeof METHOD, said: readonly Said[] = [], ways: Ways = {}): Reply {
    const first = this.askOnce(method, said, ways)
    if (first.code !== 401 && first.code !== 438) return first
    this.session.learn(first)
    return this.askOnce(method, said, ways)
  }

  allocate(...said: readonly Said[]): Reply {
    return this.ask('allocate', [udp, ...said])
  }

  get relayed(): TransportAddress {
    if (this.allocation === null) throw new Error('no allocation')
    return this.allocation.relayed
  }

  permit(other: RelayClient): Reply {
    return this.ask('createPermission', [['xorPeerAddress', other.relayed]])
  }

  bind(number: number, other: RelayClient | TransportAddress): Reply {
    const address = other instanceof RelayClient ? other.relayed : other
    return this.ask('channelBind', [
      ['channelNumber', number * 0x10000],
      ['xorPeerAddress', address]
    ])
  }

  /** The data that has come since the last look. */
  get data(): readonly ReturnType<typeof readData>[] {
    return this.received.splice(0).map(readData)
  }
}

export const relayWorld = (limits: Partial<RelayLimits> = {}) => {
  const clock = { now: 1_800_000_000_000 }
  const credentialMs = limits.credentialMs ?? roomy.credentialMs
  const credentials = (call: string, peer: string) =>
    mint({ expiresAt: (clock.now + credentialMs) / 1_000, call, peer }, secrets[0], nodePlatform)
  const relayed: { readonly id: string; readonly packets: number; readonly bytes: number }[] = []
  const relay = new Relay({
    realm: 'patchcord',
    secrets,
    limits: { ...roomy, ...limits },
    platform: nodePlatform,
    callRelayed: ({ id, packets, bytes }) => relayed.push({ id, packets, bytes })
  })
  let ports = 1_024
  const say = (client: RelayClient, bytes: Uint8Array): void => {
    relay.receive(client, { bytes, start: 0, end: bytes.length }, clock.now)
  }
  const client = (call: string, peer: string, options: ClientOptions = {}): RelayClient => {
    const { host = '192.0.2.1', isStream = false } = options
    const session = new TurnSession(credentials(call, peer))
    const remote = transportAddress(host, (ports += 1))
    return new RelayClient(say, session, { remote, isStream })
  }
  /** A client with an allocation. */
  const allocated = (
    call: string,
    peer: string,
    options: ClientOptions & { said?: readonly Said[] } = {}
  ) => {
    const made = client(call, peer, options)
    const { code } = made.allocate(...(options.said ?? []))
    if (code !== 0) throw new Error(`no allocation: ${code}`)
    return made
  }
  /** Two of one call that may send to each other. */
  const pair = (call = 'a call', options: readonly [ClientOptions?, ClientOptions?] = []) => {
    const ada = allocated(call, 'ada', options[0])
    const bob = allocated(call, 'bob', options[1])
    if (ada.permit(bob).code + bob.permit(ada).code !== 0) throw new Error('no permission')
    return { ada, bob }
  }
  return { relay, clock, credentials, relayed, client, allocated, pair }
}
