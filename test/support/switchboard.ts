/**
 * A switchboard in a test: it has a clock of its own, which goes a millisecond with every input, and
 * clients that remember what they were told.
 */
import {
  type Abilities,
  type Candidate,
  type ClientMessage,
  type Description,
  type Peer,
  type PeerId,
  type Refusal,
  type ServerMessage,
  bodyOf
} from '../../src/core/signal.ts'
import { type Output, Switchboard, type SwitchboardLimits } from '../../src/core/switchboard.ts'

type Kind = 'native' | 'simple' | 'page' | 'room'

/** `native` knows calls, and takes an answer before the accept; `simple` does not. `page` answers by itself. `room` does, and cannot choose whom to call. */
const abilities: Readonly<Record<Kind, Abilities>> = {
  native: { callControl: true, prepares: true, namesCallee: true, settleMs: 0, echoesText: false },
  simple: { callControl: true, namesCallee: true, settleMs: 0, echoesText: false },
  page: { callControl: false, namesCallee: true, settleMs: 0, echoesText: true },
  room: { callControl: false, namesCallee: false, settleMs: 0, echoesText: true }
}

const limits: SwitchboardLimits = {
  burst: 100,
  perSecond: 10,
  lobbySize: 50,
  rosterSize: 20,
  ringMs: 45_000
}

/** What a client was told apart from who is there. */
export type Heard = Exclude<ServerMessage, { type: 'roster' }>

export interface TestClient {
  readonly id: PeerId
  readonly number: number
  say(...messages: readonly ClientMessage[]): void
  garble(reason: string): void
  /** Its connection is gone. */
  vanish(): void
  /** What it was told since it was last asked. */
  heard(): readonly Heard[]
  /** By the types alone. */
  heardTypes(): readonly string[]
  /** The others, by name, as far as it has been told; those that are busy in upper case. */
  sees(): readonly string[]
  /** Why it was let go; `undefined` while it was not. */
  readonly letGo: Refusal | null | undefined
}

export interface TestSwitchboard {
  connect(kind?: Kind): TestClient
  /** Comes back under the same id to a switchboard that has forgotten it, or to another. */
  return(client: TestClient, name: string): TestClient
  /** Connected, signed in, and without anything yet to be heard. */
  join(name: string, kind?: Kind, lobby?: string): TestClient
  pass(ms: number): void
  readonly waits: boolean
}

/** Takes what a client is told of who is there. */
const note = (known: Map<PeerId, Peer>, message: ServerMessage): void => {
  if (message.type === 'welcome') for (const peer of message.peers) known.set(peer.id, peer)
  if (message.type !== 'roster') return
  for (const peer of [...message.joined, ...message.changed]) known.set(peer.id, peer)
  for (const { id } of message.left) known.delete(id)
}

class Client implements TestClient {
  readonly id: PeerId
  readonly number: number
  readonly #input: (input: ClientInput) => void
  readonly #known = new Map<PeerId, Peer>()
  #heard: Heard[] = []
  letGo: Refusal | null | undefined

  constructor(number: number, input: (input: ClientInput) => void, id = `peer-${number}`) {
    this.id = id
    this.number = number
    this.#input = input
  }

  say(...messages: readonly ClientMessage[]): void {
    for (const message of messages) this.#input({ type: 'received', peer: this.id, message })
  }

  garble(reason: string): void {
    this.#input({ type: 'malformed', peer: this.id, reason })
  }

  vanish(): void {
    this.#input({ type: 'disconnected', peer: this.id })
  }

  take(output: Exclude<Output, { type: 'call-ended' }>): void {
    if (output.type === 'close') {
      this.letGo = output.refusal
      return
    }
    note(this.#known, output.message)
    if (output.message.type !== 'roster') this.#heard.push(output.message)
  }

  heard(): readonly Heard[] {
    const heard = this.#heard
    this.#heard = []
    return heard
  }

  heardTypes(): readonly string[] {
    return this.heard().map(({ type }) => type)
  }

  sees(): readonly string[] {
    const others = Array.from(this.#known.values()).filter(({ id }) => id !== this.id)
    return others.map(({ name, busy }) => (busy ? name.toUpperCase() : name))
  }
}

type ClientInput =
  | { readonly type: 'received'; readonly peer: PeerId; readonly message: ClientMessage }
  | { readonly type: 'malformed'; readonly peer: PeerId; readonly reason: string }
  | { readonly type: 'disconnected'; readonly peer: PeerId }

export const testSwitchboard = (changes: Partial<SwitchboardLimits> = {}): TestSwitchboard => {
  let calls = 0
  let numbers = 0
  let now = 1_000_000
  const switchboard = new Switchboard(
    { ...limits, ...changes },
    { newCallId: () => `call-${++calls}`, iceServers: () => [] }
  )
  const clients = new Map<PeerId, Client>()

  const carry = (outputs: readonly Output[]): void => {
    for (const output of outputs) {
      if (output.type === 'call-ended') continue
      clients.get(output.type === 'deliver' ? output.to : output.peer)?.take(output)
    }
  }
  const input = (event: ClientInput): void => carry(switchboard.handle({ ...event, now: ++now }))

  const connect = (kind: Kind = 'native', id?: PeerId): Client => {
    const number = (numbers += 1)
    const client = new Client(number, input, id)
    clients.set(client.id, client)
    const newcomer = {
      peer: client.id,
      number,
      key: 1_000 + number,
      dialect: kind,
      abilities: abilities[kind]
    }
    carry(switchboard.handle({ type: 'connected', ...newcomer, now: ++now }))
    return client
  }

  const signIn = (client: Client, name: string, lobby = 'main'): Client => {
    client.say({ type: 'sign-in', name, lobby })
    client.heard()
    return client
  }

  return {
    connect,
    join: (name, kind, lobby) => signIn(connect(kind), name, lobby),
    return: ({ id }, name) => signIn(connect('native', id), name),
    pass(ms) {
      now += ms
      carry(switchboard.handle({ type: 'time-passed', now }))
    },
    get waits() {
      return switchboard.waits
    }
  }
}

// What clients say

const describedAs =
  (type: Description['type']) =>
  (ufrag: string): Description => ({ type, sdp: bodyOf(`v=0\r\na=ice-ufrag:${ufrag}\r\n`) })
export const offer = describedAs('offer')
export const answer = describedAs('answer')

export const candidate = (usernameFragment: string | null): Candidate => ({
  candidate: `candidate:1 1 udp 1 192.0.2.1 9 typ host`,
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment
})

export const to = ({ id }: TestClient) => ({ by: 'id', id }) as const
export const toCall = (call: string) => ({ by: 'call', call }) as const
export const toPartner = { by: 'partner' } as const
export const toLobby = { by: 'lobby' } as const

/** A native client calls; the call is named `c` unless told. */
export const invites = (caller: TestClient, callee: TestClient, call = 'c'): void =>
  caller.say({ type: 'invite', call, to: to(callee), description: offer('a') })

export const accepts = (callee: TestClient, call = 'c'): void =>
  callee.say({ type: 'accept', call, description: answer('b') })

/** A client without call control calls, or offers again. */
export const offersTo = (from: TestClient, target: TestClient, ufrag = 'a'): void =>
  from.say({ type: 'description', to: to(target), description: offer(ufrag) })

export const answersTo = (from: TestClient, target: TestClient, ufrag = 'b'): void =>
  from.say({ type: 'description', to: to(target), description: answer(ufrag) })

export const hangsUp = (from: TestClient, call: string | null = 'c'): void =>
  from.say({ type: 'hang-up', call, reason: 'hung-up' })
