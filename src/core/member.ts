/**
 * What the switchboard knows of a client before and after it has signed in.
 */
import type { Bucket } from './bucket.ts'
import type { Call } from './call.ts'
import type { Claim } from './claims.ts'
import type { Lobby } from './lobby.ts'
import type { Abilities, CallId, Candidate, EndReason, Peer, PeerId, Side } from './signal.ts'

/** A client that has connected, before it has said anything. */
export interface Newcomer {
  readonly peer: PeerId
  readonly number: number
  readonly key: number
  readonly dialect: string
  readonly abilities: Abilities
}

export interface Client extends Newcomer {
  member: Member | null
  bucket: Bucket
  /** Messages that it could not pay for, since its bucket was last full. */
  unpaid: number
}

/** A client that is signed in. */
export interface Member {
  readonly client: Client
  readonly lobby: Lobby
  /** As the others see it now. */
  peer: Peer
  call: OngoingCall | null
  /** To a call that is not known here, and waits for the other party. */
  claim: Claim | null
  /** The last calls that are over for it, and why: who comes back into one is told so. */
  over: ReadonlyMap<CallId, EndReason>
  /** Of a call that it has just been told is over: what it offers under these user fragments belongs to that one. */
  past: { readonly ufrags: readonly string[] | null; readonly until: number } | null
  /** Whose `ready` it was told, so that its next offer has an address. That one may have gone since. */
  solicitor: PeerId | null
  early: Early | null
}

/** Candidates for a peer with whom there is no call yet: on some wires they overtake their offer. */
export interface Early {
  readonly to: PeerId
  readonly candidates: readonly Candidate[]
  readonly until: number
}

export interface OngoingCall {
  readonly id: CallId
  readonly members: Readonly<Record<Side, Member>>
  /** The names under which they came to know each other. */
  readonly names: Readonly<Record<Side, string>>
  state: Call
}

export const newMember = (client: Client, lobby: Lobby, peer: Peer): Member => ({
  client,
  lobby,
  peer,
  call: null,
  claim: null,
  over: new Map(),
  past: null,
  solicitor: null,
  early: null
})

/** How many calls a member is remembered to have ended: who comes back for one comes soon. */
const maxOver = 8

export const noteOver = (member: Member, call: CallId, reason: EndReason): void => {
  member.over = new Map([...member.over, [call, reason] as const].slice(-maxOver))
}

export const sideOf = (call: OngoingCall, member: Member): Side =>
  call.members.caller === member ? 'caller' : 'callee'

export const partnerOf = (call: OngoingCall, member: Member): Member =>
  call.members.caller === member ? call.members.callee : call.members.caller
