/** Legs in their phases, and the effects that come again and again, for tables of transitions. */
import {
  type Accepted,
  type Deadline,
  type Inviting,
  type Leg,
  type LegEffect,
  type LegEvent,
  type Rung,
  type Saying,
  connectMs,
  endMs
} from '../../src/core/leg-state.ts'
import type { Received } from '../../src/core/negotiation.ts'
import type { EndReason } from '../../src/core/signal.ts'
import { offer } from './leg-world.ts'

const there = { native: true, lost: false, forgotten: false }
export const calling: Inviting = {
  role: 'caller',
  phase: 'calling',
  offer: null,
  prepared: false,
  flowing: false,
  ...there
}
export const invited: Inviting = { ...calling, offer }
export const ringing: Inviting = { ...invited, phase: 'ringing' }
export const awaited: Inviting = { ...ringing, prepared: true }
export const rung: Rung = {
  role: 'callee',
  phase: 'ringing',
  heard: [{ type: 'description', description: offer }],
  preparing: 'no',
  limited: false,
  flowing: false,
  ...there
}
export const preparing: Rung = { ...rung, heard: [], preparing: 'under-way', limited: true }
export const prepared: Rung = { ...preparing, preparing: 'done' }
export const connecting: Accepted = {
  role: 'caller',
  phase: 'connecting',
  answered: true,
  limited: false,
  interrupted: false,
  restartDue: false,
  ...there
}
export const unanswered: Accepted = { ...connecting, role: 'callee', answered: false }
export const connected: Accepted = { ...connecting, role: 'callee', phase: 'connected' }
export const interrupted: Accepted = { ...connected, interrupted: true }
export const ended = (role: Leg['role'], reason: EndReason): Leg => ({ role, phase: 'ended', reason })
export const ending = (role: Leg['role'], reason: EndReason): Leg => ({ role, phase: 'ending', reason })

export const say = (message: Saying): LegEffect => ({ type: 'say', message })
export const apply = (heard: Received): LegEffect => ({ type: 'apply', heard })
export const set = (deadline: Deadline, afterMs: number): LegEffect => ({
  type: 'set-deadline',
  deadline,
  afterMs
})
export const clear = (deadline: Deadline): LegEffect => ({ type: 'set-deadline', deadline, afterMs: null })
export const mediaCleared = [clear('ice-restart'), clear('media')]
export const closed: readonly LegEffect[] = [
  { type: 'close-media' },
  ...mediaCleared,
  clear('reunion'),
  clear('release')
]
export const leaving = [...closed, set('end', endMs)]
export const connectInTime = [clear('reunion'), set('media', connectMs)]
/** By the caller, and by a callee, which has it done by the caller. */
export const restarted: readonly LegEffect[] = [clear('ice-restart'), { type: 'restart-ice' }]
export const askedToRestart: readonly LegEffect[] = [clear('ice-restart'), say({ type: 'ice-restart' })]

/** What it is called, what it was, what happens, what it is then, and what it wants done. */
export type Row = readonly [string, Leg, LegEvent, Leg, readonly LegEffect[]]
