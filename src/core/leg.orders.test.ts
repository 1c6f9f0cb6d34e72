import { describe, expect, test } from 'vitest'
import { walk } from '../../test/support/interleavings.ts'
import { type LegReducer, answer, legWorld, offer } from '../../test/support/leg-world.ts'
import { say } from '../../test/support/leg-states.ts'
import { type Scenario, legsWorld } from '../../test/support/legs-world.ts'
import { type LegEffect, type Saying, placeCall, receiveCall, stepLeg } from './leg.ts'

/** Leaves out, or changes, what the leg wants done. */
const mapEffects =
  (change: (effect: LegEffect) => readonly LegEffect[]): LegReducer =>
  (now, event) => {
    const [leg, effects] = stepLeg(now, event)
    return [leg, effects.flatMap(change)]
  }

const without = (...types: readonly LegEffect['type'][]): LegReducer =>
  mapEffects((effect) => (types.includes(effect.type) ? [] : [effect]))

const unsaid = (type: Saying['type']): LegReducer =>
  mapEffects((effect) => (effect.type === 'say' && effect.message.type === type ? [] : [effect]))

const isAllAgain = (effect: LegEffect): boolean => effect.type === 'say-again' && effect.all

const starts = [
  ['a caller', placeCall(true)],
  ['a caller of another protocol', placeCall(false)],
  ['a callee', receiveCall(offer, { native: true, prepares: 'no' })],
  ['a callee of another protocol', receiveCall(offer, { native: false, prepares: 'no' })],
  ['a callee that prepares its answer', receiveCall(offer, { native: true, prepares: 'over-all' })],
  [
    'a callee that prepares its answer over relays',
    receiveCall(offer, { native: true, prepares: 'over-relays' })
  ]
] as const

/** One leg, broken on purpose, and what comes of it. */
const mutants: [string, LegReducer, string][] = [
  [
    'opens media while it rings',
    (now, event) => {
      const [leg, effects] = stepLeg(now, event)
      return 'heard' in leg && leg.heard.length > 1
        ? [leg, [...effects, { type: 'open-media' }]]
        : [leg, effects]
    },
    'open-media before the callee accepts'
  ],
  [
    'shows itself with what it prepares',
    (now, event) => {
      const [leg, effects] = stepLeg(now, event)
      return effects.some((effect) => effect.type === 'say' && effect.message.type === 'prepare')
        ? [leg, [...effects, { type: 'attach-media' }]]
        : [leg, effects]
    },
    'attach-media before the callee accepts'
  ],
  [
    'takes a connection for an accept',
    (now, event) =>
      event.type === 'media-connected' && now.phase === 'ringing' && now.role === 'callee'
        ? stepLeg(now, { type: 'accepted' })
        : stepLeg(now, event),
    'before the callee accepts'
  ],
  [
    'hangs up before it has invited',
    (now, event) => stepLeg(now.phase === 'calling' ? { ...now, offer } : now, event),
    'before there is a call'
  ],
  [
    'keeps its first connection when the invites cross',
    (now, event) => {
      const [leg, effects] = stepLeg(now, event)
      return event.type === 'crossed'
        ? [leg, effects.filter(({ type }) => type !== 'close-media')]
        : [leg, effects]
    },
    'open-media twice'
  ],
  [
    'forgets its deadlines at the end',
    mapEffects((effect) => (effect.type === 'set-deadline' && effect.afterMs === null ? [] : [effect])),
    'the end leaves a deadline'
  ],
  [
    'counts its time without a line from the latest attempt',
    (now, event) =>
      stepLeg(event.type === 'line-lost' && 'lost' in now ? { ...now, lost: false } : now, event),
    'waits anew for a line'
  ],
  [
    'ends twice',
    (now, event) =>
      now.phase === 'ended' && event.type === 'ended'
        ? [{ ...now, reason: event.reason }, []]
        : stepLeg(now, event),
    'ended after the end'
  ]
]

describe('whatever happens, in whatever order', () => {
  test.each(starts)(
    '%s shows nothing without consent and ends once, with everything closed',
    (_role, start) => {
      const { violation, ends } = walk(legWorld(start, stepLeg))
      expect(violation).toBeNull()
      expect(ends).toBeGreaterThan(0)
    }
  )

  test.each(mutants)('the walker catches a leg that %s', (_name, mutant, caught) => {
    const found = starts.flatMap(([, start]) => walk(legWorld(start, mutant)).violation?.what ?? [])
    expect(found.join()).toContain(caught)
  })
})

const scenarios: Scenario[] = [
  { a: ['call', 'hang-up'], b: ['accept', 'hang-up'] },
  { a: ['call', 'hang-up'], b: ['accept', 'hang-up'], prepares: true },
  { a: ['call', 'hang-up'], b: ['decline'], faults: ['ring out'] },
  { a: ['call', 'give-up'], b: ['accept', 'give-up'] },
  { a: ['call', 'hang-up'], b: ['call', 'hang-up'] },
  { a: ['call'], b: ['accept'], faults: ['lose a', 'lose b'], prepares: true },
  { a: ['call', 'hang-up'], b: ['accept'], faults: ['lose a', 'lose b', 'ring out'] },
  { a: ['call', 'hang-up'], b: [], faults: ['restart'] },
  { a: ['call'], b: ['accept', 'hang-up'], faults: ['restart'] },
  { a: ['call', 'hang-up'], b: ['accept'], faults: ['restart'] },
  { a: ['call'], b: ['accept', 'break'], faults: ['restart'] },
  { a: ['call'], b: ['accept', 'move'], faults: ['lose a'] },
  { a: ['call'], b: ['accept'], faults: ['restart'], prepares: true },
  { a: ['call'], b: ['decline'], faults: ['restart'], prepares: true },
  { a: ['call'], b: ['call'], faults: ['restart'] },
  { a: ['call', 'move'], b: ['accept'], faults: ['lose a', 'expire a'] },
  { a: ['call'], b: ['accept', 'move'], faults: ['restart'] },
  { a: ['call', 'move'], b: ['accept', 'move'] },
  { a: ['call'], b: ['accept'], faults: ['lose b', 'expire b'], prepares: true }
]

const named = ({ a, b, faults = [], prepares = false }: Scenario) =>
  [a.join(', '), b.join(', ') + (prepares ? ', prepared' : ''), faults.join(', ') || 'nothing'].join(' | ')

describe('the two legs of a call end with the same word, in every order of what they, the server and the lines do', () => {
  test.each(scenarios.map((scenario) => [named(scenario), scenario] as const))(
    '%s',
    (_name, scenario) => {
      const { violation, ends, states } = walk(legsWorld(stepLeg, scenario), 400_000)
      expect(violation).toBeNull()
      expect(ends).toBeGreaterThan(0)
      expect(states).toBeGreaterThan(ends)
    },
    60_000
  )
})

const hangUps: Scenario = { a: ['call', 'hang-up'], b: ['accept', 'hang-up'] }
const restarted: Scenario = { a: ['call'], b: ['accept'], faults: ['restart'] }
const prepared: Scenario = { ...restarted, prepares: true }
const cancelled: Scenario = { a: ['call', 'hang-up'], b: [], faults: ['restart'] }

/** The reducer of both legs, broken on purpose. */
const pairMutants: [string, LegReducer, Scenario, string][] = [
  [
    'takes its own word for why the call has ended',
    (now, event) => {
      const [leg, effects] = stepLeg(now, event)
      return leg.phase === 'ending'
        ? [
            { ...leg, phase: 'ended' },
            effects.filter((effect) => effect.type !== 'set-deadline' || effect.afterMs === null)
          ]
        : [leg, effects]
    },
    hangUps,
    'at the other'
  ],
  ['hangs up without a word', unsaid('hang-up'), hangUps, 'never told why'],
  [
    'ends a call with its line',
    (now, event) => stepLeg(now, event.type === 'line-lost' ? { type: 'ended', reason: 'left' } : event),
    restarted,
    'nobody wanted that'
  ],
  [
    'does not wait for a callee that comes back later',
    (now, event) => (event.type === 'partner-joined' ? [now, []] : stepLeg(now, event)),
    restarted,
    'nobody wanted that'
  ],
  [
    'invites a callee that is not back yet',
    (now, event) => stepLeg(now, event.type === 'signed-in-anew' ? { ...event, present: true } : event),
    restarted,
    'nobody wanted that'
  ],
  [
    'does not claim an accepted call from a new server',
    unsaid('rejoin'),
    restarted,
    'the server does not know the call'
  ],
  [
    'speaks to a server that does not know the call',
    without('hold-signals'),
    restarted,
    'that the server does not know'
  ],
  [
    'does not say again what was lost with the server',
    mapEffects((effect) => (isAllAgain(effect) ? [say({ type: 'ringing' })] : [effect])),
    restarted,
    'accept was lost'
  ],
  [
    'leaves out what was prepared when it is invited again',
    mapEffects((effect) => (isAllAgain(effect) ? [{ type: 'say-again', all: false }] : [effect])),
    prepared,
    'was lost'
  ],
  [
    'takes an invite that has come again for an accept',
    (now, event) =>
      event.type === 'invite' && now.phase === 'ringing' && now.role === 'callee'
        ? stepLeg(now, { type: 'accepted' })
        : stepLeg(now, event),
    restarted,
    'before it accepts'
  ],
  [
    'restarts ICE while nobody can hear of it',
    (now, event) =>
      event.type === 'network-changed' && 'restartDue' in now
        ? [now, [{ type: 'restart-ice' }]]
        : stepLeg(now, event),
    { a: ['call', 'move'], b: ['accept'], faults: ['lose a'] },
    'where nobody hears of it'
  ],
  [
    'does not do what the callee asks for',
    (now, event) => (event.type === 'ice-restart' ? [now, []] : stepLeg(now, event)),
    { a: ['call'], b: ['accept', 'move'] },
    'was not started over'
  ],
  [
    'starts ICE over at either side',
    mapEffects((effect) =>
      effect.type === 'say' && effect.message.type === 'ice-restart' ? [{ type: 'restart-ice' }] : [effect]
    ),
    { a: ['call'], b: ['accept', 'move'] },
    'restarts ICE itself'
  ],
  [
    'accepts what was prepared with another answer',
    mapEffects((effect) =>
      effect.type === 'say' && effect.message.type === 'accept' && effect.message.description === null
        ? [say({ type: 'accept', description: answer })]
        : [effect]
    ),
    prepared,
    'is refused'
  ],
  [
    'waits for ever for a server that has forgotten the call',
    mapEffects((effect) => (effect.type === 'set-deadline' && effect.deadline === 'reunion' ? [] : [effect])),
    cancelled,
    'rings for ever'
  ]
]

describe('the walker catches two legs of which each', () => {
  test.each(pairMutants)(
    '%s',
    (_name, mutant, scenario, caught) => {
      expect(walk(legsWorld(stepLeg, scenario), 400_000).violation).toBeNull()
      expect(walk(legsWorld(mutant, scenario), 400_000).violation?.what).toContain(caught)
    },
    60_000
  )
})
