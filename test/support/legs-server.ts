/**
 * The server between two legs, as values for the walker: the call's own reducer, and, as small as it can be,
 * what the exchange does around it: who is in, who claims a call that is not known, and what is over.
 */
import {
  type Call,
  type CallEffect,
  type CallStep,
  knownCall,
  startCall,
  stepCall
} from '../../src/core/call.ts'
import type { Candidate, Description, EndReason, Side } from '../../src/core/signal.ts'
import { Violation } from './interleavings.ts'

export type Name = 'a' | 'b'
export type Both<T> = Readonly<Record<Name, T>>
export const names: readonly Name[] = ['a', 'b']
export const otherThan = (name: Name): Name => (name === 'a' ? 'b' : 'a')

/** What a client says, each about a call. */
export type Said = { readonly call: string; readonly seq?: number | undefined } & (
  | { readonly type: 'invite'; readonly description: Description }
  | { readonly type: 'ringing' }
  | { readonly type: 'prepare' | 'description'; readonly description: Description }
  | { readonly type: 'accept'; readonly description: Description | null }
  | { readonly type: 'candidate'; readonly candidate: Candidate }
  | { readonly type: 'ice-restart' }
  | { readonly type: 'received'; readonly seq: number }
  | { readonly type: 'decline'; readonly reason: 'declined' | 'busy' | 'failed' }
  | { readonly type: 'hang-up'; readonly reason: 'hung-up' | 'failed' }
  | { readonly type: 'rejoin'; readonly role: Side }
)

/** What it is told. */
export type Told =
  | (CallEffect & { readonly call: string })
  | { readonly type: 'ended'; readonly call: string; readonly reason: EndReason }
  | { readonly type: 'rejoined'; readonly call: string }
  | { readonly type: 'not-rejoined' | 'unknown' | 'nobody'; readonly call: string }
  | { readonly type: 'partner-joined' }

interface Known {
  readonly id: string
  readonly caller: Name
  readonly state: Call
}

export interface Server {
  readonly members: Both<boolean>
  readonly call: Known | null
  readonly claims: Both<{ readonly call: string; readonly role: Side } | null>
  readonly over: Both<Readonly<Record<string, EndReason>>>
}

export type ServerStep = readonly [Server, Both<readonly Told[]>]

export const newServer: Server = {
  members: { a: true, b: true },
  call: null,
  claims: { a: null, b: null },
  over: { a: {}, b: {} }
}
export const restarted: Server = { ...newServer, members: { a: false, b: false } }

const silence: Both<readonly Told[]> = { a: [], b: [] }
const tell = (server: Server, name: Name, told: Told): ServerStep => [server, { ...silence, [name]: [told] }]

const able = { callControl: true, namesCallee: true, settleMs: 0, echoesText: false, prepares: true }
const abilities = { caller: able, callee: able }

const noteOver = (server: Server, name: Name, [call, reason]: readonly [string, EndReason]): Server => ({
  ...server,
  over: { ...server.over, [name]: { ...server.over[name], [call]: reason } }
})

const withClaim = (server: Server, name: Name, claim: Server['claims'][Name]): Server => ({
  ...server,
  claims: { ...server.claims, [name]: claim }
})

const settle = (server: Server, known: Known, [state, effects]: CallStep): ServerStep => {
  const nameOf = (side: Side): Name => (side === 'caller' ? known.caller : otherThan(known.caller))
  const told: Record<Name, Told[]> = { a: [], b: [] }
  for (const effect of effects) {
    if (effect.type === 'refused') throw new Violation(`${nameOf(effect.to)} is refused: ${effect.reason}`)
    told[nameOf(effect.to)].push({ ...effect, call: known.id })
  }
  if (state.phase !== 'ended') return [{ ...server, call: { ...known, state } }, told]
  const over = names.reduce((now, name) => noteOver(now, name, [known.id, state.reason]), server)
  return [{ ...over, call: null }, told]
}

/** Why the call does not ring. */
const objection = (server: Server, from: Name, id: string): EndReason | null => {
  const to = otherThan(from)
  if (server.call?.caller === to && server.call.state.phase === 'ringing') return 'replaced'
  if (server.call !== null) throw new Violation(`${from} invites while it is in a call`)
  const claim = server.claims[to]
  if (claim !== null && (claim.call !== id || claim.role !== 'callee')) return 'busy'
  const over = server.over[from][id] === undefined ? server.over[to][id] : undefined
  return over === undefined || over === 'left' ? null : over
}

const invite = (server: Server, from: Name, said: Extract<Said, { type: 'invite' }>): ServerStep => {
  const to = otherThan(from)
  const { call: id } = said
  if (!server.members[to]) return tell(server, from, { type: 'nobody', call: id })
  if (server.call?.id === id) throw new Violation(`${from} invites twice`)
  const reason = objection(server, from, id)
  if (reason !== null) return tell(server, from, { type: 'ended', call: id, reason })
  const step = startCall(abilities, said.description, { early: [], now: 0, deadline: 1 })
  return settle(withClaim(server, to, null), { id, caller: from, state: step[0] }, step)
}

const rejoin = (
  server: Server,
  from: Name,
  { call, role }: Extract<Said, { type: 'rejoin' }>
): ServerStep => {
  const known = server.call
  if (known?.id === call) {
    const isTrue = (role === 'caller') === (known.caller === from)
    if (isTrue && known.state.phase === 'connected') return tell(server, from, { type: 'rejoined', call })
    return isTrue && role === 'callee'
      ? [server, silence]
      : tell(server, from, { type: 'not-rejoined', call })
  }
  const to = otherThan(from)
  const other = server.claims[to]
  if (other?.call === call && other.role !== role) {
    const caller = role === 'caller' ? from : to
    const state = knownCall(abilities, 0)
    const told: readonly Told[] = [{ type: 'rejoined', call }]
    return [
      { ...withClaim(server, to, null), call: { id: call, caller, state } },
      { a: told, b: told }
    ]
  }
  const over = server.over[to][call]
  return over === undefined
    ? [withClaim(server, from, { call, role }), silence]
    : tell(server, from, { type: 'ended', call, reason: over })
}

const about = (server: Server, from: Name, said: Said): ServerStep => {
  const known = server.call
  if (known?.id !== said.call) return aboutUnknown(server, from, said)
  const by = known.caller === from ? 'caller' : 'callee'
  const step = (event: Parameters<typeof stepCall>[1]) => settle(server, known, stepCall(known.state, event))
  switch (said.type) {
    case 'ringing':
      return step({ type: 'rang', by })
    case 'prepare':
      return step({ ...said, type: 'prepared', by })
    case 'accept':
      return step({ ...said, type: 'accepted', by, now: 0 })
    case 'description':
      return step({ ...said, type: 'described', by, now: 0 })
    case 'candidate':
      return step({ ...said, type: 'candidate-found', by })
    case 'ice-restart':
      return step({ ...said, type: 'ice-restart-wanted', by })
    case 'received':
      return step({ ...said, by })
    case 'decline':
      return step({ type: 'declined', by, reason: said.reason })
    case 'hang-up':
      return step({ type: 'hung-up', by, reason: said.reason })
    default:
      throw new Error(`${said.type} is not about a call that there is`)
  }
}

const aboutUnknown = (server: Server, from: Name, { type, call, ...said }: Said): ServerStep => {
  if (type === 'received' || type === 'ice-restart') return [server, silence]
  if (type !== 'hang-up' && type !== 'decline') return tell(server, from, { type: 'unknown', call })
  const reason: EndReason = 'reason' in said ? said.reason : 'hung-up'
  const noted = noteOver(server, from, [call, reason])
  if (type === 'decline') return tell(noted, from, { type: 'unknown', call })
  const claimant = names.find((name) => noted.claims[name]?.call === call)
  if (claimant === undefined) return [noted, silence]
  return tell(withClaim(noted, claimant, null), claimant, { type: 'ended', call, reason })
}

export const hear = (server: Server, from: Name, said: Said): ServerStep => {
  if (said.type === 'invite') return invite(server, from, said)
  return said.type === 'rejoin' ? rejoin(server, from, said) : about(server, from, said)
}

/** It has rung long enough. */
export const ringOut = (server: Server): ServerStep => {
  const known = server.call
  if (known === null) return [server, silence]
  return settle(server, known, stepCall(known.state, { type: 'time-passed', now: 1 }))
}

/** Who claims a call and is alone in it has waited long enough. */
export const giveUpClaims = (server: Server): ServerStep => {
  const told: Record<Name, Told[]> = { a: [], b: [] }
  let now = server
  for (const name of names) {
    const claim = server.claims[name]
    if (claim === null) continue
    told[name].push({ type: 'ended', call: claim.call, reason: 'left' })
    now = withClaim(now, name, null)
  }
  return [now, told]
}

export const signIn = (server: Server, name: Name): ServerStep => {
  const members = { ...server.members, [name]: true }
  const other = otherThan(name)
  const told: readonly Told[] = server.members[other] ? [{ type: 'partner-joined' }] : []
  return [
    { ...server, members },
    { ...silence, [other]: told }
  ]
}

/** A client has been away for too long: for the server it is gone. */
export const expire = (server: Server, name: Name): ServerStep => {
  const gone: Server = { ...withClaim(server, name, null), members: { ...server.members, [name]: false } }
  const known = gone.call
  if (known === null) return [gone, silence]
  const by = known.caller === name ? 'caller' : 'callee'
  const [after, told] = settle(gone, known, stepCall(known.state, { type: 'left', by }))
  return [after, { ...told, [name]: [] }]
}
