/**
 * The switchboard: peers of every dialect in their lobbies, and the calls between them. It stamps
 * senders, knows who is in a call with whom, and says no. It does no I/O: time, ids and addresses are
 * arguments, and everything it wants done is in its outputs.
 */
import { type Rate, fullBucket, take } from './bucket.ts'
import { unreachable } from './codec.ts'
import { Exchange } from './exchange.ts'
import { Lobby } from './lobby.ts'
import { type Client, type Member, type Newcomer, newMember } from './member.ts'
import { cleanName, isLobbyName, mainLobby } from './names.ts'
import { refusal } from './refusal.ts'
import type {
  Address,
  CallId,
  ClientMessage,
  IceServer,
  PeerId,
  Refusal,
  RefusalCode,
  ServerMessage
} from './signal.ts'

/** Bounds of what peers may do; each is a flag of the server under the same name. */
export interface SwitchboardLimits extends Rate {
  /** How many peers a lobby holds. */
  readonly lobbySize: number
  /** How many of them a roster names. */
  readonly rosterSize: number
  /** How long a callee may ring. */
  readonly ringMs: number
}

export type Input = { readonly now: number } & (
  | ({ readonly type: 'connected' } & Newcomer)
  | { readonly type: 'received'; readonly peer: PeerId; readonly message: ClientMessage }
  /** Something that the peer's codec could not read. */
  | { readonly type: 'malformed'; readonly peer: PeerId; readonly reason: string }
  | { readonly type: 'disconnected'; readonly peer: PeerId }
  | { readonly type: 'time-passed' }
)

export type Output =
  | { readonly type: 'deliver'; readonly to: PeerId; readonly message: ServerMessage }
  /** The peer is let go, and is already gone from here; without a refusal it has signed out itself. */
  | { readonly type: 'close'; readonly peer: PeerId; readonly refusal: Refusal | null }
  | { readonly type: 'call-ended'; readonly call: CallId }

type Said<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>

/** What the switchboard is given by its runner. */
export interface Supplies {
  /** Names the calls of dialects whose clients do not: unguessable, never the same twice. */
  readonly newCallId: () => CallId
  /** For one peer in one call. */
  readonly iceServers: (peer: PeerId, call: CallId) => readonly IceServer[]
}

/** What the dearer messages take out of the bucket; any other takes one. */
const dear = 10
/** What everybody hears takes one more for so many of them. */
const readersPerToken = 50
/** A flood is told so once, then ignored, and in the end let go. */
const maxUnpaid = 500
const maxTextSize = 4_096

/** Whatever else a peer has said, it can always hang up and go. */
const isWayOut = ({ type }: ClientMessage): boolean => type === 'hang-up' || type === 'sign-out'

export class Switchboard {
  readonly #limits: SwitchboardLimits
  readonly #exchange: Exchange
  readonly #clients = new Map<PeerId, Client>()
  readonly #numbers = new Map<number, PeerId>()
  readonly #lobbies = new Map<string, Lobby>()
  /** Lobbies with something to tell. */
  readonly #telling = new Set<Lobby>()
  #now = 0
  #outputs: Output[] = []

  constructor(limits: SwitchboardLimits, { newCallId, iceServers }: Supplies) {
    this.#limits = limits
    this.#exchange = new Exchange({
      find: (from, to) => this.#find(from, to),
      say: ({ client }, message) => this.#deliver(client.peer, message),
      refuse: ({ client }, no) => this.#refuse(client, no),
      setBusy: (member, busy) => this.#setBusy(member, busy),
      newCallId,
      iceServers: ({ client }, call) => iceServers(client.peer, call),
      callEnded: (call) => this.#outputs.push({ type: 'call-ended', call }),
      ringMs: limits.ringMs
    })
  }

  /** Whether time alone will change something: while it is so, `time-passed` is due every now and then. */
  get waits(): boolean {
    return this.#exchange.waits || this.#telling.size > 0
  }

  /** Takes one input and answers with everything that follows from it, in order. */
  handle(input: Input): readonly Output[] {
    this.#outputs = []
    this.#now = input.now
    switch (input.type) {
      case 'connected':
        this.#connect(input)
        break
      case 'disconnected':
        this.#remove(this.#clients.get(input.peer))
        break
      case 'received':
        this.#receive(this.#clients.get(input.peer), input.message)
        break
      case 'malformed':
        this.#reject(this.#clients.get(input.peer), input.reason)
        break
      case 'time-passed':
        this.#exchange.passTime(this.#now)
        break
      default:
        unreachable(input)
    }
    this.#tellRosters()
    return this.#outputs
  }

  // Peers and lobbies

  #connect({ peer, number, key, dialect, abilities }: Newcomer): void {
    const bucket = fullBucket(this.#limits, this.#now)
    this.#clients.set(peer, { peer, number, key, dialect, abilities, member: null, bucket, unpaid: 0 })
    this.#numbers.set(number, peer)
  }

  #signIn(client: Client, { name, lobby: asked, size }: Said<'sign-in'>): void {
    const refuse = (code: RefusalCode) => this.#refuse(client, refusal(code, { about: 'sign-in' }))
    if (client.member !== null) return refuse('already-signed-in')
    if (!isLobbyName(asked)) return refuse('bad-name')
    if (size !== undefined && asked === mainLobby) return refuse('not-allowed')
    const lobby = this.#lobbies.get(asked) ?? new Lobby(asked, this.#limits.rosterSize)
    if (lobby.size >= Math.min(this.#limits.lobbySize, lobby.room, size ?? Infinity))
      return refuse('lobby-full')
    this.#lobbies.set(asked, lobby)
    const { peer: id, number, dialect, key } = client
    const peer = lobby.join({ id, number, dialect, name: cleanName(name), busy: false }, size)
    client.member = newMember(client, lobby, peer)
    this.#telling.add(lobby)
    const peers = lobby.othersThan(id)
    this.#deliver(id, { type: 'welcome', you: { ...peer, key }, asked: name, lobby: asked, peers })
  }

  #rename(member: Member, asked: string): void {
    const { client, lobby } = member
    member.peer = lobby.rename(member.peer, cleanName(asked))
    this.#telling.add(lobby)
    this.#deliver(client.peer, { type: 'renamed', you: { ...member.peer, key: client.key }, asked })
  }

  /** Takes a client away, whatever it was doing; its partner is told. */
  #remove(client: Client | undefined): void {
    if (client === undefined) return
    this.#clients.delete(client.peer)
    this.#numbers.delete(client.number)
    const { member } = client
    if (member === null) return
    this.#exchange.leave(member, this.#now)
    const { lobby, peer } = member
    lobby.leave(peer)
    if (lobby.size > 0) this.#telling.add(lobby)
    else this.#close(lobby)
  }

  #setBusy(member: Member, busy: boolean): void {
    member.peer = member.lobby.setBusy(member.peer, busy)
    this.#telling.add(member.lobby)
  }

  #tellRosters(): void {
    for (const lobby of this.#telling) {
      for (const { to, message } of lobby.tell(this.#now)) this.#deliver(to, message)
      if (lobby.deadline === Infinity) this.#telling.delete(lobby)
    }
  }

  // What peers say

  #receive(client: Client | undefined, message: ClientMessage): void {
    if (client === undefined) return
    const isPaid = this.#pay(client, this.#costOf(client, message))
    if (!this.#clients.has(client.peer) || !(isPaid || isWayOut(message))) return
    if (message.type === 'sign-in') return this.#signIn(client, message)
    if (message.type === 'sign-out') return this.#letGo(client, null)
    if (client.member !== null) return this.#hear(client.member, message)
    this.#refuse(client, refusal('not-signed-in', { about: message.type }))
  }

  #reject(client: Client | undefined, reason: string): void {
    if (client !== undefined && this.#pay(client, dear))
      this.#refuse(client, refusal('bad-message', { reason }))
  }

  #costOf({ member }: Client, { type, ...message }: ClientMessage): number {
    const isForAll = type === 'rename' || ('to' in message && message.to.by === 'lobby')
    const readers = isForAll && member !== null ? member.lobby.size : 0
    return isForAll ? Math.min(this.#limits.burst, dear + Math.floor(readers / readersPerToken)) : 1
  }

  /** Takes the price of a message out of a client's bucket, if it is in it. */
  #pay(client: Client, cost: number): boolean {
    const rest = take(client.bucket, this.#limits, { cost, now: this.#now })
    if (rest !== null) {
      client.bucket = rest
      // However little of a flood is heard meanwhile, it is over only after a silence.
      if (rest.tokens + cost >= this.#limits.burst) client.unpaid = 0
      return true
    }
    client.unpaid += 1
    if (client.unpaid === 1) this.#refuse(client, refusal('rate-limited'))
    if (client.unpaid > maxUnpaid) this.#letGo(client, refusal('rate-limited'))
    return false
  }

  #hear(member: Member, message: Exclude<ClientMessage, Said<'sign-in' | 'sign-out'>>): void {
    switch (message.type) {
      case 'rename':
        return this.#rename(member, message.name)
      case 'ready':
        return this.#solicit(member)
      case 'text':
        return this.#passText(member, message)
      case 'ice-servers':
        return this.#exchange.tellIceServers(member, message.call)
      case 'invite':
        return this.#exchange.invite(member, message, this.#now)
      case 'description':
        return this.#exchange.describe(member, message, this.#now)
      case 'candidate':
        return this.#exchange.passCandidate(member, message, this.#now)
      case 'file':
        return this.#exchange.passFile(member, message)
      case 'rejoin':
        return this.#exchange.rejoin(member, message, this.#now)
      case 'ringing':
      case 'prepare':
      case 'accept':
      case 'ice-restart':
      case 'received':
      case 'decline':
      case 'hang-up':
        return this.#exchange.control(member, message, this.#now)
      default:
        return unreachable(message)
    }
  }

  #passText(member: Member, { to, text }: Said<'text'>): void {
    const { client, lobby, peer: from } = member
    if (text.size > maxTextSize) return this.#refuse(client, refusal('too-large', { about: 'text' }))
    const direct = to.by !== 'lobby'
    const message = { type: 'text', from, text, direct, sentAt: this.#now } as const
    if (direct) {
      const target = this.#find(member, to)
      if (target === undefined) return this.#refuse(client, refusal('unknown-peer', { about: 'text', to }))
      return this.#deliver(target.client.peer, message)
    }
    for (const { id } of lobby.peers) {
      if (id !== from.id || client.abilities.echoesText) this.#deliver(id, message)
    }
  }

  /** Tells the longest waiting peer that can call nobody else by name, and only that one: a call has one caller. */
  #solicit(member: Member): void {
    if (member.call !== null) return
    for (const { id } of member.lobby.peers) {
      const other = this.#clients.get(id)?.member
      if (!other || other === member || other.call !== null || other.client.abilities.namesCallee) continue
      if (other.solicitor !== null && this.#isWaiting(other.solicitor)) continue
      other.solicitor = member.peer.id
      return this.#deliver(id, { type: 'ready', from: member.peer })
    }
  }

  #isWaiting(id: PeerId): boolean {
    return this.#clients.get(id)?.member?.call === null
  }

  // The ways out

  /** Only the sender's own lobby is searched: what is elsewhere does not exist for it. */
  #find({ lobby }: Member, to: Address): Member | undefined {
    const id = this.#idOf(lobby, to)
    const member = id === undefined ? undefined : this.#clients.get(id)?.member
    return member?.lobby === lobby ? member : undefined
  }

  #idOf(lobby: Lobby, to: Address): PeerId | undefined {
    switch (to.by) {
      case 'id':
        return to.id
      case 'number':
        return this.#numbers.get(to.number)
      case 'name':
        return lobby.withName(to.name)?.id
      case 'call':
      case 'partner':
      case 'lobby':
        return undefined
      default:
        return unreachable(to)
    }
  }

  #deliver(to: PeerId, message: ServerMessage): void {
    this.#outputs.push({ type: 'deliver', to, message })
  }

  #refuse(client: Client, { code, reason, ...details }: Refusal): void {
    this.#deliver(client.peer, { type: 'refused', code, reason, ...details })
  }

  #letGo(client: Client, why: Refusal | null): void {
    this.#remove(client)
    this.#outputs.push({ type: 'close', peer: client.peer, refusal: why })
  }

  #close(lobby: Lobby): void {
    this.#lobbies.delete(lobby.name)
    this.#telling.delete(lobby)
  }
}
