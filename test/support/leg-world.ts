/**
 * One leg of a call to which anything may happen at any moment, as a world for the walker: nothing of
 * its party is shown without consent, and it ends once, with everything closed.
 */
import { unreachable } from '../../src/core/codec.ts'
import type { Leg, LegEffect, LegEvent, LegStep } from '../../src/core/leg.ts'
import { type Candidate, type Description, bodyOf } from '../../src/core/signal.ts'
import { Violation, type World } from './interleavings.ts'

export type LegReducer = (now: Leg, event: LegEvent) => LegStep

export const offer: Description = { type: 'offer', sdp: bodyOf('an offer') }
export const answer: Description = { type: 'answer', sdp: bodyOf('an answer') }
export const candidate: Candidate = {
  candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host',
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment: 'abcd'
}

const everyEvent: LegEvent[] = [
  { type: 'accepted' },
  { type: 'declined', reason: 'declined' },
  { type: 'hung-up' },
  { type: 'description-received', description: offer },
  { type: 'candidate-received', candidate },
  { type: 'ringing-received' },
  { type: 'accept-received', description: answer },
  { type: 'ended-received', reason: 'hung-up' },
  { type: 'invite-received', description: offer },
  { type: 'refused' },
  { type: 'line-lost' },
  { type: 'forgotten' },
  { type: 'description-made', description: answer },
  { type: 'candidate-gathered', candidate },
  { type: 'media-connected' },
  { type: 'media-interrupted' },
  { type: 'media-failed' },
  { type: 'media-gave-up' },
  { type: 'deadline-passed', deadline: 'ice-restart' },
  { type: 'deadline-passed', deadline: 'media' }
]

/** A leg, and what is known of it from its effects alone. */
interface Watched {
  readonly leg: Leg
  /** It calls, or has accepted. */
  readonly consented: boolean
  readonly open: boolean
  /** An invite has passed between the two. */
  readonly met: boolean
  /** Deadlines that are set. */
  readonly pending: readonly string[]
}

const watch = (before: Watched, effect: LegEffect): Watched => {
  const { consented, open, met } = before
  const insist = (condition: boolean, what: string) => {
    if (!condition) throw new Violation(`${effect.type} ${what}`)
  }
  switch (effect.type) {
    case 'send-ringing':
    case 'send-decline':
      return before
    case 'open-media':
      insist(consented, 'before the callee accepts')
      insist(!open, 'twice')
      return { ...before, open: true }
    case 'close-media':
      return { ...before, open: false }
    case 'send-invite':
      insist(!met, 'twice')
      return { ...before, met: true }
    case 'send-accept':
    case 'send-description':
    case 'send-candidate':
    case 'send-hang-up':
      insist(consented && met, 'before there is a call')
      return before
    case 'apply-description':
    case 'apply-candidate':
    case 'restart-ice':
      insist(open, 'without media')
      return before
    case 'set-deadline':
      return { ...before, pending: [...new Set([...before.pending, effect.deadline])] }
    case 'clear-deadline':
      return { ...before, pending: before.pending.filter((name) => name !== effect.deadline) }
    default:
      return unreachable(effect)
  }
}

const follow = (before: Watched, event: LegEvent, step: LegReducer): Watched => {
  const [leg, effects] = step(before.leg, event)
  const consented = before.consented || (event.type === 'accepted' && before.leg.phase === 'ringing')
  const met = before.met || event.type === 'invite-received'
  return effects.reduce(watch, { ...before, leg, consented, met })
}

const startOf = ([leg, effects]: LegStep): Watched => {
  const caller = leg.role === 'caller'
  return effects.reduce(watch, { leg, consented: caller, open: false, met: !caller, pending: [] })
}

/** Every event at every moment, in every order, whether it belongs there or not. */
export const legWorld = (start: LegStep, step: LegReducer): World<Watched> => ({
  start: startOf(start),
  moves: (state) =>
    state.leg.phase === 'ended' || ('heard' in state.leg && state.leg.heard.length > 2)
      ? []
      : everyEvent.map((event) => ({ name: event.type, next: () => follow(state, event, step) })),
  checkEnd({ leg, open, pending }) {
    if (leg.phase !== 'ended') return
    if (open) throw new Violation('the end leaves media open')
    if (pending.length > 0) throw new Violation(`the end leaves a deadline: ${pending.join(', ')}`)
    for (const event of everyEvent) {
      const [after, effects] = step(leg, event)
      if (after !== leg || effects.length > 0) throw new Violation(`${event.type} after the end`)
    }
  },
  key: (state) => JSON.stringify(state)
})
