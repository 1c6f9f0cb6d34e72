/**
 * The course of a run, as a reducer: when which pair begins, how many calls there are to be, and when it ends. It ends
 * when its time is up or its calls are done, when it is interrupted, and when nobody can sign in.
 */
import { unreachable } from '../../core/codec.ts'
import { chance } from './chance.ts'
import type { CallPlan } from './pair-state.ts'
import type { Note } from './words.ts'

export interface PlanOptions {
  readonly pairs: number
  /** Pairs that begin in a second, on average. */
  readonly rate: number
  /** On average: each call takes between half and one and a half of both. */
  readonly talkMs: number
  readonly pauseMs: number
  /** `Infinity` where the calls decide, and the other way round. */
  readonly durationMs: number
  readonly calls: number
  /** The same seed has the same pairs begin and hang up at the same times. */
  readonly seed: number
}

/** `nobody-there`: nobody was signed in for a while, and nobody could sign in. */
export type Why = 'finished' | 'interrupted' | 'nobody-there'

export interface Plan {
  readonly options: PlanOptions
  readonly phase: 'running' | 'ending' | 'over'
  readonly why: Why
  /** When the next change is due; `Infinity` when nothing waits for time. */
  readonly wakesAt: number
  readonly endsAt: number
  /** The pairs before this one have begun. */
  readonly next: number
  readonly nextAt: number
  readonly granted: number
  readonly finished: number
  /** Pairs that have left. */
  readonly done: number
  /** Clients that are signed in now. */
  readonly present: number
  /** Somebody was signed in once. */
  readonly worked: boolean
  /** Since when attempts fail and nobody is there; `null` while that is not so. */
  readonly deserted: number | null
}

export type PlanEvent =
  | { readonly type: 'started' | 'woke' | 'interrupted' | 'pair-done'; readonly now: number }
  | { readonly type: 'call-wanted'; readonly pair: number; readonly now: number }
  | { readonly type: 'noted'; readonly note: Note; readonly now: number }

export type PlanEffect =
  | { readonly type: 'begin-pair' | 'stop-pair'; readonly pair: number }
  | { readonly type: 'grant'; readonly pair: number; readonly call: Omit<CallPlan, 'id'> }
  | { readonly type: 'stop-all' | 'drop-all' }
  /** Replaces an earlier one; `Infinity` for never. */
  | { readonly type: 'wake-at'; readonly at: number }
  /** Last. */
  | { readonly type: 'over'; readonly why: Why }

export type PlanStep = readonly [Plan, readonly PlanEffect[]]

/** How long nobody may be there, before anybody ever was and after. */
export const patienceMs = 5_000
export const lastPatienceMs = 30_000
/** What the calls that are on have for their end. */
const graceMs = 5_000
/** Between pairs, in multiples of the average. */
const longestGap = 5

export const newPlan = (options: PlanOptions): Plan => ({
  options,
  phase: 'running',
  why: 'finished',
  wakesAt: Infinity,
  endsAt: Infinity,
  next: 0,
  nextAt: Infinity,
  granted: 0,
  finished: 0,
  done: 0,
  present: 0,
  worked: false,
  deserted: null
})

/** As those who know nothing of each other come. */
const gapMs = ({ seed, rate }: PlanOptions, pair: number): number =>
  (Math.min(longestGap, -Math.log(1 - chance(seed, 0, pair))) * 1_000) / rate

/** Of the so-manieth call. */
const callPlan = ({ seed, talkMs, pauseMs }: PlanOptions, pair: number, number: number) =>
  ({
    talkMs: talkMs * (0.5 + chance(seed, 1, pair, number)),
    pauseMs: pauseMs * (0.5 + chance(seed, 2, pair, number)),
    hangsUp: chance(seed, 3, pair, number) < 0.5 ? 'caller' : 'callee'
  }) as const

const beginPairs = (plan: Plan, now: number): PlanStep => {
  const { options, granted } = plan
  let { next, nextAt } = plan
  const effects: PlanEffect[] = []
  while (nextAt <= now && next < options.pairs && granted < options.calls) {
    effects.push({ type: 'begin-pair', pair: next })
    next += 1
    nextAt += gapMs(options, next)
  }
  return [{ ...plan, next, nextAt }, effects]
}

const end = (plan: Plan, why: Why, now: number): PlanStep => [
  { ...plan, phase: 'ending', why, endsAt: now + graceMs },
  [{ type: 'stop-all' }]
]

const desertedAt = ({ deserted, worked }: Plan): number =>
  deserted === null ? Infinity : deserted + (worked ? lastPatienceMs : patienceMs)

const areCallsDone = ({ options: { calls }, granted, finished }: Plan): boolean =>
  granted >= calls && finished >= granted

const passTime = (plan: Plan, now: number): PlanStep => {
  if (plan.phase === 'ending') return now < plan.endsAt ? [plan, []] : [plan, [{ type: 'drop-all' }]]
  if (now >= desertedAt(plan)) return end(plan, 'nobody-there', now)
  if (now >= plan.endsAt || areCallsDone(plan)) return end(plan, 'finished', now)
  return beginPairs(plan, now)
}

const grant = (plan: Plan, pair: number): PlanStep => {
  const { options, granted, phase } = plan
  if (phase !== 'running' || granted >= options.calls) return [plan, [{ type: 'stop-pair', pair }]]
  return [
    { ...plan, granted: granted + 1 },
    [{ type: 'grant', pair, call: callPlan(options, pair, granted) }]
  ]
}

const hear = (plan: Plan, note: Note, now: number): Plan => {
  switch (note.type) {
    case 'signed-in':
      return { ...plan, present: plan.present + 1, worked: true, deserted: null }
    case 'lost':
    case 'signed-out':
      return { ...plan, present: plan.present - 1, deserted: plan.present === 1 ? now : plan.deserted }
    case 'kept-out':
      return { ...plan, deserted: plan.deserted ?? (plan.present === 0 ? now : null) }
    case 'call-finished':
      return { ...plan, finished: plan.finished + 1 }
    default:
      return plan
  }
}

const interrupt = (plan: Plan, now: number): PlanStep =>
  plan.phase === 'running' ? end(plan, 'interrupted', now) : [plan, [{ type: 'drop-all' }]]

const take = (plan: Plan, event: PlanEvent): PlanStep => {
  switch (event.type) {
    case 'started': {
      const endsAt = event.now + plan.options.durationMs
      return passTime({ ...plan, nextAt: event.now, endsAt }, event.now)
    }
    case 'woke':
      return passTime(plan, event.now)
    case 'interrupted':
      return interrupt(plan, event.now)
    case 'call-wanted':
      return grant(plan, event.pair)
    case 'noted': {
      const next = hear(plan, event.note, event.now)
      return next.phase === 'running' && areCallsDone(next) ? end(next, 'finished', event.now) : [next, []]
    }
    case 'pair-done':
      return [{ ...plan, done: plan.done + 1 }, []]
    default:
      return unreachable(event)
  }
}

const wakesAt = (plan: Plan): number => {
  if (plan.phase === 'ending') return plan.endsAt
  const { pairs, calls } = plan.options
  const nextAt = plan.next < pairs && plan.granted < calls ? plan.nextAt : Infinity
  return Math.min(nextAt, plan.endsAt, desertedAt(plan))
}

/** Takes one event. The runner performs the effects in order. */
export const stepPlan = (before: Plan, event: PlanEvent): PlanStep => {
  if (before.phase === 'over') return [before, []]
  const [plan, effects] = take(before, event)
  if (plan.phase === 'ending' && plan.done === plan.next) {
    return [{ ...plan, phase: 'over' }, [...effects, { type: 'over', why: plan.why }]]
  }
  const at = wakesAt(plan)
  return at === plan.wakesAt
    ? [plan, effects]
    : [{ ...plan, wakesAt: at }, [...effects, { type: 'wake-at', at }]]
}
