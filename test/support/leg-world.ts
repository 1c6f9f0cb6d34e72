/**
 * One leg of a call to which anything may happen at any moment, as a world for the walker: nothing of
 * its party is shown without consent, and it ends once, with everything closed.
 */
import { unreachable } from '../../src/core/codec.ts'
import type { Leg, LegEffect, LegEvent, LegStep, Saying } from '../../src/core/leg.ts'
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
  { type: 'description', description: offer },
  { type: 'candidate', candidate },
  { type: 'ringing' },
  { type: 'prepare', description: answer },
  { type: 'accept', description: answer },
  { type: 'accept', description: null },
  { type: 'ended', reason: 'hung-up' },
  { type: 'crossed', description: offer },
  { type: 'invite' },
  { type: 'rejoined' },
  { type: 'refused' },
  { type: 'line-lost' },
  { type: 'line-back' },
  { type: 'signed-in-anew', present: true },
  { type: 'signed-in-anew', present: false },
  { type: 'partner-joined' },
  { type: 'description-made', description: answer },
  { type: 'candidate-gathered', candidate },
  { type: 'media-connected' },
  { type: 'media-interrupted' },
  { type: 'media-failed' },
  { type: 'media-gave-up' },
  { type: 'network-changed' },
  { type: 'ice-restart' },
  { type: 'deadline-passed', deadline: 'ice-restart' },
  { type: 'deadline-passed', deadline: 'media' },
  { type: 'deadline-passed', deadline: 'reunion' },
  { type: 'deadline-passed', deadline: 'end' },
  { type: 'deadline-passed', deadline: 'release' }
]

/** A leg, and what is known of it from its effects alone. */
interface Watched {
  readonly leg: Leg
  /** It calls, or has accepted. */
  readonly consented: boolean
  /** A callee that answers while it rings. */
  readonly prepares: boolean
  readonly open: boolean
  /** An invite has passed between the two. */
  readonly met: boolean
  /** What it says to the partner is kept. */
  readonly held: boolean
  /** Deadlines that are set. */
  readonly pending: readonly string[]
}

const hear = (before: Watched, { type }: Saying): Watched => {
  const { consented, prepares, open, met, held } = before
  const insist = (condition: boolean, what: string) => {
    if (!condition) throw new Violation(`says ${type} ${what}`)
  }
  switch (type) {
    case 'ringing':
    case 'decline':
    case 'rejoin':
      return before
    case 'invite':
      return { ...before, met: true }
    case 'prepare':
      insist(prepares && open, 'where nothing is prepared')
      return before
    case 'description':
    case 'candidate':
      insist((consented || prepares) && (met || held), 'before there is a call')
      return before
    case 'ice-restart':
      insist((consented || prepares) && open, 'without media')
      return before
    case 'accept':
      insist(consented && met, 'before there is a call')
      return before
    case 'hang-up':
      insist(consented, 'before there is a call')
      return before
    default:
      return unreachable(type)
  }
}

const watch = (before: Watched, effect: LegEffect): Watched => {
  const { consented, prepares, open } = before
  const insist = (condition: boolean, what: string) => {
    if (!condition) throw new Violation(`${effect.type} ${what}`)
  }
  switch (effect.type) {
    case 'say':
      return hear(before, effect.message)
    case 'hold-signals':
      return { ...before, held: true }
    case 'say-again':
      return { ...before, held: false }
    case 'open-media':
      insist(consented || prepares, 'before the callee accepts')
      insist(!open, 'twice')
      return { ...before, open: true }
    case 'attach-media':
    case 'release-candidates':
      insist(consented && open, 'before the callee accepts')
      return before
    case 'close-media':
      return { ...before, open: false }
    case 'apply':
    case 'restart-ice':
      insist(open, 'without media')
      return before
    case 'set-deadline': {
      const others = before.pending.filter((name) => name !== effect.deadline)
      return {
        ...before,
        pending: effect.afterMs === null ? others : [...others, effect.deadline].toSorted()
      }
    }
    default:
      return unreachable(effect)
  }
}

/** The line is lost, and an attempt to have it back has failed. */
const isNoNews = ({ leg }: Watched, { type }: LegEvent): boolean =>
  type === 'line-lost' && 'lost' in leg && leg.lost

const follow = (before: Watched, event: LegEvent, step: LegReducer): Watched => {
  const [leg, effects] = step(before.leg, event)
  if (isNoNews(before, event) && effects.length > 0)
    throw new Violation('waits anew for a line that is sought in vain')
  const consented = before.consented || (event.type === 'accepted' && before.leg.phase === 'ringing')
  const met = before.met || event.type === 'crossed'
  const passed = event.type === 'deadline-passed' ? event.deadline : null
  const pending = before.pending.filter((name) => name !== passed)
  const after = effects.reduce(watch, { ...before, leg, consented, met, pending })
  if ('answered' in leg && leg.limited && leg.answered && !after.pending.includes('release'))
    throw new Violation('candidates are held back for ever')
  return after
}

const startOf = ([leg, effects]: LegStep): Watched => {
  const caller = leg.role === 'caller'
  const prepares = effects.some(({ type }) => type === 'open-media')
  const start = { leg, consented: caller, prepares, open: false, met: !caller, held: false, pending: [] }
  return effects.reduce(watch, start)
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
