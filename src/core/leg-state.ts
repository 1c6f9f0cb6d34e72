/** What a leg of a call is, what it takes and wants, and how it ends; leg.ts says what it is for. */
import type { Received } from './negotiation.ts'
import type { Candidate, Description, EndReason, Side } from './signal.ts'

/** How this party stands with the server. */
interface Reach {
  /** The partner speaks the native protocol. Of two such it is the caller that starts ICE over. */
  readonly native: boolean
  /** There is no line now. */
  readonly lost: boolean
  /** The server that is there now does not know of the call. */
  readonly forgotten: boolean
}
/** Before the accept. */
interface Unaccepted extends Reach {
  /** The answer was prepared, and media could flow. */
  readonly flowing: boolean
}
export interface Inviting extends Unaccepted {
  readonly role: 'caller'
  readonly phase: 'calling' | 'ringing'
  /** `null` until it is made; then the invite leaves with it. */
  readonly offer: Description | null
  readonly prepared: boolean
}
export interface Rung extends Unaccepted {
  readonly role: 'callee'
  readonly phase: 'ringing'
  /** The offer and what followed it, where nothing is prepared. */
  readonly heard: readonly Received[]
  readonly preparing: 'no' | 'under-way' | 'done'
  /** None but relayed candidates leave. */
  readonly limited: boolean
}
export interface Accepted extends Reach {
  readonly role: Side
  readonly phase: 'connecting' | 'connected'
  /** The accept has left, or has come. */
  readonly answered: boolean
  /** None but relayed candidates have left so far. */
  readonly limited: boolean
  /** Media has stopped, and is being brought back. */
  readonly interrupted: boolean
  /** ICE has to start over once that can be said. */
  readonly restartDue: boolean
}
export type LiveLeg = Inviting | Rung | Accepted

export type Leg =
  | LiveLeg
  /** Said, and not confirmed yet; the reason is a guess. */
  | { readonly role: Side; readonly phase: 'ending'; readonly reason: EndReason }
  | { readonly role: Side; readonly phase: 'ended'; readonly reason: EndReason }

/**
 * `ice-restart`: media had time to come back by itself. `media`: it had time to come at all. `reunion`: so had
 * the server, or the partner there. `end`: the server had time to say why the call has ended. `release`: a
 * connection that was prepared had time to be made.
 */
export type Deadline = 'ice-restart' | 'media' | 'reunion' | 'end' | 'release'

export type LegEvent =
  // What this party does.
  | { readonly type: 'accepted' | 'hung-up' }
  | { readonly type: 'declined'; readonly reason: 'declined' | 'busy' }
  // What the partner says, and the server about it, as it is worded there.
  | Received
  | { readonly type: 'ringing' | 'rejoined' }
  /** The callee asks for a new start of ICE. */
  | { readonly type: 'ice-restart' }
  | { readonly type: 'prepare'; readonly description: Description }
  /** Without a description it was prepared. */
  | { readonly type: 'accept'; readonly description: Description | null }
  | { readonly type: 'ended'; readonly reason: EndReason }
  /** To this very call, again: the server had forgotten it. */
  | { readonly type: 'invite' }
  | { readonly type: 'refused' }
  /** The partner's own invite, which crossed ours and won. */
  | { readonly type: 'crossed'; readonly description: Description }
  // What becomes of the line to the server.
  | { readonly type: 'line-lost' | 'line-back' }
  /** It is back, and nothing of what was is known there. `present`: the partner is in the lobby. */
  | { readonly type: 'signed-in-anew'; readonly present: boolean }
  | { readonly type: 'partner-joined' }
  // What this party's media does, and the network under it.
  | { readonly type: 'description-made'; readonly description: Description }
  | { readonly type: 'candidate-gathered'; readonly candidate: Candidate }
  | { readonly type: 'media-connected' | 'media-interrupted' | 'media-failed' | 'media-gave-up' }
  | { readonly type: 'network-changed' }
  | { readonly type: 'deadline-passed'; readonly deadline: Deadline }

/** What this party says in the call, in the words of the vocabulary. */
export type Saying =
  | Received
  | { readonly type: 'ringing' }
  /** Asks the caller to start ICE over, which this party will then find itself ready for. */
  | { readonly type: 'ice-restart' }
  | { readonly type: 'invite'; readonly description: Description }
  | { readonly type: 'prepare'; readonly description: Description }
  | { readonly type: 'accept'; readonly description: Description | null }
  | { readonly type: 'rejoin'; readonly role: Side }
  | { readonly type: 'decline'; readonly reason: 'declined' | 'busy' | 'failed' }
  | { readonly type: 'hang-up'; readonly reason: 'hung-up' | 'failed' }

export type LegEffect =
  | { readonly type: 'say'; readonly message: Saying }
  /** Keeps what is said to the partner, from now on. */
  | { readonly type: 'hold-signals' }
  /**
   * Says again, in order, what the partner has not received, and what was held. `all`: to a server that is to
   * learn first what was prepared, whether or not the partner has received that.
   */
  | { readonly type: 'say-again'; readonly all: boolean }
  /** Opens a connection for this role. */
  | { readonly type: 'open-media' }
  /** Sends the party's own tracks over a connection that was prepared without. */
  | { readonly type: 'attach-media' }
  /** From the next start of ICE on, lets candidates of every kind leave, not only relayed ones. */
  | { readonly type: 'release-candidates' }
  | { readonly type: 'close-media' }
  /** Gives the connection what the partner said. */
  | { readonly type: 'apply'; readonly heard: Received }
  | { readonly type: 'restart-ice' }
  /** In place of an earlier one of the same name; `null` for none. */
  | { readonly type: 'set-deadline'; readonly deadline: Deadline; readonly afterMs: number | null }

export type LegStep = readonly [Leg, readonly LegEffect[]]

/** How long the first media may take, and, once it flowed, how long it may be gone. */
export const connectMs = 30_000
export const recoverMs = 15_000
/** Short interruptions heal by themselves; so does a failure before the last candidates of both sides have come. */
export const healMs = 2_000
/** How much later than the closing of the partner's connection the word may come that the call has ended. */
export const partingMs = 1_000
/** Without a line nothing can be repaired: longer than a server keeps a session, by the time to recover. */
export const awayMs = 60_000 + recoverMs
/** How long a callee waits to be invited again, and a caller for the callee to be back. */
export const invitedAgainMs = 20_000
export const partnerBackMs = 45_000
/** How long the server may take to say why a call has ended. */
export const endMs = 1_000
/** How long the relay may take to carry media, before all paths are tried. */
export const releaseMs = 1_000

/** How much of what a caller says is kept while it rings. */
export const maxHeard = 256

export const say = (message: Saying): LegEffect => ({ type: 'say', message })
export const apply = (heard: Received): LegEffect => ({ type: 'apply', heard })
export const set = (deadline: Deadline, afterMs: number | null): LegEffect => ({
  type: 'set-deadline',
  deadline,
  afterMs
})
export const clear = (deadline: Deadline): LegEffect => set(deadline, null)
export const noMediaDeadlines: readonly LegEffect[] = [clear('ice-restart'), clear('media')]
const noDeadlines: readonly LegEffect[] = [...noMediaDeadlines, clear('reunion'), clear('release')]

export const canSay = ({ lost, forgotten }: Reach): boolean => !lost && !forgotten

/** A callee whose accept has not left: it can still decline, and to the caller nothing has happened yet. */
const isUndecided = (now: LiveLeg): boolean =>
  now.role === 'callee' && (now.phase === 'ringing' || (now.phase === 'connecting' && !now.answered))

const isUninvited = (now: LiveLeg): boolean => 'offer' in now && now.offer === null

const end = ({ role }: Leg, reason: EndReason, ...said: readonly LegEffect[]): LegStep => [
  { role, phase: 'ended', reason },
  [...said, { type: 'close-media' }, ...noDeadlines]
]

/** Where the server can be asked, it says what the reason was, for another end may have come first. */
const leave = (now: LiveLeg, reason: EndReason, said: LegEffect): LegStep => {
  if (!canSay(now)) return end(now, reason, said)
  const { role } = now
  return [
    { role, phase: 'ending', reason },
    [said, { type: 'close-media' }, ...noDeadlines, set('end', endMs)]
  ]
}

/** Says that there is no call any more. */
const farewell = (now: LiveLeg, reason: 'hung-up' | 'failed'): LegEffect =>
  say(
    isUndecided(now)
      ? { type: 'decline', reason: reason === 'failed' ? reason : 'declined' }
      : { type: 'hang-up', reason }
  )

export const fail = (now: LiveLeg): LegStep =>
  isUninvited(now) ? end(now, 'failed') : leave(now, 'failed', farewell(now, 'failed'))

export const decline = (now: LiveLeg, reason: 'declined' | 'busy'): LegStep =>
  leave(now, reason, say({ type: 'decline', reason }))

const hangUp = (now: LiveLeg): LegStep => {
  if (isUninvited(now)) return end(now, 'cancelled')
  const reason = isUndecided(now) ? 'declined' : 'offer' in now ? 'cancelled' : 'hung-up'
  return leave(now, reason, farewell(now, 'hung-up'))
}

/** What ends a call in any phase; anything else does not belong there and changes nothing. */
export const endOn = (now: LiveLeg, event: LegEvent): LegStep => {
  switch (event.type) {
    case 'hung-up':
      return hangUp(now)
    case 'ended':
      return end(now, event.reason)
    case 'refused':
      return end(now, now.forgotten ? 'left' : 'failed')
    case 'media-gave-up':
      return fail(now)
    case 'deadline-passed':
      // Should the server be back after all.
      return event.deadline === 'reunion'
        ? end(now, 'left', ...(isUninvited(now) ? [] : [farewell(now, 'failed')]))
        : [now, []]
    default:
      return [now, []]
  }
}

/**
 * Whoever offers to start ICE over takes the controlling role in Chromium and leaves it where it was in Firefox;
 * the two then lose one direction every third time. The caller has that role from the beginning.
 */
export const restartIce = ({ role, native }: LiveLeg): LegEffect =>
  role === 'callee' && native ? say({ type: 'ice-restart' }) : { type: 'restart-ice' }

/** The call is accepted, at this end or the other. */
export const connect = (
  now: Inviting | Rung,
  how: Pick<Accepted, 'role' | 'answered' | 'limited'>,
  ...effects: readonly LegEffect[]
): LegStep => {
  const { native, lost, forgotten, flowing } = now
  const claim: readonly LegEffect[] = forgotten && !lost ? [say({ type: 'rejoin', role: how.role })] : []
  const phase = flowing ? 'connected' : 'connecting'
  const inTime = flowing ? [] : [set('media', canSay(now) ? connectMs : awayMs)]
  return [
    { ...how, phase, native, lost, forgotten, interrupted: false, restartDue: false },
    [...effects, ...claim, clear('reunion'), ...inTime]
  ]
}
