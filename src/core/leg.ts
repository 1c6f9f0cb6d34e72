/**
 * One party's leg of a call: what it may do and say in which phase, and the one end that it comes to.
 * Whatever does not belong to the role and the phase changes nothing; above all, a callee's media is
 * not even opened before it accepts. How long a callee rings is the server's affair.
 */
import { unreachable } from './codec.ts'
import type { Candidate, Description, EndReason } from './signal.ts'

export type Role = 'caller' | 'callee'

/** What the partner said about media. */
type Heard =
  | { readonly type: 'description-received'; readonly description: Description }
  | { readonly type: 'candidate-received'; readonly candidate: Candidate }

type Calling = { readonly role: 'caller'; readonly phase: 'calling'; readonly invited: boolean }
type RingingOut = { readonly role: 'caller'; readonly phase: 'ringing' }
type RingingIn = {
  readonly role: 'callee'
  readonly phase: 'ringing'
  /** The offer, and what followed it. */
  readonly heard: readonly Heard[]
}
type Connecting = {
  readonly role: Role
  readonly phase: 'connecting'
  /** The accept has left, or has come. */
  readonly answered: boolean
}
type Connected = {
  readonly role: Role
  readonly phase: 'connected'
  /** Media has stopped, and is being brought back. */
  readonly interrupted: boolean
}
type LiveLeg = Calling | RingingOut | RingingIn | Connecting | Connected

export type Leg = LiveLeg | { readonly role: Role; readonly phase: 'ended'; readonly reason: EndReason }

/** `ice-restart`: media had time to come back by itself. `media`: it had time to come at all. */
export type Deadline = 'ice-restart' | 'media'

export type LegEvent =
  // What this party does.
  | { readonly type: 'accepted' | 'hung-up' }
  | { readonly type: 'declined'; readonly reason: 'declined' | 'busy' }
  // What the partner says, and the server about it.
  | Heard
  | { readonly type: 'ringing-received' }
  | { readonly type: 'accept-received'; readonly description: Description }
  | { readonly type: 'ended-received'; readonly reason: EndReason }
  /** The partner's own invite, which crossed ours and won. */
  | { readonly type: 'invite-received'; readonly description: Description }
  | { readonly type: 'refused' }
  // What becomes of the line to the server: it is lost, and the server it comes back to knows of no call.
  | { readonly type: 'line-lost' | 'forgotten' }
  // What this party's media does.
  | { readonly type: 'description-made'; readonly description: Description }
  | { readonly type: 'candidate-gathered'; readonly candidate: Candidate }
  | { readonly type: 'media-connected' | 'media-interrupted' | 'media-failed' | 'media-gave-up' }
  | { readonly type: 'deadline-passed'; readonly deadline: Deadline }

export type LegEffect =
  | { readonly type: 'send-ringing' }
  | {
      readonly type: 'send-invite' | 'send-accept' | 'send-description'
      readonly description: Description
    }
  | { readonly type: 'send-candidate'; readonly candidate: Candidate }
  | { readonly type: 'send-decline'; readonly reason: 'declined' | 'busy' | 'failed' }
  | { readonly type: 'send-hang-up'; readonly reason: 'hung-up' | 'failed' }
  /** Opens a connection for this role. */
  | { readonly type: 'open-media' }
  | { readonly type: 'close-media' }
  | { readonly type: 'apply-description'; readonly description: Description }
  | { readonly type: 'apply-candidate'; readonly candidate: Candidate }
  | { readonly type: 'restart-ice' }
  /** Replaces an earlier one of the same name. */
  | { readonly type: 'set-deadline'; readonly deadline: Deadline; readonly afterMs: number }
  | { readonly type: 'clear-deadline'; readonly deadline: Deadline }

export type LegStep = readonly [Leg, readonly LegEffect[]]

/** How long the first media may take, and, once it flowed, how long it may be gone. */
export const connectMs = 30_000
export const recoverMs = 15_000
/** Short interruptions heal by themselves. */
export const healMs = 2_000

/** How much of what a caller says is kept while it rings. */
export const maxHeard = 256

const noDeadlines: readonly LegEffect[] = [
  { type: 'clear-deadline', deadline: 'ice-restart' },
  { type: 'clear-deadline', deadline: 'media' }
]

/** Calls somebody: the invite leaves with the offer, as soon as that is made. */
export const placeCall = (): LegStep => [
  { role: 'caller', phase: 'calling', invited: false },
  [{ type: 'open-media' }]
]

/** Is called by somebody. */
export const receiveCall = (description: Description): LegStep => [
  { role: 'callee', phase: 'ringing', heard: [{ type: 'description-received', description }] },
  [{ type: 'send-ringing' }]
]

/** A callee whose accept has not left: it can still decline, and to the caller nothing has happened yet. */
const isUndecided = (now: LiveLeg): boolean =>
  now.role === 'callee' && (now.phase === 'ringing' || (now.phase === 'connecting' && !now.answered))

const end = ({ role }: LiveLeg, reason: EndReason, ...said: readonly LegEffect[]): LegStep => [
  { role, phase: 'ended', reason },
  [...said, { type: 'close-media' }, ...noDeadlines]
]

const fail = (now: LiveLeg): LegStep => {
  if (now.phase === 'calling' && !now.invited) return end(now, 'failed')
  return isUndecided(now)
    ? end(now, 'failed', { type: 'send-decline', reason: 'failed' })
    : end(now, 'failed', { type: 'send-hang-up', reason: 'failed' })
}

const hangUp = (now: LiveLeg): LegStep => {
  if (now.phase === 'calling' && !now.invited) return end(now, 'cancelled')
  if (isUndecided(now)) return end(now, 'declined', { type: 'send-decline', reason: 'declined' })
  const reason = now.phase === 'calling' || now.phase === 'ringing' ? 'cancelled' : 'hung-up'
  return end(now, reason, { type: 'send-hang-up', reason: 'hung-up' })
}

/** What ends a call in any phase; anything else does not belong there and changes nothing. */
const endOn = (now: LiveLeg, event: LegEvent): LegStep => {
  switch (event.type) {
    case 'hung-up':
      return hangUp(now)
    case 'ended-received':
      return end(now, event.reason)
    case 'refused':
      return end(now, 'failed')
    case 'media-gave-up':
      return fail(now)
    case 'line-lost':
      // The server ends the call for the partner. What is connected flows on as long as it can.
      return now.phase === 'connected' ? [now, []] : end(now, 'left')
    case 'forgotten':
      return end(now, 'left')
    default:
      return [now, []]
  }
}

const applied = (heard: Heard): LegEffect =>
  heard.type === 'description-received'
    ? { type: 'apply-description', description: heard.description }
    : { type: 'apply-candidate', candidate: heard.candidate }

const connectWith = (role: Role, ...effects: readonly LegEffect[]): LegStep => [
  { role, phase: 'connecting', answered: role === 'caller' },
  [...effects, { type: 'set-deadline', deadline: 'media', afterMs: connectMs }]
]

/** Both have called each other: our own attempt is over, and theirs needs no ringing. */
const cross = (description: Description): LegStep =>
  connectWith(
    'callee',
    { type: 'close-media' },
    { type: 'open-media' },
    { type: 'apply-description', description }
  )

const whileCalling = (now: Calling, event: LegEvent): LegStep => {
  if (now.invited) return whileInvited(now, event)
  switch (event.type) {
    case 'description-made':
      return [{ ...now, invited: true }, [{ type: 'send-invite', description: event.description }]]
    case 'invite-received':
      return cross(event.description)
    default:
      return endOn(now, event)
  }
}

const whileInvited = (now: Calling | RingingOut, event: LegEvent): LegStep => {
  switch (event.type) {
    case 'candidate-gathered':
      return [now, [{ type: 'send-candidate', candidate: event.candidate }]]
    case 'candidate-received':
      return [now, [applied(event)]]
    case 'ringing-received':
      return [{ role: 'caller', phase: 'ringing' }, []]
    case 'accept-received':
      return connectWith('caller', { type: 'apply-description', description: event.description })
    case 'invite-received':
      return cross(event.description)
    default:
      return endOn(now, event)
  }
}

const whileRung = (now: RingingIn, event: LegEvent): LegStep => {
  switch (event.type) {
    case 'accepted':
      return connectWith('callee', { type: 'open-media' }, ...now.heard.map(applied))
    case 'declined':
      return end(now, event.reason, { type: 'send-decline', reason: event.reason })
    case 'description-received':
    case 'candidate-received':
      return now.heard.length < maxHeard ? [{ ...now, heard: [...now.heard, event] }, []] : fail(now)
    default:
      return endOn(now, event)
  }
}

/** What the two say to each other once the call is accepted. */
const whileAccepted = (now: Connecting | Connected, event: LegEvent): LegStep => {
  switch (event.type) {
    case 'description-made':
      return now.phase === 'connecting' && !now.answered
        ? [{ ...now, answered: true }, [{ type: 'send-accept', description: event.description }]]
        : [now, [{ type: 'send-description', description: event.description }]]
    case 'candidate-gathered':
      return [now, [{ type: 'send-candidate', candidate: event.candidate }]]
    case 'description-received':
    case 'candidate-received':
      return [now, [applied(event)]]
    case 'media-connected':
      return [{ role: now.role, phase: 'connected', interrupted: false }, noDeadlines]
    case 'media-interrupted':
      return interrupt(now, { type: 'set-deadline', deadline: 'ice-restart', afterMs: healMs })
    case 'media-failed':
      return interrupt(now, { type: 'clear-deadline', deadline: 'ice-restart' }, { type: 'restart-ice' })
    case 'deadline-passed':
      return event.deadline === 'media' ? fail(now) : [now, [{ type: 'restart-ice' }]]
    default:
      return endOn(now, event)
  }
}

/** The time to recover counts from the first sign of trouble. */
const interrupt = (now: Connecting | Connected, ...effects: readonly LegEffect[]): LegStep =>
  now.phase === 'connecting' || now.interrupted
    ? [now, effects]
    : [
        { ...now, interrupted: true },
        [...effects, { type: 'set-deadline', deadline: 'media', afterMs: recoverMs }]
      ]

/** Takes one event. The runner performs the effects in order. */
export const stepLeg = (now: Leg, event: LegEvent): LegStep => {
  switch (now.phase) {
    case 'calling':
      return whileCalling(now, event)
    case 'ringing':
      return now.role === 'caller' ? whileInvited(now, event) : whileRung(now, event)
    case 'connecting':
    case 'connected':
      return whileAccepted(now, event)
    case 'ended':
      return [now, []]
    default:
      return unreachable(now)
  }
}
