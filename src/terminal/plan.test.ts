import { describe, expect, test } from 'vitest'
import { named, type Plan, type PlanEffect, type PlanEvent, newPlan, stepPlan } from './plan.ts'
import type { CallErrorCode, EndReason, Peer } from './words.ts'

const peer = (name: string, busy = false): Peer => ({
  id: `id-${name}`,

  name,
  busy,
  dialect: 'native'
})
const [ada, bob, cy] = [peer('ada'), peer('bob'), peer('cy', true)]

const alone = newPlan({
  peer: null,
  autoconnect: false,
  autocall: false,
  attended: false,
  waits: false,
  calls: Infinity
})
const attended: Plan = { ...alone, attended: true }
const wantsBob: Plan = { ...alone, peer: 'bob', calls: 1 }

const started: PlanEvent = { type: 'started' }
const wanted: PlanEvent = { type: 'login-wanted' }
const begun: PlanEvent = { type: 'call-begun' }
const quit: PlanEvent = { type: 'quit' }
const failed = (code: CallErrorCode): PlanEvent => ({ type: 'login-failed', code })
const roster = (...peers: readonly Peer[]): PlanEvent => ({ type: 'roster-changed', peers })
const ended = (reason: EndReason): PlanEvent => ({ type: 'call-ended', reason })
const closed = (code: CallErrorCode | null): PlanEvent => ({ type: 'line-closed', code })
const exit = (code: number): PlanEffect => ({ type: 'exit', code })
const call = ({ id }: Peer): PlanEffect => ({ type: 'call', peer: id })

const inPhase = (plan: Plan, phase: Plan['phase']): Plan => ({ ...plan, phase })
const signing = (plan: Plan): Plan => inPhase(plan, 'signing-in')
const here = (plan: Plan): Plan => inPhase(plan, 'here')
const talking = (plan: Plan): Plan => inPhase(plan, 'in-call')

type Case = readonly [string, Plan, PlanEvent, Partial<Plan>, readonly PlanEffect[]]

const check: (
  name: string,
  ...rest: readonly [Plan, PlanEvent, Partial<Plan>, readonly PlanEffect[]]
) => void = (_name, before, event, change, effects) => {
  expect(stepPlan(before, event)).toEqual([{ ...before, ...change }, effects])
}

describe('away:', () => {
  const signsIn = [{ type: 'log-in' }] as const
  test.each<Case>([
    ['started -> signing in', alone, started, { phase: 'signing-in' }, signsIn],
    ['login wanted -> signing in', attended, wanted, { phase: 'signing-in' }, signsIn],
    ['quit -> done', alone, quit, { phase: 'done' }, [exit(0)]],
    [
      'quit after a call -> done, with what the call has left',
      { ...alone, exitCode: 12 },
      quit,
      { phase: 'done' },
      [exit(12)]
    ]
  ])('%s', check)
})

describe('signing in:', () => {
  test.each<Case>([
    ['started again -> nothing', signing(alone), started, {}, []],
    ['login wanted again -> nothing', signing(attended), wanted, {}, []],
    ['no server, by itself -> exit', signing(alone), failed('unreachable'), { phase: 'done' }, [exit(3)]],
    ['refused, by itself -> exit', signing(alone), failed('lobby-full'), { phase: 'done' }, [exit(4)]],
    [
      'no server, a person -> away, and the person says what is next',
      signing(attended),
      failed('unreachable'),
      { phase: 'away' },
      []
    ],
    ['refused, a person -> away', signing(attended), failed('lobby-full'), { phase: 'away' }, []],
    [
      'no server, autoconnect -> waits',
      signing({ ...alone, autoconnect: true }),
      failed('unreachable'),
      { phase: 'away', failures: 1 },
      [{ type: 'wait', ms: 1_000, attempt: 2 }]
    ],
    [
      'no server, a person with autoconnect -> waits',
      signing({ ...attended, autoconnect: true }),
      failed('unreachable'),
      { phase: 'away', failures: 1 },
      [{ type: 'wait', ms: 1_000, attempt: 2 }]
    ],
    [
      'refused, autoconnect -> exit: it would be refused again',
      signing({ ...alone, autoconnect: true }),
      failed('lobby-full'),
      { phase: 'done' },
      [exit(4)]
    ],
    [
      'refused, a person with autoconnect -> away, counting anew',
      signing({ ...attended, autoconnect: true, failures: 3 }),
      failed('lobby-full'),
      { phase: 'away', failures: 0 },
      []
    ],
    ['roster -> here', signing(alone), roster(ada, bob), { phase: 'here' }, []],
    [
      'roster after failures -> here, counting anew',
      signing({ ...alone, failures: 4 }),
      roster(),
      { phase: 'here', failures: 0 },
      []
    ],
    [
      'roster with whom to call -> in call',
      signing(wantsBob),
      roster(ada, bob),
      { phase: 'in-call' },
      [call(bob)]
    ],
    ['a call that comes at once -> in call', signing(alone), begun, { phase: 'in-call' }, []],
    ['line closed -> exit', signing(alone), closed('unreachable'), { phase: 'done' }, [exit(3)]],
    ['quit -> done', signing(alone), quit, { phase: 'done' }, [exit(0)]]
  ])('%s', check)
})

test('whom to call is whoever has that id, though another before them has it for a name', () => {
  const mallory = { ...ada, id: 'm', name: bob.id }
  expect(named([mallory, bob], bob.id)).toBe(bob)
  expect(named([mallory, bob], bob.name)).toBe(bob)
  expect(named([mallory, bob], 'nobody')).toBeUndefined()
})

describe('here:', () => {
  test.each<Case>([
    ['login wanted -> nothing', here(attended), wanted, {}, []],
    ['roster -> stays', here(alone), roster(ada), {}, []],
    ['whom to call comes -> in call', here(wantsBob), roster(ada, bob), { phase: 'in-call' }, [call(bob)]],
    [
      'whom to call is still away -> says it only once',
      here({ ...wantsBob, waits: true }),
      roster(ada),
      {},
      []
    ],
    ['a call comes -> in call', here(alone), begun, { phase: 'in-call' }, []],
    [
      'line closed from here, by itself -> exit',
      here({ ...alone, exitCode: 10 }),
      closed(null),
      { phase: 'done' },
      [exit(10)]
    ],
    ['line closed from here, a person -> away', here(attended), closed(null), { phase: 'away' }, []],
    [
      'line closed from here, a person with autoconnect -> away, too',
      here({ ...attended, autoconnect: true }),
      closed(null),
      { phase: 'away' },
      []
    ],
    [
      'line closed from here, autoconnect -> signs in',
      here({ ...alone, autoconnect: true }),
      closed(null),
      { phase: 'signing-in' },
      [{ type: 'log-in' }]
    ],
    ['line lost, by itself -> exit', here(alone), closed('unreachable'), { phase: 'done' }, [exit(3)]],
    [
      'line lost, autoconnect -> waits',
      here({ ...alone, autoconnect: true }),
      closed('unreachable'),
      { phase: 'away', failures: 1 },
      [{ type: 'wait', ms: 1_000, attempt: 2 }]
    ],
    ['line lost, a person -> away', here(attended), closed('unreachable'), { phase: 'away' }, []],
    [
      'taken over by another, autoconnect -> exit: two would fight for ever',
      here({ ...alone, autoconnect: true }),
      closed('replaced'),
      { phase: 'done' },
      [exit(4)]
    ],
    ['quit -> done', here({ ...alone, exitCode: 15 }), quit, { phase: 'done' }, [exit(15)]]
  ])('%s', check)
})

describe('in a call:', () => {
  test.each<Case>([
    ['login wanted -> nothing', talking(attended), wanted, {}, []],
    ['roster -> calls nobody else', talking({ ...alone, autocall: true }), roster(ada, bob), {}, []],
    [
      'ended, by itself, without a number of calls -> here',
      talking(alone),
      ended('left'),
      { phase: 'here', ended: 1, exitCode: 15 },
      []
    ],
    [
      'ended, by itself, the last -> exit',
      talking(wantsBob),
      ended('declined'),
      { phase: 'done', ended: 1, exitCode: 10 },
      [exit(10)]
    ],
    [
      'ended, by itself, not the last -> here',
      talking({ ...wantsBob, calls: 2 }),
      ended('busy'),
      { phase: 'here', ended: 1, exitCode: 11 },
      []
    ],
    [
      'ended, a person -> here, even after the last',
      talking({ ...wantsBob, attended: true }),
      ended('hung-up'),
      { phase: 'here', ended: 1 },
      []
    ],
    ['line lost, by itself -> exit', talking(alone), closed('unreachable'), { phase: 'done' }, [exit(3)]],
    ['quit -> done', talking(alone), quit, { phase: 'done' }, [exit(0)]]
  ])('%s', check)
})

test.each<[EndReason, number]>([
  ['hung-up', 0],
  ['declined', 10],
  ['busy', 11],
  ['no-answer', 12],
  ['cancelled', 13],
  ['failed', 14],
  ['left', 15],
  ['replaced', 16],
  ['answered-elsewhere', 17]
])('a last call that ends as %s leaves %i behind', (reason, code) => {
  expect(stepPlan(inPhase(wantsBob, 'in-call'), ended(reason))[1]).toEqual([exit(code)])
})

test('a call that ends late, when the line is no longer there, does not make it be there', () => {
  for (const phase of ['away', 'signing-in'] as const) {
    const [plan] = stepPlan(inPhase({ ...attended, autoconnect: true }, phase), ended('left'))
    expect(plan).toMatchObject({ phase, ended: 1, exitCode: 15 })
  }
})

test('done is final', () => {
  const done = inPhase({ ...attended, autoconnect: true, autocall: true }, 'done')
  const events = [
    started,
    wanted,
    failed('unreachable'),
    roster(ada),
    begun,
    ended('left'),
    closed(null),
    quit
  ]
  for (const event of events) expect(stepPlan(done, event)).toEqual([done, []])
})

const fail = (before: Plan): readonly [Plan, readonly PlanEffect[]] => {
  const [attempt] = stepPlan(before, wanted)
  return stepPlan(attempt, failed('unreachable'))
}

const arriving = (plan: Plan, ...peers: readonly Peer[]): readonly PlanEffect[] =>
  stepPlan(inPhase(plan, 'signing-in'), roster(...peers))[1]

describe('it waits longer and longer for a server,', () => {
  const persistent: Plan = { ...alone, autoconnect: true }

  test('one second, two, four, and in the end half a minute, for ever', () => {
    let plan = persistent
    const waits = Array.from({ length: 8 }, () => {
      const [next, effects] = fail(plan)
      plan = next
      return effects
    })
    const seconds = [1, 2, 4, 8, 16, 30, 30, 30]
    expect(waits).toEqual(seconds.map((s, at) => [{ type: 'wait', ms: s * 1_000, attempt: at + 2 }]))
  })

  test('even after thousands of attempts', () => {
    expect(fail({ ...persistent, failures: 5_000 })[1]).toEqual([
      { type: 'wait', ms: 30_000, attempt: 5_002 }
    ])
  })

  test('and begins with a second again once there was one', () => {
    const [here] = stepPlan(inPhase({ ...persistent, failures: 5 }, 'signing-in'), roster())
    expect(stepPlan(here, closed('unreachable'))[1]).toEqual([{ type: 'wait', ms: 1_000, attempt: 2 }])
  })
})

describe('whom it calls by itself:', () => {
  test('somebody by name, or by id', () => {
    expect(arriving(wantsBob, ada, bob)).toEqual([call(bob)])
    expect(arriving({ ...wantsBob, peer: 'id-bob' }, ada, bob)).toEqual([call(bob)])
  })

  test('rather whoever has this id than whoever calls themselves by it', () => {
    const impostor: Peer = { ...peer('id-bob'), id: 'x' }
    expect(arriving({ ...wantsBob, peer: 'id-bob' }, impostor, bob)).toEqual([call(bob)])
  })

  test('somebody who is named also when they are busy, to be told so', () => {
    expect(arriving({ ...wantsBob, peer: 'cy' }, cy)).toEqual([call(cy)])
  })

  test('whoever is named and not here ends it', () => {
    const [plan, effects] = stepPlan(inPhase(wantsBob, 'signing-in'), roster(ada))
    expect(plan.phase).toBe('done')
    expect(effects).toEqual([{ type: 'say-nobody', name: 'bob', waits: false }, exit(5)])
  })

  test('whoever is named and not here yet is waited for, if it waits', () => {
    const [plan, effects] = stepPlan(inPhase({ ...wantsBob, waits: true }, 'signing-in'), roster(ada))
    expect(plan.phase).toBe('here')
    expect(effects).toEqual([{ type: 'say-nobody', name: 'bob', waits: true }])
    expect(stepPlan(plan, roster(ada, bob))[1]).toEqual([call(bob)])
  })

  test('with autocall the last who is free', () => {
    const autocall: Plan = { ...alone, autocall: true }
    expect(arriving(autocall, ada, bob, cy)).toEqual([call(bob)])
    expect(arriving(autocall, cy)).toEqual([])
    expect(arriving(autocall)).toEqual([])
  })

  test('with autocall nobody but whoever is named, if somebody is', () => {
    expect(arriving({ ...wantsBob, autocall: true, waits: true }, ada)).toEqual([
      { type: 'say-nobody', name: 'bob', waits: true }
    ])
  })

  test('without autocall nobody', () => {
    expect(arriving(alone, ada, bob)).toEqual([])
  })

  test('nobody after so many calls, not even when the line comes back', () => {
    const over: Plan = { ...attended, peer: 'bob', autocall: true, calls: 2, ended: 2 }
    expect(stepPlan(inPhase(over, 'here'), roster(ada, bob))[1]).toEqual([])
    expect(stepPlan(inPhase(over, 'signing-in'), roster(ada))).toEqual([inPhase(over, 'here'), []])
    expect(stepPlan(inPhase({ ...over, ended: 1 }, 'here'), roster(ada, bob))[1]).toEqual([call(bob)])
  })
})
