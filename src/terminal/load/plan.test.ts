import { describe, expect, test } from 'vitest'
import {
  type Plan,
  type PlanEffect,
  type PlanEvent,
  type PlanOptions,
  lastPatienceMs,
  newPlan,
  patienceMs,
  progressOf,
  stepPlan
} from './plan.ts'
import type { Note } from './words.ts'

const options: PlanOptions = {
  pairs: 2,
  signInsPerSecond: 20,
  callsPerSecond: 10,
  durationMs: 60_000,
  calls: Infinity
}
const signedIn: Note = { type: 'signed-in' }
const settled: Note = { type: 'settled' }
const keptOut: Note = { type: 'kept-out', fault: { type: 'unreachable', detail: 'ECONNREFUSED' } }
const lost: Note = { type: 'lost', fault: { type: 'lost', detail: '1006' } }
const finished: Note = { type: 'call-finished', outcome: 'well', end: 'hung-up' }

const noted = (note: Note, now = 0): PlanEvent => ({ type: 'noted', note, now })
const at = (type: Exclude<PlanEvent['type'], 'noted'>, now: number): PlanEvent => ({ type, now })

type Step = readonly [Plan, readonly PlanEffect[]]

/** Takes one event after the other; answers with what came of all of them. */
const after = (plan: Plan, ...events: readonly PlanEvent[]): Step =>
  events.reduce<Step>(
    ([plan, before], event) => {
      const [next, effects] = stepPlan(plan, event)
      return [next, [...before, ...effects]]
    },
    [plan, []]
  )

/** All pairs have begun, at 0 and 100, and nobody has been let in or kept out. */
const begun = (given: Partial<PlanOptions> = {}): Plan =>
  after(newPlan({ ...options, ...given }), at('started', 0), at('woke', 100))[0]

/** All are there since 1,000, and both pairs are free, but for calls that are due at once. */
const calling = (given: Partial<PlanOptions> = {}): Plan =>
  after(
    begun(given),
    ...[200, 200, 300, 1_000].flatMap((now) => [noted(signedIn, now), noted(settled, now)])
  )[0]

const typesOf = (effects: readonly PlanEffect[]): readonly string[] => effects.map(({ type }) => type)
const placed = (effects: readonly PlanEffect[]): readonly number[] =>
  effects.flatMap((effect) => (effect.type === 'place-call' ? [effect.dueAt] : []))

describe('signing in', () => {
  test('begins at its rate, whatever becomes of those before', () => {
    const [plan, first] = after(newPlan({ ...options, pairs: 4 }), at('started', 50))
    expect(first).toEqual([
      { type: 'begin-pair', pair: 0, dueAt: 50 },
      { type: 'wake-at', at: 150 }
    ])
    // Woken late, all that should have begun do, as of when they should have.
    expect(stepPlan(plan, at('woke', 290))[1]).toEqual([
      { type: 'begin-pair', pair: 1, dueAt: 150 },
      { type: 'begin-pair', pair: 2, dueAt: 250 },
      { type: 'wake-at', at: 350 }
    ])
  })

  test('is over when it is known of all whether they are there', () => {
    const [some] = after(
      begun(),
      noted(signedIn),
      noted(settled),
      noted(settled),
      noted(keptOut),
      noted(settled)
    )
    // Whoever is kept out again, or was lost and is back, tells nothing new.
    const again = [lost, signedIn, keptOut, keptOut].map((note) => noted(note))
    const [plan] = after(some, ...again)
    expect([plan.phase, progressOf(plan, 0)]).toEqual(['signing-in', 0.75])
    expect(stepPlan(plan, noted(settled, 500))[0]).toMatchObject({ phase: 'calling', callsFrom: 500 })
  })

  test('comes before all calls', () => {
    const [plan, effects] = after(begun(), noted(signedIn), noted(signedIn), at('pair-freed', 200))
    expect([plan.phase, plan.free, placed(effects)]).toEqual(['signing-in', 1, []])
  })
})

describe('calls', () => {
  test('are due at their rate, whether those before have ended or not', () => {
    const [plan, effects] = after(calling(), at('pair-freed', 1_000), at('pair-freed', 1_001))
    expect(effects).toEqual([
      { type: 'place-call', dueAt: 1_000 },
      { type: 'wake-at', at: 1_100 }
    ])
    expect(placed(stepPlan(plan, at('woke', 1_100))[1])).toEqual([1_100])
  })

  test('that find no free pair are placed on the next one, as of when they were due', () => {
    const [busy, first] = after(calling(), at('pair-freed', 1_000))
    expect(placed(first)).toEqual([1_000])
    // Nothing but its end waits for time.
    expect(busy.wakesAt).toBe(61_000)
    const [, effects] = after(busy, at('pair-freed', 5_000), at('pair-freed', 5_050))
    expect(placed(effects)).toEqual([1_100, 1_200])
  })

  test('are not placed on a pair that is no longer free', () => {
    const [plan, effects] = after(
      calling(),
      at('pair-freed', 1_000),
      at('pair-freed', 1_010),
      at('pair-taken', 1_020),
      at('woke', 1_100)
    )
    expect([plan.free, placed(effects)]).toEqual([0, [1_000]])
  })

  test('are so many, and the run ends with the last', () => {
    const [plan, effects] = after(
      calling({ calls: 1, durationMs: Infinity }),
      at('pair-freed', 1_000),
      at('pair-freed', 1_001),
      at('woke', 9_000)
    )
    expect([placed(effects), plan.wakesAt]).toEqual([[1_000], Infinity])
    const [ending, last] = after(plan, noted(finished, 9_500))
    expect(typesOf(last)).toEqual(['stop-all', 'wake-at'])
    expect(ending.course).toEqual({ why: 'finished', callingMs: 8_500, missed: 0 })
  })

  test('say how far the run is, by whichever of time and number is further', () => {
    const plan = calling({ calls: 10 })
    expect(progressOf(plan, 1_000)).toBe(0)
    expect(progressOf(plan, 16_000)).toBe(0.25)
    expect(progressOf({ ...plan, finished: 5 }, 16_000)).toBe(0.5)
    expect(progressOf({ ...plan, phase: 'ending' }, 16_000)).toBe(1)
  })
})

describe('the end', () => {
  test('comes when the time from the first call is up, with a little time for what is on', () => {
    const [plan, effects] = after(calling(), at('pair-freed', 1_000), at('woke', 61_000))
    expect(effects.slice(-2)).toEqual([{ type: 'stop-all' }, { type: 'wake-at', at: 66_000 }])
    expect(typesOf(after(plan, at('woke', 65_999))[1])).toEqual([])
    expect(typesOf(after(plan, at('woke', 66_000))[1])).toEqual(['drop-all'])
  })

  test('knows how many calls were due and found nobody', () => {
    const end = at('woke', 61_002)
    const [without] = after(calling(), at('pair-freed', 1_000), end)
    expect(without.course).toEqual({ why: 'finished', callingMs: 60_002, missed: 600 })
    // Where somebody is free, what was due a moment ago would have been placed.
    const [free] = after(calling(), at('pair-freed', 1_000), at('pair-freed', 1_000), end)
    expect(free.course.missed).toBe(0)
  })

  test('is over when all pairs have left, and then nothing happens', () => {
    const done = at('pair-done', 61_001)
    const [ending] = after(calling(), at('woke', 61_000), noted({ type: 'signed-out' }, 61_001), done)
    const [over, effects] = stepPlan(ending, done)
    expect(effects).toEqual([{ type: 'over' }])
    expect(after(over, done, at('interrupted', 61_002))[1]).toEqual([])
  })

  test('comes at once when it is interrupted, and not again', () => {
    const [plan, effects] = after(calling(), at('interrupted', 2_000))
    expect(typesOf(effects)).toEqual(['stop-all', 'wake-at'])
    const [again, more] = after(plan, at('interrupted', 2_001), at('pair-freed', 2_002))
    expect([again.course.why, more]).toEqual(['interrupted', []])
  })

  test('comes before the beginning, where it is interrupted then', () => {
    expect(typesOf(after(newPlan(options), at('interrupted', 0))[1])).toEqual(['stop-all', 'over'])
  })

  test('comes soon where nobody can sign in', () => {
    const [plan] = after(begun(), noted(keptOut, 100), noted(keptOut, 900))
    expect(plan.wakesAt).toBe(100 + patienceMs)
    const [ending, effects] = after(plan, at('woke', 100 + patienceMs))
    expect(typesOf(effects)).toEqual(['stop-all', 'wake-at'])
    expect(ending.course.why).toBe('nobody-there')
  })

  test('comes later where the server was there once', () => {
    const left = [noted(lost, 2_000), noted(lost, 2_000), noted(lost, 2_000), noted(lost, 3_000)]
    const [plan] = after(calling({ durationMs: Infinity }), ...left, noted(keptOut, 4_000))
    expect(plan.wakesAt).toBe(3_000 + lastPatienceMs)
    expect(after(plan, at('woke', 3_000 + lastPatienceMs))[0].course.why).toBe('nobody-there')
  })

  test('does not come where somebody is there, or comes back', () => {
    const [there] = after(calling(), noted(keptOut, 1_100))
    expect(there.wakesAt).toBe(61_000)
    const left = [noted(lost, 2_000), noted(lost, 2_000), noted(lost, 2_000), noted(lost, 3_000)]
    expect(after(there, ...left, noted(signedIn, 3_300))[0].wakesAt).toBe(61_000)
  })
})
