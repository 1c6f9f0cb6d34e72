import { describe, expect, test } from 'vitest'
import { type Move, Violation, type World, walk } from '../../test/support/interleavings.ts'
import { type Plan, type PlanEffect, type PlanEvent, type PlanOptions, newPlan, stepPlan } from './plan.ts'
import { type Peer, unreachable } from './words.ts'

type Reducer = typeof stepPlan

/** What there is around the plan: it has asked for some of it, and the rest happens to it. */
interface Around {
  readonly plan: Plan
  readonly line: 'none' | 'opening' | 'open'
  readonly calling: boolean
  /** How many timers go to try again. */
  readonly waiting: number
  readonly exits: number
  /** How much may still happen. */
  readonly left: number
}

const ada: Peer = { id: '1', name: 'ada', busy: false, dialect: 'native' }
const bob: Peer = { id: '2', name: 'bob', busy: false, dialect: 'native' }

const perform = (around: Around, effect: PlanEffect): Around => {
  if (around.exits > 0) throw new Violation(`${effect.type} after it has ended`)
  switch (effect.type) {
    case 'log-in':
      if (around.line !== 'none') throw new Violation('two lines at a time')
      return { ...around, line: 'opening' }
    case 'wait':
      return { ...around, waiting: around.waiting + 1 }
    case 'call':
      if (around.line !== 'open') throw new Violation('a call without a line')
      if (around.calling) throw new Violation('two calls at a time')
      return { ...around, calling: true }
    case 'say-nobody':
      return around
    case 'exit':
      return { ...around, exits: 1 }
    default:
      return unreachable(effect)
  }
}

/** What can happen next: to a line only if there is one, to a call likewise. */
const happenings = ({
  line,
  calling,
  waiting,
  plan
}: Around): readonly (readonly [PlanEvent, Partial<Around>])[] => [
  [{ type: 'quit' }, {}],
  ...(plan.attended ? [[{ type: 'login-wanted' }, {}] as const] : []),
  ...(waiting > 0 ? [[{ type: 'login-wanted' }, { waiting: waiting - 1 }] as const] : []),
  ...(line === 'opening'
    ? ([
        [{ type: 'login-failed', code: 'unreachable' }, { line: 'none' }],
        [{ type: 'login-failed', code: 'lobby-full' }, { line: 'none' }],
        [{ type: 'roster-changed', peers: [] }, { line: 'open' }],
        [{ type: 'roster-changed', peers: [ada, bob] }, { line: 'open' }]
      ] as const)
    : []),
  ...(line === 'open'
    ? ([
        [{ type: 'roster-changed', peers: [bob] }, {}],
        [{ type: 'roster-changed', peers: [ada, { ...bob, busy: true }] }, {}]
      ] as const)
    : []),
  ...(line === 'open' && !calling ? [[{ type: 'call-begun' }, { calling: true }] as const] : []),
  // A line that closes has ended its call before.
  ...(line === 'open' && !calling
    ? ([
        [{ type: 'line-closed', code: null }, { line: 'none' }],
        [{ type: 'line-closed', code: 'unreachable' }, { line: 'none' }],
        [{ type: 'line-closed', code: 'replaced' }, { line: 'none' }]
      ] as const)
    : []),
  ...(calling
    ? ([
        [{ type: 'call-ended', reason: 'hung-up' }, { calling: false }],
        [{ type: 'call-ended', reason: 'failed' }, { calling: false }]
      ] as const)
    : [])
]

const nameOf = (event: PlanEvent): string => JSON.stringify(event)

const worldOf = (options: PlanOptions, reducer: Reducer, depth: number): World<Around> => {
  const take = (around: Around, event: PlanEvent): Around => {
    const [plan, effects] = reducer(around.plan, event)
    const after = effects.reduce(perform, { ...around, plan })
    if (after.exits !== Number(plan.phase === 'done'))
      throw new Violation('done without an exit, or the reverse')
    if (plan.phase === 'in-call' && !after.calling) throw new Violation('in a call that there is not')
    if (after.exits === 0 && after.calling && plan.phase !== 'in-call')
      throw new Violation('a call that it does not know')
    if (plan.phase === 'here' && after.line !== 'open') throw new Violation('here without a line')
    return after
  }
  const before: Around = {
    plan: newPlan(options),
    line: 'none',
    calling: false,
    waiting: 0,
    exits: 0,
    left: depth
  }
  return {
    start: take(before, { type: 'started' }),
    moves: (around): readonly Move<Around>[] =>
      around.left === 0
        ? []
        : happenings(around).map(([event, change]) => ({
            name: nameOf(event),
            next: () => take({ ...around, ...change, left: around.left - 1 }, event)
          })),
    checkEnd: ({ plan, line, waiting, exits }) => {
      const hangs = exits === 0 && plan.phase === 'away' && waiting === 0 && !plan.attended
      if (hangs || (plan.phase === 'signing-in' && line === 'none')) throw new Violation('it hangs')
    },
    key: (around) => JSON.stringify(around)
  }
}

const booleans = [false, true] as const
const options: readonly PlanOptions[] = booleans.flatMap((autoconnect) =>
  booleans.flatMap((attended) =>
    booleans.flatMap((autocall) =>
      [null, 'bob'].flatMap((peer) =>
        [1, 2, Infinity].map((calls) => ({
          peer,
          autoconnect,
          autocall,
          attended,
          waits: autoconnect || attended,
          calls
        }))
      )
    )
  )
)

const depth = 7

describe('whatever happens, in whatever order, it ends once, has one call and one line at a time, and never hangs:', () => {
  test.each(options.map((option) => [JSON.stringify(option), option] as const))('%s', (_name, option) => {
    const { violation, ends } = walk(worldOf(option, stepPlan, depth))
    expect(violation).toBeNull()
    expect(ends).toBeGreaterThan(0)
  })
})

const without =
  (unwanted: PlanEffect['type']): Reducer =>
  (now, event) => {
    const [next, effects] = stepPlan(now, event)
    return [next, effects.filter(({ type }) => type !== unwanted)]
  }

/** The reducer, broken on purpose, and what comes of it. */
const mutants: readonly (readonly [string, Reducer, string])[] = [
  ['does not wait for a server', without('wait'), 'it hangs'],
  ['does not say that it is done', without('exit'), 'done without an exit, or the reverse'],
  [
    'looks for somebody to call during a call',
    (now, event) =>
      stepPlan(
        event.type === 'roster-changed' && now.phase === 'in-call' ? { ...now, phase: 'here' } : now,
        event
      ),
    'two calls at a time'
  ],
  [
    'signs in whatever it does',
    (now, event) =>
      stepPlan(
        event.type === 'login-wanted' && now.phase !== 'done' ? { ...now, phase: 'away' } : now,
        event
      ),
    'two lines at a time'
  ],
  [
    'goes on after its end',
    (now, event) => stepPlan(now.phase === 'done' ? { ...now, phase: 'here' } : now, event),
    'after it has ended'
  ],
  [
    'forgets calls that come',
    (now, event) => (event.type === 'call-begun' ? [now, []] : stepPlan(now, event)),
    'a call that it does not know'
  ],
  [
    'thinks that its line outlives everything',
    (now, event) => (event.type === 'line-closed' && now.phase === 'here' ? [now, []] : stepPlan(now, event)),
    'here without a line'
  ]
]

test.each(mutants)('the walker catches a plan that %s', (_name, mutant, caught) => {
  const found = options.map((option) => walk(worldOf(option, mutant, 5)).violation?.what)
  expect(found.join('; ')).toContain(caught)
})
