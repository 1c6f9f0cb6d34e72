/** A leg once the call is accepted: media comes, stops and comes back, with a line or without. */
import {
  type Accepted,
  type Deadline,
  type LegEffect,
  type LegEvent,
  type LegStep,
  apply,
  awayMs,
  canSay,
  clear,
  connectMs,
  endOn,
  fail,
  healMs,
  noMediaDeadlines,
  partingMs,
  recoverMs,
  releaseMs,
  restartIce,
  say,
  set
} from './leg-state.ts'
import type { Description } from './signal.ts'

const describe = (now: Accepted, description: Description): LegStep =>
  now.answered
    ? [now, [say({ type: 'description', description })]]
    : [
        { ...now, answered: true },
        [say({ type: 'accept', description }), ...(now.limited ? [set('release', releaseMs)] : [])]
      ]

const isAwaited = ({ phase, interrupted }: Accepted): boolean => phase === 'connecting' || interrupted

/** How long media may take from now on. */
const mediaInTime = (now: Accepted): readonly LegEffect[] => {
  if (!isAwaited(now)) return []
  const inTime = now.interrupted ? recoverMs : connectMs
  return [set('media', canSay(now) ? inTime : awayMs)]
}

/** An offer to start over needs a way to the partner; without one it has to wait. */
const restart = (now: Accepted, ...effects: readonly LegEffect[]): LegStep =>
  canSay(now)
    ? [{ ...now, restartDue: false }, [...effects, clear('ice-restart'), restartIce(now)]]
    : [{ ...now, restartDue: true }, [...effects, clear('ice-restart')]]

/** The time to recover counts from the first sign of trouble. Media may come back by itself until ICE starts over. */
const interrupt = (now: Accepted, restartMs: number): LegStep => {
  const interrupted = { ...now, interrupted: now.phase === 'connected' }
  const inTime = isAwaited(now) ? [] : mediaInTime(interrupted)
  return [interrupted, [...inTime, set('ice-restart', restartMs)]]
}

/**
 * ICE that starts over while it has found nothing yet may lose what both sides were about to agree on. So a
 * connection that was prepared first comes about as it is, and then looks for a better path.
 */
const release = (now: Accepted, ...effects: readonly LegEffect[]): LegStep =>
  now.limited && now.answered
    ? restart({ ...now, limited: false }, ...effects, clear('release'), { type: 'release-candidates' })
    : [now, effects]

const pass = (now: Accepted, deadline: Deadline): LegStep => {
  switch (deadline) {
    case 'media':
      return fail(now)
    case 'ice-restart':
      return restart(now)
    case 'release':
      return release(now)
    default:
      return [now, []]
  }
}

export const whileAccepted = (now: Accepted, event: LegEvent): LegStep => {
  switch (event.type) {
    case 'description-made':
      return describe(now, event.description)
    case 'candidate-gathered':
      return [now, [say({ type: 'candidate', candidate: event.candidate })]]
    case 'description':
    case 'candidate':
      return [now, [apply(event)]]
    case 'media-connected':
      return release({ ...now, phase: 'connected', interrupted: false }, ...noMediaDeadlines)
    case 'media-interrupted':
      return interrupt(now, healMs)
    case 'media-failed':
      if (now.interrupted) return restart(now)
      // Whoever closes a connection without a warning has most likely ended the call.
      return interrupt(now, now.phase === 'connecting' ? healMs : partingMs)
    case 'network-changed':
      return restart(now)
    case 'ice-restart':
      return now.role === 'caller' ? restart(now) : [now, []]
    case 'deadline-passed':
      return pass(now, event.deadline)
    default:
      return followLine(now, event)
  }
}

/** Nothing ends with the line; what it kept from being repaired is repaired when it is back. */
const followLine = (now: Accepted, event: LegEvent): LegStep => {
  switch (event.type) {
    case 'line-lost': {
      const lost = { ...now, lost: true }
      return [lost, mediaInTime(lost)]
    }
    case 'line-back':
      return now.forgotten ? claim({ ...now, lost: false }) : repair({ ...now, lost: false })
    case 'signed-in-anew':
      return claim({ ...now, lost: false, forgotten: true }, { type: 'hold-signals' })
    case 'rejoined':
      return now.forgotten ? meetAgain(now, { type: 'say-again', all: false }) : [now, []]
    case 'invite':
      return meetAgain(now, { type: 'say-again', all: true })
    default:
      return endOn(now, event)
  }
}

const claim = (now: Accepted, ...effects: readonly LegEffect[]): LegStep => [
  now,
  [...effects, say({ type: 'rejoin', role: now.role }), ...mediaInTime(now)]
]

const meetAgain = (now: Accepted, effect: LegEffect): LegStep =>
  repair({ ...now, lost: false, forgotten: false }, effect)

const repair = (now: Accepted, ...effects: readonly LegEffect[]): LegStep => {
  const said = [...effects, ...mediaInTime(now)]
  return now.interrupted || now.restartDue ? restart(now, ...said) : [now, said]
}
