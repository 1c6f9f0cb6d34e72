import { describe, expect, test } from 'vitest'
import {
  type Call,
  type CallPlan,
  type Pair,
  type PairEffect,
  type PairEvent,
  newPair
} from './pair-state.ts'
import { stepPair } from './pair.ts'
import type { News, Note, Side } from './words.ts'

const plan: CallPlan = { id: 'call', dueAt: 1_000, talkMs: 2_000, hangsUp: 'caller' }
const call: Call = { ...plan, parties: { caller: 'ada', callee: 'bob' } }
const lost = { type: 'lost', detail: '1006' } as const

const both: Pair['seats'] = { caller: { step: 'in', id: 'ada' }, callee: { step: 'in', id: 'bob' } }
const begun = stepPair(newPair, { type: 'begun', dueAt: 90 })[0]
const inTalk = (talk: Pair['talk']): Pair => ({
  ...newPair,
  seats: both,
  settled: { caller: true, callee: true },
  talk
})
const pairs = {
  free: inTalk({ phase: 'free' }),
  resting: inTalk({ phase: 'resting' }),
  calling: inTalk({ phase: 'calling', call }),
  talking: inTalk({ phase: 'talking', call, probe: 'due' }),
  probed: inTalk({ phase: 'talking', call, probe: 2_000 }),
  heard: inTalk({ phase: 'talking', call, probe: 'heard' }),
  ending: inTalk({ phase: 'ending', call, probe: 'heard', hungUpAt: 3_000 }),
  unheard: inTalk({ phase: 'ending', call, probe: 2_000, hungUpAt: 3_000 })
}

/** One line for each effect. */
const told = (effects: readonly PairEffect[]): readonly string[] =>
  effects.map((effect) => {
    switch (effect.type) {
      case 'open':
        return `open ${effect.side}, due at ${effect.dueAt}`
      case 'close':
        return `close ${effect.side}`
      case 'say':
        return `${effect.side} says ${effect.said.type} to ${effect.said.to}`
      case 'set-timer':
        return `${effect.timer} in ${effect.afterMs}`
      case 'clear-timer':
        return `no ${effect.timer}`
      case 'note':
        return notedAs(effect.note)
      default:
        return effect.type
    }
  })

const notedAs = (note: Note): string => {
  switch (note.type) {
    case 'measured':
      return `${note.measure}: ${note.ms} ms`
    case 'call-finished':
      return `${note.outcome}: ${note.end}`
    case 'refused':
      return `refused: ${note.code}`
    default:
      return note.type
  }
}

const hears = (side: Side, news: News, now = 1_500): PairEvent => ({ type: 'heard', side, news, now })
const ended = (
  reason: 'hung-up' | 'left' | 'busy' | null = 'hung-up',
  call: string | null = 'call'
): News => ({
  type: 'ended',
  call,
  reason
})
const fires = (timer: 'pace' | 'limit' | 'retry-caller', now = 4_000): PairEvent => ({
  type: 'timer-fired',
  timer,
  now
})

describe('calls', () => {
  test.each<[string, Pair, PairEvent, Pair['talk']['phase'], readonly string[]]>([
    [
      'free → placed → calling',
      pairs.free,
      { type: 'placed', call: plan, now: 1_003 },
      'calling',
      ['call-begun', 'wait: 3 ms', 'limit in 30000', 'caller says invite to bob']
    ],
    [
      'calling → rung: answered',
      pairs.calling,
      hears('callee', { type: 'rung', call: 'call', from: 'ada' }),
      'calling',
      ['callee says answer to ada']
    ],
    [
      'calling → rung by a stranger: declined',
      pairs.calling,
      hears('callee', { type: 'rung', call: 'other', from: 'eve' }),
      'calling',
      ['callee says decline to eve']
    ],
    [
      'the caller → rung: declined',
      pairs.calling,
      hears('caller', { type: 'rung', call: null, from: 'eve' }),
      'calling',
      ['caller says decline to eve']
    ],
    [
      'calling → rung by the partner for a call that was given up: declined',
      pairs.calling,
      hears('callee', { type: 'rung', call: 'earlier', from: 'ada' }),
      'calling',
      ['callee says decline to ada']
    ],
    [
      'calling → ringing',
      pairs.calling,
      hears('caller', { type: 'ringing', call: 'call' }, 1_012),
      'calling',
      ['ringing: 12 ms']
    ],
    [
      'calling → accepted → talking',
      pairs.calling,
      hears('caller', { type: 'accepted', call: null }, 1_020),
      'talking',
      ['call-answered', 'accept: 20 ms', 'no limit', 'pace in 1000']
    ],
    [
      'calling → accepted, but of an earlier call',
      pairs.calling,
      hears('caller', { type: 'accepted', call: 'earlier' }),
      'calling',
      []
    ],
    [
      'calling → ended: busy → resting',
      pairs.calling,
      hears('caller', ended('busy')),
      'resting',
      ['failed: busy', 'no limit', 'pace in 1000']
    ],
    [
      'calling → a bye → resting',
      pairs.calling,
      hears('caller', ended(null, null)),
      'resting',
      ['failed: declined', 'no limit', 'pace in 1000']
    ],
    [
      'calling → refused → resting',
      pairs.calling,
      hears('caller', { type: 'refused', call: 'call', code: 'unknown-peer' }),
      'resting',
      ['refused: unknown-peer', 'caller says hang-up to bob', 'failed: refused', 'no limit', 'pace in 1000']
    ],
    [
      'calling → refused, but of an earlier call',
      pairs.calling,
      hears('caller', { type: 'refused', call: 'earlier', code: 'unknown-call' }),
      'calling',
      []
    ],
    [
      'calling → refused, whatever it is about',
      pairs.calling,
      hears('caller', { type: 'refused', call: null, code: 'rate-limited' }),
      'resting',
      ['refused: rate-limited', 'caller says hang-up to bob', 'failed: refused', 'no limit', 'pace in 1000']
    ],
    [
      'ending → refused, for what was said crossed the end',
      pairs.ending,
      hears('callee', { type: 'refused', call: 'call', code: 'unknown-call' }),
      'ending',
      []
    ],
    [
      'resting → refused, whatever it is about',
      pairs.resting,
      hears('callee', { type: 'refused', call: null, code: 'rate-limited' }),
      'resting',
      ['refused: rate-limited']
    ],
    [
      'calling → too long → resting',
      pairs.calling,
      fires('limit'),
      'resting',
      ['caller says hang-up to bob', 'failed: timed-out', 'no limit', 'pace in 1000']
    ],
    [
      'talking → in the middle of it → a message, alone',
      pairs.talking,
      fires('pace'),
      'talking',
      ['caller says probe to bob', 'pace in 1000']
    ],
    [
      'talking → the message comes',
      pairs.probed,
      hears('callee', { type: 'relayed', call: 'call' }, 2_004),
      'talking',
      ['relay: 4 ms']
    ],
    [
      'talking → the message comes again',
      pairs.heard,
      hears('callee', { type: 'relayed', call: 'call' }),
      'talking',
      []
    ],
    [
      'talking → enough → ending',
      pairs.heard,
      fires('pace'),
      'ending',
      ['callee says look to ada', 'caller says hang-up to bob', 'no pace', 'limit in 10000']
    ],
    [
      'talking → ended, by nobody here → resting',
      pairs.talking,
      hears('callee', ended('left')),
      'resting',
      ['failed: left', 'no limit', 'pace in 1000']
    ],
    ['ending → who hung up hears of it', pairs.ending, hears('caller', ended()), 'ending', []],
    [
      'ending → the partner hears of it → free',
      pairs.ending,
      hears('callee', ended(), 3_003),
      'free',
      ['ended: 3 ms', 'well: hung-up', 'no limit', 'free']
    ],
    [
      'ending → the partner hears another reason → resting',
      pairs.ending,
      hears('callee', ended('left'), 3_003),
      'resting',
      ['ended: 3 ms', 'failed: left', 'no limit', 'pace in 1000']
    ],
    [
      'ending → the partner hears of it, but not the message before it → resting',
      pairs.unheard,
      hears('callee', ended()),
      'resting',
      ['failed: unheard', 'no limit', 'pace in 1000']
    ],
    [
      'ending → the message comes, though late',
      pairs.unheard,
      hears('callee', { type: 'relayed', call: 'call' }, 3_500),
      'ending',
      ['relay: 1500 ms']
    ],
    [
      'ending → too long → resting',
      pairs.ending,
      fires('limit'),
      'resting',
      ['failed: timed-out', 'no limit', 'pace in 1000']
    ],
    ['resting → enough → free', pairs.resting, fires('pace'), 'free', ['free']],
    ['resting → a late end', pairs.resting, hears('callee', ended()), 'resting', []]
  ])('%s', (_name, before, event, phase, effects) => {
    const [after, effected] = stepPair(before, event)
    expect(told(effected)).toEqual(effects)
    expect(after.talk.phase).toBe(phase)
  })

  test('the callee hangs up, where it is told to, and sends the message', () => {
    const talk = { phase: 'talking', call: { ...call, hangsUp: 'callee' }, probe: 'due' } as const
    const [probed, first] = stepPair(inTalk(talk), fires('pace'))
    expect(told(first)).toEqual(['callee says probe to ada', 'pace in 1000'])
    const [, second] = stepPair(probed, fires('pace'))
    expect(told(second).slice(0, 2)).toEqual(['caller says look to bob', 'callee says hang-up to ada'])
  })
})

const comes = (side: Side): PairEvent => ({ type: 'welcomed', side, id: side, tookMs: 8 })
const goes = (side: Side): PairEvent => ({ type: 'gone', side, fault: lost })

describe('coming and going', () => {
  test('both are opened, and free as soon as both are in', () => {
    expect(told(stepPair(newPair, { type: 'begun', dueAt: 90 })[1])).toEqual([
      'open caller, due at 90',
      'open callee, due at 90'
    ])
    const [half, first] = stepPair(begun, comes('callee'))
    expect(told(first)).toEqual(['signed-in', 'settled', 'sign-in: 8 ms'])
    const [, second] = stepPair(half, comes('caller'))
    expect(told(second)).toEqual([...told(first), 'free'])
  })

  test.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [4, 8_000],
    [9, 8_000]
  ])('who was kept out %i times waits %i ms for the next attempt', (times, waitMs) => {
    let pair = begun
    let effects: readonly PairEffect[] = []
    for (let time = 0; time < times; time += 1) {
      ;[pair, effects] = stepPair(pair, goes('caller'))
      if (time + 1 < times) [pair] = stepPair(pair, fires('retry-caller'))
    }
    // It is known of it after the first attempt, and only once.
    const news = times === 1 ? ['kept-out', 'settled'] : ['kept-out']
    expect(told(effects)).toEqual([...news, `retry-caller in ${waitMs}`])
    expect(told(stepPair(pair, fires('retry-caller'))[1])).toEqual(['open caller, due at 4000'])
  })

  test('who is lost comes back soon, and the call is over, which the partner tells the server', () => {
    const [after, effects] = stepPair(pairs.talking, goes('callee'))
    expect(told(effects)).toEqual([
      'lost',
      'caller says hang-up to bob',
      'failed: lost',
      'no limit',
      'pace in 1000',
      'retry-callee in 500'
    ])
    const [back] = stepPair(after, fires('pace'))
    expect(back.talk.phase).toBe('idle')
  })

  test('who has hung up may be lost before the partner hears of the end', () => {
    const [after, effects] = stepPair(pairs.ending, goes('caller'))
    expect(told(effects)).toEqual(['lost', 'retry-caller in 500'])
    expect(told(stepPair(after, hears('callee', ended(), 3_001))[1])).toContain('well: hung-up')
  })

  test('where the partner is lost, it will not hear of the end', () => {
    expect(told(stepPair(pairs.ending, goes('callee'))[1])).toContain('failed: lost')
  })

  test('who is free and lost is free no more', () => {
    const [after, effects] = stepPair(pairs.free, goes('callee'))
    expect(told(effects)).toEqual(['lost', 'taken', 'retry-callee in 500'])
    expect(after.talk.phase).toBe('idle')
  })

  test('a call that is placed when somebody has just been lost is begun, and fails', () => {
    const [alone] = stepPair(pairs.free, goes('callee'))
    const [after, effects] = stepPair(alone, { type: 'placed', call: plan, now: 1_001 })
    expect(told(effects)).toEqual(['call-begun', 'wait: 1 ms', 'failed: lost'])
    expect(after.talk.phase).toBe('idle')
  })
})

describe('the end', () => {
  const out = ['no retry-caller', 'no retry-callee', 'no pace', 'no limit']
  const closed = ['close caller', 'signed-out', 'close callee', 'signed-out']
  const stopped: PairEvent = { type: 'stopped', now: 5_000 }

  test.each<[string, Pair, readonly string[]]>([
    ['resting: both leave', pairs.resting, [...out, ...closed, 'done']],
    ['free: both leave', pairs.free, ['taken', ...out, ...closed, 'done']],
    ['before anybody was in', begun, [...out, 'close caller', 'close callee', 'done']],
    [
      'calling: the call is cut off',
      pairs.calling,
      ['caller says hang-up to bob', 'cut-off: cut-off', ...out, ...closed, 'done']
    ],
    [
      'talking: they hang up first',
      pairs.talking,
      ['callee says look to ada', 'caller says hang-up to bob', 'no pace', 'limit in 10000']
    ],
    ['ending: they wait for the end', pairs.ending, []]
  ])('%s', (_name, pair, effects) => {
    expect(told(stepPair(pair, stopped)[1])).toEqual(effects)
  })

  test('a call that was being ended is finished before both leave', () => {
    const [stopping] = stepPair(pairs.ending, stopped)
    const [after, effects] = stepPair(stopping, hears('callee', ended(), 3_002))
    expect(told(effects)).toEqual(['ended: 2 ms', 'well: hung-up', ...out, ...closed, 'done'])
    expect(after.talk.phase).toBe('over')
    expect(stepPair(after, stopped)[1]).toEqual([])
    expect(stepPair(after, { type: 'dropped' })[1]).toEqual([])
  })

  test.each<[string, Pair, readonly string[]]>([
    ['resting', pairs.resting, [...out, ...closed, 'done']],
    ['talking', pairs.talking, ['cut-off: cut-off', ...out, ...closed, 'done']],
    ['ending', pairs.ending, ['cut-off: cut-off', ...out, ...closed, 'done']]
  ])('where there is no time left, nothing is waited for: %s', (_name, pair, effects) => {
    expect(told(stepPair(pair, { type: 'dropped' })[1])).toEqual(effects)
  })
})
