/**
 * Call control at a client, for wires that have none: the mirror image of what the switchboard does for
 * such clients. An offer is an invite, its answer the accept, a bye or a departure the end; who is busy
 * says bye; a call that nobody answers ends in time.
 *
 * - Pages let an offer win over their own, so where two cross, ours stays. Where no answer comes all the same,
 *   both ends keep theirs, and the one whose offer is the lesser text yields: both ends see the same two texts,
 *   while not every wire tells its clients the id that others know them by. A server in between may set the two right
 *   itself: it says bye, and at once the other's offer again.
 * - A candidate that names another ICE user fragment than the partner's description waits for the next one.
 * - An offer of a connection that is over has crossed its end, and is no new call.
 */
import { unreachable } from '../core/codec.ts'
import { belongsTo, iceUfrags } from '../core/sdp.ts'
import type {
  CallId,
  Candidate,
  ClientMessage,
  Description,
  EndReason,
  IceServer,
  PeerId,
  RefusalCode
} from '../core/signal.ts'
import type { ForeignPeer, ForeignSignal } from './foreign.ts'

/** What its own client says about calls. */
export type CallMessage = Exclude<
  ClientMessage,
  { type: 'sign-in' | 'rename' | 'sign-out' | 'ready' | 'text' | 'file' }
>
/** What a native server would have said. */
export type CallNews =
  | { readonly type: 'ice-servers'; readonly call: CallId; readonly iceServers: readonly IceServer[] }
  | {
      readonly type: 'invite'
      readonly call: CallId
      readonly from: ForeignPeer
      readonly description: Description
      readonly iceServers: readonly IceServer[]
      readonly prepares: false
    }
  | { readonly type: 'accept' | 'description'; readonly call: CallId; readonly description: Description }
  | { readonly type: 'candidate'; readonly call: CallId; readonly candidate: Candidate }
  | { readonly type: 'ended'; readonly call: CallId; readonly reason: EndReason }
  | {
      readonly type: 'refused'
      readonly code: RefusalCode
      readonly reason: string
      readonly about: 'invite'
      readonly call: CallId
    }

export type CallInput =
  | { readonly type: 'said'; readonly message: CallMessage; readonly now: number }
  | {
      readonly type: 'heard'
      /** `null` where the wire does not say; then it is the partner. */
      readonly from: ForeignPeer | null
      readonly signal: ForeignSignal
      /** A new call's id, should this be one. */
      readonly call: CallId
      readonly now: number
    }
  /** The peer has left, or nothing reaches it. */
  | { readonly type: 'gone'; readonly peer: PeerId }
  /** The way to the server was lost, and others have seen this client leave. */
  | { readonly type: 'signed-in-anew' }
  | { readonly type: 'time-passed'; readonly now: number }

export type CallOutput =
  | { readonly type: 'signal'; readonly to: PeerId; readonly signal: ForeignSignal }
  | { readonly type: 'tell'; readonly message: CallNews }

interface Party {
  readonly call: CallId
  readonly peer: PeerId
  /** User fragments of its last description; `null` before the first. */
  readonly described: readonly string[] | null
}
/** Of the partner, and crossed ours. */
interface Rival {
  readonly from: ForeignPeer
  readonly offer: Description
  readonly call: CallId
}
interface Calling extends Party {
  readonly phase: 'calling'
  readonly offer: Description
  readonly deadline: number
  /** `overAt`: when it is believed that the rival, who has said bye, has done so for good. */
  readonly rival: (Rival & { readonly winsAt: number; readonly overAt: number }) | null
}
interface Ringing extends Party {
  readonly phase: 'ringing'
  readonly deadline: number
}
interface Talking extends Party {
  readonly phase: 'talking'
}
type Conversation = Calling | Ringing | Talking

interface Early {
  /** `null`: whoever offers next. */
  readonly from: PeerId | null
  readonly candidate: Candidate
  readonly at: number
}

/** The calls of one client, one at a time. */
export interface ForeignCalls {
  readonly current: Conversation | null
  /** Candidates that came before the description they belong to. */
  readonly held: readonly Early[]
  /** The connections that the last partner had. */
  readonly past: { readonly peer: PeerId; readonly ufrags: readonly string[] } | null
}

export type CallStep = readonly [ForeignCalls, readonly CallOutput[]]

/** How long a callee has to answer. */
const ringMs = 45_000
/** What a client that lets an offer win over its own needs at most to answer it, the way there and back included. */
const yieldMs = 1_000
/** How soon after a bye the offer comes again with which a server sets two right who call each other. */
const againMs = 1_000
/** How many candidates are kept for a description, and how long for one that would begin a call. */
const maxHeld = 64
const earlyMs = 5_000

export const noCalls: ForeignCalls = { current: null, held: [], past: null }

/** The next moment at which time alone changes something. */
export const callDeadline = ({ current }: ForeignCalls): number => {
  if (current === null || current.phase === 'talking') return Infinity
  const rival = current.phase === 'calling' ? current.rival : null
  return Math.min(current.deadline, rival?.winsAt ?? Infinity, rival?.overAt ?? Infinity)
}

const signal = (to: PeerId, signal: ForeignSignal): CallOutput => ({ type: 'signal', to, signal })
const bye = (to: PeerId): CallOutput => signal(to, { type: 'bye' })
const describe = (to: PeerId, description: Description): CallOutput =>
  signal(to, { type: 'description', description })
const tell = (message: CallNews): CallOutput => ({ type: 'tell', message })
const ended = (call: CallId, reason: EndReason): CallOutput => tell({ type: 'ended', call, reason })

const ufragsOf = ({ sdp }: Description): readonly string[] => iceUfrags(sdp.text())

/** What a bye means, by what the end that hears it was doing, and a hang-up, by what its own end was. */
const byeMeans = { calling: 'declined', ringing: 'cancelled', talking: 'hung-up' } as const
const hangUpMeans = { calling: 'cancelled', ringing: 'declined', talking: 'hung-up' } as const

const end = ({ call, peer, described }: Conversation, reason: EndReason): CallStep => [
  { current: null, held: [], past: { peer, ufrags: described ?? [] } },
  [ended(call, reason)]
]

const leave = (current: Conversation, reason: EndReason): CallStep => {
  const [after, told] = end(current, reason)
  return [after, [bye(current.peer), ...told]]
}

// What this client says

type Said<T extends CallMessage['type']> = Extract<CallMessage, { type: T }>

const invite = (
  state: ForeignCalls,
  { call, to, description: offer }: Said<'invite'>,
  now: number
): CallStep => {
  const { current } = state
  if (current?.phase === 'calling' && current.call === call) return [state, [describe(current.peer, offer)]]
  if (current !== null || to.by !== 'id') {
    const code = current === null ? 'unknown-peer' : 'already-in-call'
    const reason = current === null ? 'There is nobody to call.' : 'There is another call: hang up first.'
    return [state, [tell({ type: 'refused', code, reason, about: 'invite', call })]]
  }
  const party = { call, peer: to.id, described: null }
  const calling: Calling = { ...party, phase: 'calling', offer, deadline: now + ringMs, rival: null }
  return [{ ...state, current: calling }, [describe(to.id, offer)]]
}

const accept = (state: ForeignCalls, { call, description }: Said<'accept'>): CallStep => {
  const { current } = state
  if (current?.phase !== 'ringing' || current.call !== call || description === null) return [state, []]
  const { peer, described } = current
  const talking: Talking = { phase: 'talking', call, peer, described }
  return [{ ...state, current: talking }, [describe(peer, description)]]
}

const pass = (state: ForeignCalls, message: Said<'description' | 'candidate'>): CallStep => {
  const { current } = state
  const { to } = message
  if (current === null || to.by !== 'call' || to.call !== current.call) return [state, []]
  if (message.type === 'candidate') {
    return [state, [signal(current.peer, { type: 'candidate', candidate: message.candidate })]]
  }
  return [state, current.phase === 'talking' ? [describe(current.peer, message.description)] : []]
}

/** What is about a call that is over has crossed its end, and goes nowhere. */
const say = (state: ForeignCalls, message: CallMessage, now: number): CallStep => {
  const { current } = state
  switch (message.type) {
    case 'ice-servers':
      return [state, [tell({ type: 'ice-servers', call: message.call, iceServers: [] })]]
    case 'invite':
      return invite(state, message, now)
    case 'ringing':
    case 'prepare':
    case 'ice-restart':
    case 'received':
      return [state, []]
    case 'rejoin':
      return current?.call === message.call ? leave(current, 'left') : [state, [ended(message.call, 'left')]]
    case 'description':
    case 'candidate':
      return pass(state, message)
    case 'accept':
      return accept(state, message)
    case 'decline':
      return current?.phase === 'ringing' && current.call === message.call
        ? leave(current, message.reason)
        : [state, []]
    case 'hang-up': {
      if (current === null || (message.call ?? current.call) !== current.call) return [state, []]
      return leave(current, message.reason === 'failed' ? 'failed' : hangUpMeans[current.phase])
    }
    default:
      return unreachable(message)
  }
}

// What this client hears

type Heard = Extract<CallInput, { type: 'heard' }>
type Described = Omit<Heard, 'from' | 'signal'> & {
  readonly from: ForeignPeer
  readonly description: Description
}

const hearCandidate = (state: ForeignCalls, { from, now }: Heard, candidate: Candidate): CallStep => {
  const { current, held } = state
  if (current !== null && from !== null && from.id !== current.peer) return [state, []]
  if (current?.described && belongsTo(candidate, current.described)) {
    return [state, [tell({ type: 'candidate', call: current.call, candidate })]]
  }
  const early = { from: from?.id ?? null, candidate, at: now }
  return [{ ...state, held: [...held, early].slice(-maxHeld) }, []]
}

/** What a description lets go: the candidates that have waited for it. Others of the same time have waited in vain. */
const letGo = (
  { held }: ForeignCalls,
  { call, peer, described }: Conversation & { readonly described: readonly string[] }
): readonly CallOutput[] =>
  held
    .filter(({ from, candidate }) => (from === null || from === peer) && belongsTo(candidate, described))
    .map(({ candidate }) => tell({ type: 'candidate', call, candidate }))

const ring = (state: ForeignCalls, { from, offer, call }: Rival, now: number): CallStep => {
  const party = { call, peer: from.id, described: ufragsOf(offer) }
  const ringing = { ...party, phase: 'ringing', deadline: now + ringMs } as const
  return [
    { ...state, current: ringing, held: [] },
    [
      tell({ type: 'invite', call, from, description: offer, iceServers: [], prepares: false }),
      ...letGo(state, ringing)
    ]
  ]
}

/** The first word of somebody, or a late one. */
const meet = (state: ForeignCalls, { from, call, description, now }: Described): CallStep => {
  const { past, held } = state
  const ufrags = ufragsOf(description)
  if (description.type !== 'offer') return [{ ...state, past: { peer: from.id, ufrags } }, []]
  if (past?.peer === from.id && ufrags.some((ufrag) => past.ufrags.includes(ufrag))) return [state, []]
  const timely = { ...state, held: held.filter(({ at }) => at >= now - earlyMs) }
  return ring(timely, { from, offer: description, call }, now)
}

const cross = (
  state: ForeignCalls,
  current: Calling,
  { from, call, description: offer, now }: Described
): CallStep => {
  const { rival } = current
  // The line takes it for an answer to its own call, and accepts at once.
  if (rival !== null && rival.overAt < Infinity) return ring(state, { from, offer, call }, now)
  const yields = current.offer.sdp.text() < offer.sdp.text()
  const winsAt = yields ? (rival?.winsAt ?? now + yieldMs) : Infinity
  return [{ ...state, current: { ...current, rival: { from, offer, call, winsAt, overAt: Infinity } } }, []]
}

const beAccepted = (state: ForeignCalls, { call, peer }: Calling, description: Description): CallStep => {
  const talking = { phase: 'talking', call, peer, described: ufragsOf(description) } as const
  return [
    { ...state, current: talking, held: [] },
    [tell({ type: 'accept', call, description }), ...letGo(state, talking)]
  ]
}

const redescribe = (state: ForeignCalls, current: Ringing | Talking, description: Description): CallStep => {
  const described = { ...current, described: ufragsOf(description) }
  return [
    { ...state, current: described, held: [] },
    [tell({ type: 'description', call: current.call, description }), ...letGo(state, described)]
  ]
}

const hearDescription = (state: ForeignCalls, heard: Described): CallStep => {
  const { current } = state
  const { from, description } = heard
  if (current === null) return meet(state, heard)
  if (current.peer !== from.id) return [state, description.type === 'offer' ? [bye(from.id)] : []]
  switch (description.type) {
    case 'offer':
      return current.phase === 'calling'
        ? cross(state, current, heard)
        : redescribe(state, current, description)
    case 'answer':
      if (current.phase === 'ringing') return [state, []]
      return current.phase === 'calling'
        ? beAccepted(state, current, description)
        : redescribe(state, current, description)
    case 'pranswer':
    case 'rollback':
      return [state, []]
    default:
      return unreachable(description.type)
  }
}

const hearBye = (state: ForeignCalls, current: Conversation, now: number): CallStep => {
  const rival = current.phase === 'calling' ? current.rival : null
  if (current.phase !== 'calling' || rival === null) return end(current, byeMeans[current.phase])
  const over = { ...rival, winsAt: Infinity, overAt: Math.min(rival.overAt, now + againMs) }
  return [{ ...state, current: { ...current, rival: over } }, []]
}

const hear = (state: ForeignCalls, heard: Heard): CallStep => {
  const { current } = state
  const { from, signal, call, now } = heard
  switch (signal.type) {
    case 'bye':
      return current !== null && (from === null || from.id === current.peer)
        ? hearBye(state, current, now)
        : [state, []]
    case 'candidate':
      return hearCandidate(state, heard, signal.candidate)
    case 'description':
      return from === null
        ? [state, []]
        : hearDescription(state, { type: 'heard', from, call, now, description: signal.description })
    default:
      return unreachable(signal)
  }
}

const passTime = (state: ForeignCalls, now: number): CallStep => {
  const { current } = state
  if (current === null || current.phase === 'talking') return [state, []]
  if (now >= current.deadline) return leave(current, 'no-answer')
  const rival = current.phase === 'calling' ? current.rival : null
  if (rival !== null && now >= rival.overAt) return end(current, byeMeans.calling)
  return rival !== null && now >= rival.winsAt ? ring(state, rival, now) : [state, []]
}

/** Takes one input. What comes of it leaves in this order, before the next is taken. */
export const stepForeignCalls = (state: ForeignCalls, input: CallInput): CallStep => {
  const { current, held } = state
  switch (input.type) {
    case 'said':
      return say(state, input.message, input.now)
    case 'heard':
      return hear(state, input)
    case 'gone':
      return current?.peer === input.peer
        ? end(current, 'left')
        : [{ ...state, held: held.filter(({ from }) => from !== input.peer) }, []]
    case 'signed-in-anew':
      // Who calls says its invite again.
      return current === null || current.phase === 'calling' ? [state, []] : leave(current, 'left')
    case 'time-passed':
      return passTime(state, input.now)
    default:
      return unreachable(input)
  }
}
