/**
 * Two clients that call each other, again and again, as a reducer: they sign in, one calls and the other answers, they
 * talk, hang up, pause and begin anew. Whatever goes wrong ends the call it concerns, and a client that is lost comes
 * back by itself. Each call that is begun is finished once, whatever happens.
 */
import { unreachable } from '../../core/codec.ts'
import {
  type CallPlan,
  type Pair,
  type PairEvent,
  type PairStep,
  type Talk,
  clear,
  finish,
  giveUp,
  hangUp,
  leave,
  newPair,
  note,
  ready,
  say,
  seated,
  set,
  sides
} from './pair-state.ts'
import { type CallId, type News, type Side } from './words.ts'

/** How long a call may take from its begin until it is answered. */
const setUpMs = 30_000
/** Between attempts to sign in: doubled each time, up to the second. */
const firstRetryMs = 500
const lastRetryMs = 8_000

const retryOf = { caller: 'retry-caller', callee: 'retry-callee' } as const

// Coming and going

const settle = (now: Pair, side: Side): PairStep =>
  now.settled[side]
    ? [now, []]
    : [{ ...now, settled: { ...now.settled, [side]: true } }, [note({ type: 'settled' })]]

const welcome = (now: Pair, { side, id, tookMs }: Extract<PairEvent, { type: 'welcomed' }>): PairStep => {
  if (now.seats[side].step !== 'coming') return [now, []]
  const [known, settled] = settle(now, side)
  return ready(
    seated(known, side, { step: 'in', id }),
    note({ type: 'signed-in' }),
    ...settled,
    note({ type: 'measured', measure: 'sign-in', ms: tookMs })
  )
}

/** What it means for a call that one of the two is gone. */
const bereave = (now: Pair, side: Side): PairStep => {
  const { talk } = now
  switch (talk.phase) {
    case 'calling':
    case 'talking':
      return giveUp(now, talk.call, ['failed', 'lost'])
    case 'ending':
      // Who has hung up need not hear of the end.
      return side === talk.call.hangsUp ? [now, []] : finish(now, ['failed', 'lost'])
    case 'free':
      return [{ ...now, talk: { phase: 'idle' } }, [{ type: 'taken' }]]
    default:
      return [now, []]
  }
}

const lose = (now: Pair, { side, fault }: Extract<PairEvent, { type: 'gone' }>): PairStep => {
  const seat = now.seats[side]
  if (seat.step !== 'in' && seat.step !== 'coming') return [now, []]
  const failures = seat.step === 'in' ? 0 : seat.failures + 1
  const afterMs = Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(failures, 10))
  const [known, settled] = settle(now, side)
  const noted = [note({ type: seat.step === 'in' ? 'lost' : 'kept-out', fault }), ...settled]
  const [next, effects] = bereave(
    seated(known, side, now.stopping ? { step: 'out' } : { step: 'waiting', failures }),
    side
  )
  if (now.stopping) return [next, [...noted, ...effects]]
  const retry = { type: 'set-timer', timer: retryOf[side], afterMs, spread: true } as const
  return [next, [...noted, ...effects, retry]]
}

const comeBack = (now: Pair, side: Side, dueAt: number): PairStep => {
  const seat = now.seats[side]
  if (seat.step !== 'waiting') return [now, []]
  return [seated(now, side, { ...seat, step: 'coming' }), [{ type: 'open', side, dueAt }]]
}

// Calls

const place = (now: Pair, plan: CallPlan, at: number): PairStep => {
  const { caller, callee } = now.seats
  const begun = [
    note({ type: 'call-begun' }),
    note({ type: 'measured', measure: 'wait', ms: at - plan.dueAt })
  ]
  if (now.talk.phase !== 'free' || caller.step !== 'in' || callee.step !== 'in') {
    // It was lost when the call was on its way here.
    return [now, [...begun, note({ type: 'call-finished', outcome: 'failed', end: 'lost' })]]
  }
  const call = { ...plan, parties: { caller: caller.id, callee: callee.id } }
  const calling: Pair = { ...now, talk: { phase: 'calling', call } }
  return [calling, [...begun, set('limit', setUpMs), ...say(calling, 'caller', ['invite', call])]]
}

type Heard = Extract<PairEvent, { type: 'heard' }>

/** Whether a message is about this call, as far as its wire can tell. */
const isOf = (call: CallId | null, { id }: CallPlan): boolean => call === null || call === id

const beRung = (now: Pair, side: Side, { call, from }: Extract<News, { type: 'rung' }>): PairStep => {
  const { talk } = now
  const isDue = talk.phase === 'calling' && side === 'callee' && from === talk.call.parties.caller
  if (isDue && isOf(call, talk.call)) return [now, say(now, side, ['answer', talk.call])]
  // A stranger, or a call that was given up.
  return [now, [{ type: 'say', side, said: { type: 'decline', call, to: from } }]]
}

const beAccepted = (now: Pair, { call }: Talk & { phase: 'calling' }, at: number): PairStep => [
  { ...now, talk: { phase: 'talking', call, probe: 'due' } },
  [
    note({ type: 'call-answered' }),
    note({ type: 'measured', measure: 'accept', ms: at - call.dueAt }),
    ...clear('limit'),
    set('pace', call.talkMs / 2)
  ]
]

const hearEnd = (
  now: Pair,
  { call, reason }: Extract<News, { type: 'ended' }>,
  { side, now: at }: Heard
): PairStep => {
  const { talk } = now
  switch (talk.phase) {
    case 'calling':
      return isOf(call, talk.call) ? finish(now, ['failed', reason ?? 'declined']) : [now, []]
    case 'talking':
      return isOf(call, talk.call) ? finish(now, ['failed', reason ?? 'hung-up']) : [now, []]
    case 'ending': {
      if (!isOf(call, talk.call) || side === talk.call.hangsUp) return [now, []]
      // All that was said came before, or was lost.
      if (typeof talk.probe === 'number') return finish(now, ['failed', 'unheard'])
      const end = reason ?? 'hung-up'
      const [next, effects] = finish(now, [end === 'hung-up' ? 'well' : 'failed', end])
      return [next, [note({ type: 'measured', measure: 'ended', ms: at - talk.hungUpAt }), ...effects]]
    }
    default:
      return [now, []]
  }
}

const hearRelayed = (now: Pair, side: Side, at: number): PairStep => {
  const { talk } = now
  if (talk.phase !== 'talking' && talk.phase !== 'ending') return [now, []]
  if (side === talk.call.hangsUp || typeof talk.probe !== 'number') return [now, []]
  const measured = note({ type: 'measured', measure: 'relay', ms: at - talk.probe })
  return [{ ...now, talk: { ...talk, probe: 'heard' } }, [measured]]
}

const hearRefusal = (now: Pair, { call, code }: Extract<News, { type: 'refused' }>): PairStep => {
  const { talk } = now
  const refused = note({ type: 'refused', code })
  const isOn = talk.phase === 'calling' || talk.phase === 'talking'
  // What is said in a call may cross its end.
  if (!isOn || !isOf(call, talk.call)) return [now, call === null ? [refused] : []]
  const [next, effects] = giveUp(now, talk.call, ['failed', 'refused'])
  return [next, [refused, ...effects]]
}

const hear = (now: Pair, event: Heard): PairStep => {
  const { talk } = now
  const { side, news, now: at } = event
  switch (news.type) {
    case 'rung':
      return beRung(now, side, news)
    case 'ended':
      return hearEnd(now, news, event)
    case 'refused':
      return hearRefusal(now, news)
    case 'relayed':
      return hearRelayed(now, side, at)
    default:
      if (talk.phase !== 'calling' || side !== 'caller' || !isOf(news.call, talk.call)) return [now, []]
      return news.type === 'accepted'
        ? beAccepted(now, talk, at)
        : [now, [note({ type: 'measured', measure: 'ringing', ms: at - talk.call.dueAt })]]
  }
}

// Time

const passPace = (now: Pair, at: number): PairStep => {
  const { talk } = now
  if (talk.phase === 'resting') return ready({ ...now, talk: { phase: 'idle' } })
  if (talk.phase !== 'talking') return [now, []]
  if (talk.probe !== 'due') return hangUp(now, talk, at)
  const { call } = talk
  const probed: Pair = { ...now, talk: { ...talk, probe: at } }
  return [probed, [...say(now, call.hangsUp, ['probe', call]), set('pace', call.talkMs / 2)]]
}

const passLimit = (now: Pair): PairStep => {
  const { talk } = now
  if (talk.phase === 'calling') return giveUp(now, talk.call, ['failed', 'timed-out'])
  return talk.phase === 'ending' ? finish(now, ['failed', 'timed-out']) : [now, []]
}

const fire = (now: Pair, { timer, now: at }: Extract<PairEvent, { type: 'timer-fired' }>): PairStep => {
  switch (timer) {
    case 'retry-caller':
      return comeBack(now, 'caller', at)
    case 'retry-callee':
      return comeBack(now, 'callee', at)
    case 'pace':
      return passPace(now, at)
    case 'limit':
      return passLimit(now)
    default:
      return unreachable(timer)
  }
}

const stop = (now: Pair, at: number): PairStep => {
  const { talk } = now
  const stopping = { ...now, stopping: true }
  switch (talk.phase) {
    case 'calling':
      return giveUp(stopping, talk.call, ['cut-off', 'cut-off'])
    case 'talking':
      return hangUp(stopping, talk, at)
    case 'ending':
    case 'over':
      return [stopping, []]
    default:
      return leave(now)
  }
}

const drop = (now: Pair): PairStep => {
  const { talk } = now
  if (talk.phase === 'over') return [now, []]
  return 'call' in talk ? finish({ ...now, stopping: true }, ['cut-off', 'cut-off']) : leave(now)
}

/** Takes one event. The runner performs the effects in order. */
export const stepPair = (now: Pair, event: PairEvent): PairStep => {
  switch (event.type) {
    case 'begun': {
      const coming = { step: 'coming', failures: 0 } as const
      if (now !== newPair) return [now, []]
      return [
        { ...now, seats: { caller: coming, callee: coming } },
        sides.map((side) => ({ type: 'open', side, dueAt: event.dueAt }))
      ]
    }
    case 'welcomed':
      return welcome(now, event)
    case 'gone':
      return lose(now, event)
    case 'heard':
      return hear(now, event)
    case 'placed':
      return place(now, event.call, event.now)
    case 'timer-fired':
      return fire(now, event)
    case 'stopped':
      return stop(now, event.now)
    case 'dropped':
      return drop(now)
    default:
      return unreachable(event)
  }
}
