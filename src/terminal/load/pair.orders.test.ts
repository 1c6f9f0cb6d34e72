/** Whatever happens to a pair and in whatever order, each call that was begun is finished once, and nothing is left. */
import { expect, test } from 'vitest'
import { walk } from '../../../test/support/interleavings.ts'
import { type PairFate, type PairReducer, pairWorld } from '../../../test/support/load-world.ts'
import type { PairEffect, PairEvent } from './pair-state.ts'
import { stepPair } from './pair.ts'

const calm: PairFate = { calls: 2, faults: 0, refusals: 0, delays: 0, hangsUp: 'caller' }

const fates: [string, Partial<PairFate>][] = [
  ['nothing goes wrong', {}],
  ['the callee hangs up', { hangsUp: 'callee' }],
  ['a client is lost', { calls: 1, faults: 1 }],
  ['clients are lost twice, and the callee hangs up', { calls: 1, faults: 2, hangsUp: 'callee' }],
  ['something is refused', { refusals: 1 }],
  ['something takes too long', { delays: 1 }],
  ['all of that', { calls: 1, faults: 1, refusals: 1, delays: 1 }]
]

test.each(fates)('in every order, where %s', (_what, fate) => {
  const walked = walk(pairWorld({ ...calm, ...fate }, stepPair), 400_000)
  expect(walked.violation).toBeNull()
  expect(walked.ends).toBeGreaterThan(0)
})

const without =
  (unwanted: (effect: PairEffect, event: PairEvent) => boolean): PairReducer =>
  (now, event) => {
    const [next, effects] = stepPair(now, event)
    return [next, effects.filter((effect) => !unwanted(effect, event))]
  }

/** The reducer, broken on purpose, and what comes of it. */
const mutants: [string, PairReducer, string][] = [
  [
    'does not care who is lost once it has hung up',
    (now, event) => (event.type === 'gone' && now.talk.phase === 'ending' ? [now, []] : stepPair(now, event)),
    'a client is closed that is not there'
  ],
  ['leaves its timers behind', without(({ type }) => type === 'clear-timer'), 'a timer is left'],
  [
    'hears of an end twice',
    (now, event) => {
      const [next, effects] = stepPair(now, event)
      const finished = effects.filter(({ type }) => event.type === 'heard' && type === 'note')
      return [next, [...effects, ...finished]]
    },
    'a call is'
  ],
  [
    'forgets that it is to stop',
    (now, event) => {
      const [next, effects] = stepPair(now, event)
      return [next.talk.phase === 'over' ? next : { ...next, stopping: false }, effects]
    },
    'a call is begun after the end'
  ],
  [
    'speaks for those who are gone',
    (now, event) =>
      event.type === 'gone'
        ? stepPair(now, { ...event, side: event.side === 'caller' ? 'callee' : 'caller' })
        : stepPair(now, event),
    'a client'
  ],
  [
    'takes news of an earlier call for its own',
    (now, event) =>
      stepPair(
        now,
        event.type === 'heard' && event.news.type === 'ended'
          ? { ...event, news: { ...event.news, call: null } }
          : event
      ),
    'a call fails for no reason'
  ]
]

test.each(mutants)('the walker catches a pair that %s', (_name, mutant, caught) => {
  const found = fates.map(([, fate]) => walk(pairWorld({ ...calm, ...fate }, mutant), 50_000).violation?.what)
  expect(found.join('; ')).toContain(caught)
})
