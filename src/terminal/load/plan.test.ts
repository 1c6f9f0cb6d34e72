import { describe, expect, test } from 'vitest'
import {
  type Plan,
  type PlanEffect,
  type PlanEvent,
  type PlanOptions,
  lastPatienceMs,
  newPlan,
  patienceMs,
  stepPlan
} from './plan.ts'
import type { Note } from './words.ts'

const options: PlanOptions = {
  pairs: 3,
  rate: 10,
  talkMs: 2_000,
  pauseMs: 1_000,
  durationMs: 60_000,
  calls: Infinity,
  seed: 1
}
const keptOut: Note = { type: 'kept-out', fault: { type: 'unreachable', detail: 'ECONNREFUSED' } }
const lost: Note = { type: 'lost', fault: { type: 'lost', detail: '1006' } }
const finished: Note = { type: 'call-finished', outcome: 'well', end: 'hung-up' }

const noted = (note: Note, now = 0): PlanEvent => ({ type: 'noted', note, now })
const wanted = (pair: number): PlanEvent => ({ type: 'call-wanted', pair, now: 0 })

/** Takes one event after the other; answers with what came of the last. */
const after = (plan: Plan, ...events: readonly PlanEvent[]): readonly [Plan, readonly PlanEffect[]] =>
  events.reduce<readonly [Plan, readonly PlanEffect[]]>(([plan], event) => stepPlan(plan, event), [plan, []])

/** Begun at 0, with all of its pairs. */
const running = (given: Partial<PlanOptions> = {}): Plan =>
  after(newPlan({ ...options, ...given }), { type: 'started', now: 0 }, { type: 'woke', now: 50_000 })[0]

/** When its pairs begin: woken when it asks to be. */
const begins = (given: Partial<PlanOptions>): readonly number[] => {
  const times: number[] = []
  let [plan, effects] = stepPlan(newPlan({ ...options, ...given }), { type: 'started', now: 0 })
  let now = 0
  while (plan.next < plan.options.pairs) {
    times.push(...effects.filter(({ type }) => type === 'begin-pair').map(() => now))
    now = plan.wakesAt
    ;[plan, effects] = stepPlan(plan, { type: 'woke', now })
  }
  return [...times, ...effects.filter(({ type }) => type === 'begin-pair').map(() => now)]
}

const typesOf = (effects: readonly PlanEffect[]): readonly string[] => effects.map(({ type }) => type)

describe('pairs', () => {
  test('begin one after the other, at the rate on average, and not in step', () => {
    const times = begins({ pairs: 1_000, rate: 50, durationMs: Infinity })
    expect(times).toHaveLength(1_000)
    expect(times[0]).toBe(0)
    expect((times.at(-1) ?? 0) / 1_000).toBeGreaterThan(17)
    expect((times.at(-1) ?? 0) / 1_000).toBeLessThan(23)
    const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(100)
    expect(gaps.filter((gap) => gap < 10).length).toBeGreaterThan(250)
  })

  test('begin at the same times for the same seed', () => {
    expect(begins({ pairs: 20 })).toEqual(begins({ pairs: 20 }))
    expect(begins({ pairs: 20 })).not.toEqual(begins({ pairs: 20, seed: 2 }))
  })

  test('do not begin any more once there are calls enough', () => {
    const [plan, effects] = after(newPlan({ ...options, calls: 1 }), { type: 'started', now: 0 }, wanted(0), {
      type: 'woke',
      now: 10_000
    })
    expect(typesOf(effects)).toEqual([])
    expect(plan.next).toBe(1)
  })
})

describe('calls', () => {
  test('take between half and one and a half of what they should, and are hung up by either', () => {
    const plans = Array.from({ length: 200 }, (_, number) => {
      const [, effects] = stepPlan({ ...running(), granted: number }, wanted(number % 3))
      const [effect] = effects
      if (effect?.type !== 'grant') throw new Error('not granted')
      return effect.call
    })
    const talks = plans.map(({ talkMs }) => talkMs)
    expect(Math.min(...talks)).toBeGreaterThanOrEqual(1_000)
    expect(Math.max(...talks)).toBeLessThanOrEqual(3_000)
    const mean = talks.reduce((sum, ms) => sum + ms, 0) / talks.length
    expect(Math.abs(mean - 2_000)).toBeLessThan(150)
    const pauses = plans.map(({ pauseMs }) => pauseMs)
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(500)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1_500)
    expect(Math.abs(plans.filter(({ hangsUp }) => hangsUp === 'caller').length - 100)).toBeLessThan(30)
  })

  test('are so many, and then whoever wants one is stopped', () => {
    const [plan, effects] = after(running({ calls: 2 }), wanted(0), wanted(1), wanted(2))
    expect(effects).toEqual([{ type: 'stop-pair', pair: 2 }])
    expect(plan.granted).toBe(2)
  })

  test('end the run when the last one has, and do not wait for who could not come', () => {
    const [plan, effects] = after(
      running({ calls: 2, durationMs: Infinity }),
      wanted(0),
      wanted(1),
      noted(finished),
      noted(finished, 7)
    )
    expect(typesOf(effects)).toEqual(['stop-all', 'wake-at'])
    expect(plan).toMatchObject({ phase: 'ending', why: 'finished' })
  })
})

describe('the end', () => {
  test('comes when the time is up, with a little time for what is on', () => {
    const [plan, effects] = after(running(), { type: 'woke', now: 60_000 })
    expect(effects).toEqual([{ type: 'stop-all' }, { type: 'wake-at', at: 65_000 }])
    expect(typesOf(after(plan, { type: 'woke', now: 65_000 })[1])).toEqual(['drop-all'])
  })

  test('is over when all pairs have left', () => {
    const done: PlanEvent = { type: 'pair-done', now: 60_001 }
    const [ending] = after(running(), { type: 'woke', now: 60_000 }, done, done)
    expect(stepPlan(ending, done)[1]).toEqual([{ type: 'over', why: 'finished' }])
    expect(after(ending, done, done, { type: 'interrupted', now: 60_002 })[1]).toEqual([])
  })

  test('comes at once when it is interrupted, and without waiting when it is so again', () => {
    const [plan, effects] = after(running(), { type: 'interrupted', now: 100 })
    expect(typesOf(effects)).toEqual(['stop-all', 'wake-at'])
    const [again, dropped] = after(plan, { type: 'interrupted', now: 101 })
    expect(typesOf(dropped)).toEqual(['drop-all'])
    expect(again.why).toBe('interrupted')
  })

  test('comes before the beginning, where it is interrupted then', () => {
    const [, effects] = after(newPlan(options), { type: 'interrupted', now: 0 })
    expect(typesOf(effects)).toEqual(['stop-all', 'over'])
  })

  test('comes soon where nobody can sign in', () => {
    const [plan] = after(running(), noted(keptOut, 100), noted(keptOut, 900))
    expect(plan.wakesAt).toBe(100 + patienceMs)
    const [ending, effects] = after(plan, { type: 'woke', now: 100 + patienceMs })
    expect(typesOf(effects)).toEqual(['stop-all', 'wake-at'])
    expect(ending.why).toBe('nobody-there')
  })

  test('comes later where the server was there once', () => {
    const [plan] = after(
      running({ durationMs: Infinity }),
      noted({ type: 'signed-in' }),
      noted(lost, 1_000),
      noted(keptOut, 2_000)
    )
    expect(plan.wakesAt).toBe(1_000 + lastPatienceMs)
    expect(after(plan, { type: 'woke', now: 1_000 + lastPatienceMs })[0].why).toBe('nobody-there')
  })

  test('does not come where somebody is there, or comes back', () => {
    const [there] = after(running(), noted({ type: 'signed-in' }), noted(keptOut, 100))
    expect(there.wakesAt).toBe(60_000)
    const [back] = after(there, noted(lost, 200), noted({ type: 'signed-in' }, 300))
    expect(back.wakesAt).toBe(60_000)
  })
})
