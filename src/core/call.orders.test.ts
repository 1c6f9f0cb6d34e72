/**
 * Every order in which two clients, the network and the time can act on one call. What the clients are
 * like stands in test/support/call-parties.ts.
 */
import { describe, expect, test } from 'vitest'
import type { Kind, ScriptStep } from '../../test/support/call-parties.ts'
import { type CallWorld, type Reducer, callWorld } from '../../test/support/call-world.ts'
import { type World, walk } from '../../test/support/interleavings.ts'
import { type Call, type CallEffect, type CallEvent, type Flow, startCall, stepCall } from './call.ts'

const reducer: Reducer = { start: startCall, step: stepCall }

/** `native: call, hang-up | stubborn`: what either is and does of its own accord, in this order. */
type Script = `${string} | ${string}`

const kinds: readonly Kind[] = ['native', 'browser', 'stubborn']
const steps: readonly ScriptStep[] = [
  'call',
  'candidate',
  'early',
  'offer',
  'prepare',
  'accept',
  'decline',
  'hang-up',
  'leave'
]
const isKind = (word: string): word is Kind => kinds.some((kind) => kind === word)
const isStep = (word: string): word is ScriptStep => steps.some((step) => step === word)

const party = (text: string): readonly [Kind, ...ScriptStep[]] => {
  const [kind = '', ...script] = text.split(/[:,]? +/)
  if (!isKind(kind) || !script.every(isStep)) throw new Error(`no party: ${text}`)
  return [kind, ...script]
}

const world = (script: Script, reduce = reducer): World<CallWorld> => {
  const [a = '', b = ''] = script.split(' | ')
  return callWorld(reduce, party(a), party(b))
}

describe('whatever comes first, the promises of a call hold', () => {
  test.each<Script>([
    // One calls.
    'native: call, candidate | native: accept, candidate',
    'native: call, hang-up | native: accept, hang-up',
    'native: call, hang-up | native: decline',
    'native: call, leave | native: accept, candidate, leave',
    'native: call, candidate, hang-up | stubborn: candidate, hang-up',
    'native: call, candidate, leave | browser: early, candidate, leave',
    'native: accept, candidate | stubborn: call, candidate, candidate',
    'native: accept, candidate, hang-up | stubborn: call, early, hang-up',
    'native: accept, candidate | browser: call, early, leave',
    'native: decline | stubborn: call, hang-up',
    'stubborn: call, candidate, hang-up | stubborn: candidate, hang-up',
    'stubborn: call, early, leave | browser: candidate, leave',
    'browser: call, early, candidate | stubborn: early, candidate, hang-up',
    // The callee answers before it accepts.
    'native: call, candidate | native: prepare, candidate, accept',
    'native: call, hang-up | native: prepare, accept, hang-up',
    'native: call, leave | native: prepare, decline',
    'native: call, offer | native: prepare, offer, accept',
    'native: call, offer, hang-up | native: prepare, accept, candidate',
    // Both call each other.
    'native: call, candidate, hang-up | native: call, candidate',
    'native: call, leave | native: call, hang-up',
    'native: call, candidate | stubborn: call, candidate',
    'native: call, hang-up | stubborn: call, hang-up',
    'native: call, candidate | browser: call, early',
    'native: call, hang-up | browser: call, leave',
    'stubborn: call, candidate | stubborn: call, early',
    'stubborn: call, hang-up | stubborn: call, hang-up',
    'stubborn: call, leave | stubborn: call, candidate',
    'stubborn: call, candidate | browser: call, candidate',
    'stubborn: call, hang-up | browser: call, hang-up',
    'browser: call, candidate | browser: call, early',
    'browser: call, leave | browser: call, hang-up',
    // Both go on to change what they send.
    'native: call, offer | native: accept, offer',
    'native: call, offer, candidate | stubborn: candidate',
    'native: call, offer, candidate | browser: offer, candidate',
    'native: accept, offer, candidate | stubborn: call, candidate',
    'native: accept, offer, hang-up | browser: call, offer, candidate',
    'browser: call, offer, candidate | browser: offer, candidate, hang-up',
    'browser: call, offer | stubborn: candidate'
  ])('%s', (script) => {
    const { ends, violation } = walk(world(script))
    expect(violation).toBeNull()
    expect(ends).toBeGreaterThan(0)
  })

  test('and every end that a call can come to is among those seen', () => {
    const outcomes = new Set<string>()
    const watch = (script: Script): void => {
      const watched = world(script)
      walk({
        ...watched,
        checkEnd: ({ call, reason }) => outcomes.add(reason ?? call?.phase ?? 'not begun')
      })
    }
    watch('native: call | native: accept')
    watch('native: call | native: decline')
    watch('native: call, hang-up | native: accept, leave')
    expect([...outcomes].sort()).toEqual([
      'cancelled',
      'connected',
      'declined',
      'hung-up',
      'left',
      'no-answer',
      'not begun'
    ])
  })
})

// Broken on purpose

type Step = readonly [Call, readonly CallEffect[]]

/** Breaks what comes out of a step. */
const after = (change: (step: Step, event: CallEvent, before: Call) => Step): Reducer => ({
  start: startCall,
  step: (call, event) => change(stepCall(call, event), event, call)
})

/** Breaks what a step has to go by. */
const before = (change: (call: Call, event: CallEvent) => Call): Reducer => ({
  start: startCall,
  step: (call, event) => stepCall(change(call, event), event)
})

const without = (type: CallEffect['type'], to: CallEffect['to'], reason?: string): Reducer =>
  after(([call, effects]) => [
    call,
    effects.filter(
      (effect) =>
        effect.type !== type ||
        effect.to !== to ||
        (reason !== undefined && effect.type === 'ended' && effect.reason !== reason)
    )
  ])

const eachFlow = (call: Call, change: Partial<Flow>): Call =>
  call.phase === 'ended'
    ? call
    : {
        ...call,
        flows: { caller: { ...call.flows.caller, ...change }, callee: { ...call.flows.callee, ...change } }
      }

const other = (event: Extract<CallEvent, { by: unknown }>) => (event.by === 'caller' ? 'callee' : 'caller')

/** Passes a candidate on at once, whatever is held back. */
const handOn = (step: Step, event: CallEvent, isWrong: (call: Call) => boolean): Step =>
  event.type === 'candidate-found' && isWrong(step[0])
    ? [step[0], [{ to: other(event), type: 'candidate', candidate: event.candidate }]]
    : step

describe('the walker catches a call', () => {
  test.each<[string, Reducer, Script]>([
    [
      'that keeps a hang-up to itself',
      after((step, event, call) => (event.type === 'hung-up' ? [call, []] : step)),
      'native: call, hang-up | native: accept'
    ],
    [
      'that has no word for the side that ended it',
      after(([call, effects], event) => [
        call,
        effects.filter(
          (effect) => effect.type !== 'ended' || event.type !== 'hung-up' || effect.to !== event.by
        )
      ]),
      'native: call, hang-up | native: accept'
    ],
    [
      'that lets a hang-up which crosses another change the word',
      after((step, event, call) =>
        call.phase === 'ended' && event.type === 'hung-up'
          ? [call, [{ to: event.by, type: 'ended', reason: 'hung-up' }]]
          : step
      ),
      'native: call, hang-up | native: decline'
    ],
    [
      'that forgets that the offer has its answer',
      before((call) => (call.phase === 'ringing' ? { ...call, prepared: false } : call)),
      'native: call | native: prepare, accept'
    ],
    [
      'that keeps the answer before the accept to itself',
      without('prepare', 'caller'),
      'native: call | native: prepare, accept'
    ],
    ['that ends without a word to the caller', without('ended', 'caller'), 'native: call | native: decline'],
    ['that ends without a word to the callee', without('ended', 'callee'), 'native: call, leave | browser'],
    [
      'that says twice that it has ended',
      after(([call, effects]) => [call, [...effects, ...effects.filter(({ type }) => type === 'ended')]]),
      'native: call, hang-up | stubborn'
    ],
    [
      'that tells each side another reason',
      after(([call, effects]) => [
        call,
        effects.map((effect) =>
          effect.type === 'ended' && effect.to === 'callee' ? { ...effect, reason: 'failed' } : effect
        )
      ]),
      'native: call | native'
    ],
    [
      'that speaks after its end',
      after((step, event) => handOn(step, event, ({ phase }) => phase === 'ended')),
      'native: call, candidate | native: decline'
    ],
    [
      'that goes on after its end',
      after(([call, effects], _event, before) => [call.phase === 'ended' ? before : call, effects]),
      'native: call, hang-up | native: accept, hang-up'
    ],
    [
      'that holds no candidates back',
      after((step, event) => handOn(step, event, () => true)),
      'native: accept, candidate | browser: call, early'
    ],
    [
      'that forgets what it held back',
      before((call) => eachFlow(call, { held: [] })),
      'browser: call | stubborn: early'
    ],
    [
      'that forgets what overtook its offer',
      { ...reducer, start: (abilities, offer, when) => startCall(abilities, offer, { ...when, early: [] }) },
      'browser: call, early | stubborn'
    ],
    [
      'that hands on candidates of another connection',
      after(([call, effects], event, before) => {
        const held = event.type === 'accepted' && before.phase === 'ringing' ? before.flows.callee.held : []
        const stale = held.map((candidate) => ({ to: 'caller', type: 'candidate', candidate }) as const)
        return [call, [...effects, ...stale]]
      }),
      'browser: call | browser: call, candidate'
    ],
    [
      'that leaves the sides to settle a glare',
      after((step, event, call) =>
        event.type === 'described' && call.phase === 'ringing' && event.by === 'callee'
          ? [call, [{ to: 'caller', type: 'description', description: event.description }]]
          : step
      ),
      'stubborn: call | stubborn: call'
    ],
    [
      'that invites nobody again',
      before((call) => (call.phase === 'ringing' ? { ...call, reinviteAt: null } : call)),
      'native: call | stubborn: call'
    ],
    [
      'that invites again at once',
      after((step) => {
        const [call] = step
        if (call.phase !== 'ringing' || call.reinviteAt === null || call.reinviteAt === Infinity) return step
        return stepCall(call, { type: 'time-passed', now: call.reinviteAt })
      }),
      'native: call | browser: call'
    ],
    [
      'that invites again without the candidates',
      before((call) => (call.phase === 'ringing' ? { ...call, trail: [] } : call)),
      'native: call, candidate | stubborn: call'
    ],
    [
      'that lets an unaware callee open a call that is over',
      without('ended', 'callee', 'declined'),
      'stubborn: call, hang-up | stubborn: call, hang-up'
    ],
    [
      'that lets no client settle',
      before((call) => eachFlow(call, { settlesAt: 0 })),
      'stubborn: call | stubborn'
    ],
    [
      'that never delivers what waited',
      before((call) => eachFlow(call, { settlesAt: 0, waiting: null })),
      'stubborn: call | stubborn'
    ],
    [
      'that lets candidates overtake an offer that waits',
      after((step, event) =>
        handOn(step, event, (call) => 'flows' in call && call.flows.callee.waiting !== null)
      ),
      'stubborn: call | native: accept, offer, candidate'
    ],
    [
      'that lets both of two crossing offers through',
      before((call, { type }) => (type === 'described' ? eachFlow(call, { offeredAt: null }) : call)),
      'browser: call, offer | browser: offer'
    ],
    [
      'that rings for ever',
      after((step, event, before) =>
        event.type === 'time-passed' && before.phase === 'ringing' ? [before, []] : step
      ),
      'native: call | native'
    ]
  ])('%s', (_fault, broken, script) => {
    expect(walk(world(script)).violation).toBeNull()
    expect(walk(world(script, broken)).violation).not.toBeNull()
  })
})
