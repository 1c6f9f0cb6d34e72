/**
 * What the terminal client does by itself: whether to sign in again, whom to call and when it is done. A reducer: what
 * the person does, and what becomes of calls, comes in as events; it answers with what to do.
 */
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { type CallErrorCode, type EndReason, type Peer, type PeerId, unreachable } from './words.ts'

export interface PlanOptions {
  /** Whom to call as soon as there is a line, by name or by id. */
  readonly peer: string | null
  /** Signs in by itself, and again whenever the server is away; not for a person who has signed out. */
  readonly autoconnect: boolean
  /** Calls whoever came last, whenever there is somebody and no call. */
  readonly autocall: boolean
  /** There is a person, who decides what comes next: nothing ends by itself. */
  readonly attended: boolean
  /** Stays until whom to call is here. */
  readonly waits: boolean
  /** After so many calls it is done, and calls nobody any more by itself; `Infinity` for a client that stays. */
  readonly calls: number
}

export interface Plan extends PlanOptions {
  readonly phase: 'away' | 'signing-in' | 'here' | 'in-call' | 'done'
  /** How many attempts in a row have found no server. */
  readonly failures: number
  /** How many calls have ended. */
  readonly ended: number
  /** What the last of them has left behind. */
  readonly exitCode: number
}

export type PlanEvent =
  | { readonly type: 'started' }
  /** The person, or the time to wait, wants an attempt. */
  | { readonly type: 'login-wanted' }
  | { readonly type: 'login-failed'; readonly code: CallErrorCode }
  /** The line is there, or somebody has come or gone or become free. */
  | { readonly type: 'roster-changed'; readonly peers: readonly Peer[] }
  | { readonly type: 'call-begun' }
  | { readonly type: 'call-ended'; readonly reason: EndReason }
  /** `null`: it was closed from here. */
  | { readonly type: 'line-closed'; readonly code: CallErrorCode | null }
  | { readonly type: 'quit' }

export type PlanEffect =
  | { readonly type: 'log-in' }
  /** Tries again after this time, and says so. */
  | { readonly type: 'wait'; readonly ms: number; readonly attempt: number }
  | { readonly type: 'call'; readonly peer: PeerId }
  | { readonly type: 'say-nobody'; readonly name: string; readonly waits: boolean }
  | { readonly type: 'exit'; readonly code: number }

export type PlanStep = readonly [Plan, readonly PlanEffect[]]

const firstWaitMs = 1_000
const lastWaitMs = 30_000

export const newPlan = (options: PlanOptions): Plan => ({
  ...options,
  phase: 'away',
  failures: 0,
  ended: 0,
  exitCode: exitCodes.ok
})

const exit = (now: Plan, code: number): PlanStep => [{ ...now, phase: 'done' }, [{ type: 'exit', code }]]

const logIn = (now: Plan): PlanStep => [{ ...now, phase: 'signing-in' }, [{ type: 'log-in' }]]

const wait = (now: Plan): PlanStep => {
  const ms = Math.min(firstWaitMs * 2 ** now.failures, lastWaitMs)
  const failures = now.failures + 1
  return [{ ...now, phase: 'away', failures }, [{ type: 'wait', ms, attempt: failures + 1 }]]
}

/** Only a server that is not there may be there later; one that says no goes on saying it. */
const fail = (now: Plan, code: CallErrorCode): PlanStep => {
  if (code === 'unreachable' && now.autoconnect) return wait(now)
  if (now.attended) return [{ ...now, phase: 'away', failures: 0 }, []]
  return exit(now, code === 'unreachable' ? exitCodes.unreachable : exitCodes.refused)
}

/** Whom somebody means: an id before a name, for a name may be that of an id. */
export const named = (peers: readonly Peer[], name: string): Peer | undefined =>
  peers.find(({ id }) => id === name) ?? peers.find((peer) => peer.name === name)

const wanted = ({ peer, autocall, ended, calls }: Plan, peers: readonly Peer[]): Peer | undefined => {
  if (ended >= calls) return undefined
  if (peer !== null) return named(peers, peer)
  return autocall ? peers.findLast(({ busy }) => !busy) : undefined
}

const look = (now: Plan, peers: readonly Peer[]): PlanStep => {
  const isNew = now.phase !== 'here'
  const here: Plan = { ...now, phase: 'here', failures: 0 }
  const peer = wanted(now, peers)
  if (peer !== undefined) return [{ ...here, phase: 'in-call' }, [{ type: 'call', peer: peer.id }]]
  if (now.peer === null || !isNew || now.ended >= now.calls) return [here, []]
  const { waits } = now
  const say: PlanEffect = { type: 'say-nobody', name: now.peer, waits }
  if (waits) return [here, [say]]
  const [done, effects] = exit(now, exitCodes.nobody)
  return [done, [say, ...effects]]
}

const endCall = (now: Plan, reason: EndReason): PlanStep => {
  const ended = now.ended + 1
  const exitCode = exitCodeOf[reason]
  // A call may end later than the line that it came over.
  const phase = now.phase === 'in-call' ? 'here' : now.phase
  const next: Plan = { ...now, phase, ended, exitCode }
  return ended >= now.calls && !now.attended ? exit(next, exitCode) : [next, []]
}

const closeLine = (now: Plan, code: CallErrorCode | null): PlanStep => {
  if (code !== null) return fail(now, code)
  // Closed from here: a person who did that means it.
  if (now.attended) return [{ ...now, phase: 'away', failures: 0 }, []]
  return now.autoconnect ? logIn(now) : exit(now, now.exitCode)
}

/** Takes one event. Effects are done in their order. */
export const stepPlan = (now: Plan, event: PlanEvent): PlanStep => {
  if (now.phase === 'done') return [now, []]
  switch (event.type) {
    case 'started':
    case 'login-wanted':
      return now.phase === 'away' ? logIn(now) : [now, []]
    case 'login-failed':
      return fail(now, event.code)
    case 'roster-changed':
      return now.phase === 'in-call' ? [now, []] : look(now, event.peers)
    case 'call-begun':
      return [{ ...now, phase: 'in-call' }, []]
    case 'call-ended':
      return endCall(now, event.reason)
    case 'line-closed':
      return closeLine(now, event.code)
    case 'quit':
      return exit(now, now.exitCode)
    default:
      return unreachable(event)
  }
}
