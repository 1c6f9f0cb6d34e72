/**
 * What a pair of clients is at any moment, what can happen to it and what follows from it; and the steps that more than
 * one event takes. The events themselves are in pair.ts.
 */
import {
  type CallId,
  type End,
  type Fault,
  type News,
  type Note,
  type Outcome,
  type PeerId,
  type Said,
  type Side,
  partnerOf
} from './words.ts'

/** `waiting`: for the next attempt. `failures`: attempts in a row that came to nothing. */
export type Seat =
  | { readonly step: 'out' }
  | { readonly step: 'coming' | 'waiting'; readonly failures: number }
  | { readonly step: 'in'; readonly id: PeerId }

/** A call as it is to be. */
export interface CallPlan {
  readonly id: CallId
  readonly dueAt: number
  readonly talkMs: number
  readonly hangsUp: Side
}

/** With the ids that its parties had when it was begun. */
export type Call = CallPlan & { readonly parties: Readonly<Record<Side, PeerId>> }

/** One message in mid-call, by the one who will hang up: not sent yet, sent at that time, or heard. */
type Probe = 'due' | 'heard' | number

export type Talk =
  /** `idle`: until both are there. `resting`: after a call that failed, of which there may be more to hear. */
  | { readonly phase: 'idle' | 'free' | 'resting' | 'over' }
  | { readonly phase: 'calling'; readonly call: Call }
  | { readonly phase: 'talking'; readonly call: Call; readonly probe: Probe }
  | { readonly phase: 'ending'; readonly call: Call; readonly probe: Probe; readonly hungUpAt: number }

export interface Pair {
  readonly seats: Readonly<Record<Side, Seat>>
  /** Whether its first attempt to sign in is over. */
  readonly settled: Readonly<Record<Side, boolean>>
  readonly talk: Talk
  /** No more calls: both leave when the one that there is has ended. */
  readonly stopping: boolean
}

/** `pace`: what the phase waits for. `limit`: it has taken too long. */
export type PairTimer = 'retry-caller' | 'retry-callee' | 'pace' | 'limit'

export type PairEvent =
  | { readonly type: 'begun'; readonly dueAt: number }
  /** Signed in, so long after that was due. */
  | { readonly type: 'welcomed'; readonly side: Side; readonly id: PeerId; readonly tookMs: number }
  | { readonly type: 'gone'; readonly side: Side; readonly fault: Fault }
  | { readonly type: 'heard'; readonly side: Side; readonly news: News; readonly now: number }
  /** A call is due; not before it is free. */
  | { readonly type: 'placed'; readonly call: CallPlan; readonly now: number }
  | { readonly type: 'timer-fired'; readonly timer: PairTimer; readonly now: number }
  | { readonly type: 'stopped'; readonly now: number }
  /** There is no time left for an end. */
  | { readonly type: 'dropped' }

export type PairEffect =
  | { readonly type: 'open'; readonly side: Side; readonly dueAt: number }
  | { readonly type: 'close'; readonly side: Side }
  | { readonly type: 'say'; readonly side: Side; readonly said: Said }
  /** From now on a call can be placed on it, or none any more. */
  | { readonly type: 'free' | 'taken' }
  /** Replaces an earlier one of the same name. Spread: at random between half of the time and all of it. */
  | {
      readonly type: 'set-timer'
      readonly timer: PairTimer
      readonly afterMs: number
      readonly spread?: true
    }
  | { readonly type: 'clear-timer'; readonly timer: PairTimer }
  | { readonly type: 'note'; readonly note: Note }
  /** Last. */
  | { readonly type: 'done' }

export type PairStep = readonly [Pair, readonly PairEffect[]]

/** How long the end of a call may take until it is heard. */
const endMs = 10_000
const restMs = 1_000

export const sides: readonly Side[] = ['caller', 'callee']
const timers: readonly PairTimer[] = ['retry-caller', 'retry-callee', 'pace', 'limit']

export const newPair: Pair = {
  seats: { caller: { step: 'out' }, callee: { step: 'out' } },
  settled: { caller: false, callee: false },
  talk: { phase: 'idle' },
  stopping: false
}

export const note = (note: Note): PairEffect => ({ type: 'note', note })
export const set = (timer: PairTimer, afterMs: number): PairEffect => ({ type: 'set-timer', timer, afterMs })
export const clear = (...timers: readonly PairTimer[]): readonly PairEffect[] =>
  timers.map((timer) => ({ type: 'clear-timer', timer }))

export const seated = (now: Pair, side: Side, seat: Seat): Pair => ({
  ...now,
  seats: { ...now.seats, [side]: seat }
})

/** Nothing where that one is not there. */
export const say = (
  { seats }: Pair,
  side: Side,
  [type, { id: call, parties }]: readonly [Said['type'], Call]
): readonly PairEffect[] =>
  seats[side].step === 'in' ? [{ type: 'say', side, said: { type, call, to: parties[partnerOf(side)] } }] : []

/** Free as soon as both are there and nothing is on. */
export const ready = (now: Pair, ...before: readonly PairEffect[]): PairStep => {
  const isReady = now.talk.phase === 'idle' && sides.every((side) => now.seats[side].step === 'in')
  return isReady ? [{ ...now, talk: { phase: 'free' } }, [...before, { type: 'free' }]] : [now, before]
}

export const leave = (now: Pair, ...before: readonly PairEffect[]): PairStep => [
  { ...now, seats: newPair.seats, talk: { phase: 'over' }, stopping: true },
  [
    ...before,
    ...(now.talk.phase === 'free' ? [{ type: 'taken' } as const] : []),
    ...clear(...timers),
    ...sides.flatMap((side): readonly PairEffect[] => {
      const { step } = now.seats[side]
      if (step === 'in') return [{ type: 'close', side }, note({ type: 'signed-out' })]
      return step === 'coming' ? [{ type: 'close', side }] : []
    }),
    { type: 'done' }
  ]
]

export const finish = (now: Pair, [outcome, end]: readonly [Outcome, End]): PairStep => {
  const finished = note({ type: 'call-finished', outcome, end })
  if (now.stopping) return leave(now, finished)
  if (outcome === 'well') return ready({ ...now, talk: { phase: 'idle' } }, finished, ...clear('limit'))
  return [{ ...now, talk: { phase: 'resting' } }, [finished, ...clear('limit'), set('pace', restMs)]]
}

/** Ends a call that the other party may still think is on. */
export const giveUp = (now: Pair, call: Call, how: readonly [Outcome, End]): PairStep => {
  const by = now.seats.caller.step === 'in' ? 'caller' : 'callee'
  const [next, effects] = finish(now, how)
  return [next, [...say(now, by, ['hang-up', call]), ...effects]]
}

export const hangUp = (now: Pair, { call, probe }: Talk & { phase: 'talking' }, at: number): PairStep => [
  { ...now, talk: { phase: 'ending', call, probe, hungUpAt: at } },
  [
    ...say(now, partnerOf(call.hangsUp), ['look', call]),
    ...say(now, call.hangsUp, ['hang-up', call]),
    ...clear('pace'),
    set('limit', endMs)
  ]
]
