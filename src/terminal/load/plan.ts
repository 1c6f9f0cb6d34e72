/**
 * The course of a run, as a reducer: when which pair signs in, when which call is due, and when it ends. First everybody
 * signs in, at one rate; then calls are due, at another, whether those before them have ended or not: one that finds no
 * free pair waits for one, and what it takes counts from when it was due. A run ends when its time is up or its calls are
 * done, when it is interrupted, and when nobody can sign in.
 */
import { unreachable } from '../../core/codec.ts'
import type { Note } from './words.ts'

export interface PlanOptions {
  readonly pairs: number
  readonly signInsPerSecond: number
  readonly callsPerSecond: number
  /** From the first call on. `Infinity` where the calls decide, and the other way round. */
  readonly durationMs: number
  readonly calls: number
}

/** `nobody-there`: nobody was signed in for a while, and nobody could sign in. */
export type Why = 'finished' | 'interrupted' | 'nobody-there'

/** What has come of a run. */
export interface Course {
  readonly why: Why
  /** From the first call until no more were due. */
  readonly callingMs: number
  /** Calls that were due, and never found a free pair. */
  readonly missed: number
}

export interface Plan {
  readonly options: PlanOptions
  readonly phase: 'signing-in' | 'calling' | 'ending' | 'over'
  readonly startedAt: number
  /** When the first call was due; `null` until then. */
  readonly callsFrom: number | null
  /** As of when no more calls are due. */
  readonly course: Course
  /** When what is on has to have ended. */
  readonly endsAt: number
  /** When the next change is due; `Infinity` when nothing waits for time. */
  readonly wakesAt: number
  /** The pairs before this one have begun. */
  readonly next: number
  /** Clients of whom it is known whether they could sign in. */
  readonly settled: number
  /** Pairs that could call now. */
  readonly free: number
  readonly placed: number
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
  | {
      readonly type: 'started' | 'woke' | 'interrupted' | 'pair-freed' | 'pair-taken' | 'pair-done'
      readonly now: number
    }
  | { readonly type: 'noted'; readonly note: Note; readonly now: number }

export type PlanEffect =
  | { readonly type: 'begin-pair'; readonly pair: number; readonly dueAt: number }
  /** On any pair that is free. */
  | { readonly type: 'place-call'; readonly dueAt: number }
  | { readonly type: 'stop-all' | 'drop-all' }
  /** Replaces an earlier one; `Infinity` for never. */
  | { readonly type: 'wake-at'; readonly at: number }
  /** Last. */
  | { readonly type: 'over' }

export type PlanStep = readonly [Plan, readonly PlanEffect[]]

/** How long nobody may be there, before anybody ever was and after. */
export const patienceMs = 5_000
export const lastPatienceMs = 15_000
/** What the calls that are on have for their end. */
const graceMs = 5_000

export const newPlan = (options: PlanOptions): Plan => ({
  options,
  phase: 'signing-in',
  startedAt: 0,
  callsFrom: null,
  course: { why: 'finished', callingMs: 0, missed: 0 },
  endsAt: Infinity,
  wakesAt: Infinity,
  next: 0,
  settled: 0,
  free: 0,
  placed: 0,
  finished: 0,
  done: 0,
  present: 0,
  worked: false,
  deserted: null
})

/** Of a pair, evenly spaced: both of its clients sign in at that time. */
const beginsAt = ({ options, startedAt }: Plan, pair: number): number =>
  pair < options.pairs ? startedAt + (pair * 2_000) / options.signInsPerSecond : Infinity

/** Of a call. Evenly spaced, so that a call waits only where pairs are not free in time. */
const dueAt = ({ options, phase, callsFrom }: Plan, call: number): number =>
  phase === 'calling' && callsFrom !== null && call < options.calls
    ? callsFrom + (call * 1_000) / options.callsPerSecond
    : Infinity

/** How much of the phase has passed, from 0 to 1. */
export const progressOf = (plan: Plan, now: number): number => {
  const { phase, options, settled, callsFrom, finished } = plan
  if (phase === 'signing-in') return Math.min(1, settled / (2 * options.pairs))
  if (phase !== 'calling' || callsFrom === null) return 1
  return Math.min(1, Math.max((now - callsFrom) / options.durationMs, finished / options.calls))
}

const end = (plan: Plan, why: Why, now: number): PlanStep => {
  const { options, callsFrom, placed, free } = plan
  const callingMs = callsFrom === null ? 0 : now - callsFrom
  const due = Math.min(options.calls, Math.ceil((callingMs * options.callsPerSecond) / 1_000))
  const course = { why, callingMs, missed: free > 0 ? 0 : Math.max(0, due - placed) }
  return [{ ...plan, phase: 'ending', course, endsAt: now + graceMs }, [{ type: 'stop-all' }]]
}

const desertedAt = ({ deserted, worked }: Plan): number =>
  deserted === null ? Infinity : deserted + (worked ? lastPatienceMs : patienceMs)

const callingUntil = ({ options, callsFrom }: Plan): number =>
  callsFrom === null ? Infinity : callsFrom + options.durationMs

const beginPairs = (plan: Plan, now: number): PlanStep => {
  const effects: PlanEffect[] = []
  let { next } = plan
  for (let at = beginsAt(plan, next); at <= now; at = beginsAt(plan, next)) {
    effects.push({ type: 'begin-pair', pair: next, dueAt: at })
    next += 1
  }
  return [{ ...plan, next }, effects]
}

/** Nobody is called before all that can be there are, or what they wait for would be counted as the server's. */
const beginCalls = (plan: Plan, now: number): Plan =>
  plan.phase === 'signing-in' && plan.worked && plan.settled >= 2 * plan.options.pairs
    ? { ...plan, phase: 'calling', callsFrom: now }
    : plan

const placeCalls = (plan: Plan, now: number): PlanStep => {
  const effects: PlanEffect[] = []
  let { placed, free } = plan
  for (let at = dueAt(plan, placed); at <= now && free > 0; at = dueAt(plan, placed)) {
    effects.push({ type: 'place-call', dueAt: at })
    placed += 1
    free -= 1
  }
  return [{ ...plan, placed, free }, effects]
}

const isFinished = (plan: Plan, now: number): boolean =>
  now >= callingUntil(plan) || plan.finished >= plan.options.calls

/** All that is due by now. */
const proceed = (before: Plan, now: number): PlanStep => {
  if (before.phase === 'ending') return now < before.endsAt ? [before, []] : [before, [{ type: 'drop-all' }]]
  if (now >= desertedAt(before)) return end(before, 'nobody-there', now)
  if (isFinished(before, now)) return end(before, 'finished', now)
  const [begun, pairs] = beginPairs(before, now)
  const [plan, calls] = placeCalls(beginCalls(begun, now), now)
  return [plan, [...pairs, ...calls]]
}

const hear = (plan: Plan, note: Note, now: number): Plan => {
  switch (note.type) {
    case 'signed-in':
      return {
        ...plan,
        present: plan.present + 1,
        worked: true,
        deserted: null
      }
    case 'lost':
    case 'signed-out':
      return { ...plan, present: plan.present - 1, deserted: plan.present === 1 ? now : plan.deserted }
    case 'kept-out':
      return { ...plan, deserted: plan.deserted ?? (plan.present === 0 ? now : null) }
    case 'settled':
      return { ...plan, settled: plan.settled + 1 }
    case 'call-finished':
      return { ...plan, finished: plan.finished + 1 }
    default:
      return plan
  }
}

const take = (plan: Plan, event: PlanEvent): PlanStep => {
  const { now } = event
  switch (event.type) {
    case 'started':
      return proceed({ ...plan, startedAt: now }, now)
    case 'woke':
      return proceed(plan, now)
    case 'interrupted':
      return plan.phase === 'ending' ? [plan, []] : end(plan, 'interrupted', now)
    case 'pair-freed':
      return placeCalls({ ...plan, free: plan.free + 1 }, now)
    case 'pair-taken':
      return [{ ...plan, free: plan.free - 1 }, []]
    case 'noted': {
      const next = hear(plan, event.note, now)
      return next.phase === 'ending' ? [next, []] : proceed(next, now)
    }
    case 'pair-done':
      return [{ ...plan, done: plan.done + 1 }, []]
    default:
      return unreachable(event)
  }
}

const wakesAt = (plan: Plan): number => {
  if (plan.phase === 'ending') return plan.endsAt
  // A call that is due and finds nobody free waits for that, and not for time.
  const callAt = plan.free > 0 ? dueAt(plan, plan.placed) : Infinity
  return Math.min(beginsAt(plan, plan.next), callAt, callingUntil(plan), desertedAt(plan))
}

/** Takes one event. The runner performs the effects in order. */
export const stepPlan = (before: Plan, event: PlanEvent): PlanStep => {
  if (before.phase === 'over') return [before, []]
  const [plan, effects] = take(before, event)
  if (plan.phase === 'ending' && plan.done === plan.next) {
    return [{ ...plan, phase: 'over' }, [...effects, { type: 'over' }]]
  }
  const at = wakesAt(plan)
  return at === plan.wakesAt
    ? [plan, effects]
    : [{ ...plan, wakesAt: at }, [...effects, { type: 'wake-at', at }]]
}
