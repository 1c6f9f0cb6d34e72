import { describe, expect, test } from 'vitest'
import { walk } from '../../test/support/interleavings.ts'
import {
  type Reducer,
  type Scripts,
  establishedWorld,
  freshWorld
} from '../../test/support/negotiation-world.ts'
import {
  type Negotiation,
  type NegotiationEffect,
  type NegotiationEvent,
  type NegotiationStep,
  negotiate
} from './negotiation.ts'

const fresh: Scripts[] = [
  [['change'], []],
  [['change'], ['change']],
  [
    ['change', 'candidate'],
    ['change', 'candidate']
  ],
  [['change', 'change'], ['change']],
  [['change'], ['change', 'change']],
  [
    ['change', 'misfire'],
    ['change', 'misfire']
  ]
]
const established: Scripts[] = [
  [['change', 'change'], ['change']],
  [['change'], ['change', 'change']],
  [
    ['change', 'candidate'],
    ['candidate', 'change', 'candidate']
  ],
  [['restart'], ['restart']],
  [
    ['restart', 'candidate'],
    ['restart', 'candidate']
  ],
  [
    ['restart', 'change'],
    ['change', 'restart']
  ],
  [
    ['change', 'candidate', 'restart', 'candidate'],
    ['change', 'candidate']
  ],
  [
    ['change', 'misfire'],
    ['change', 'misfire']
  ],
  [['late', 'restart', 'late'], ['change']],
  [
    ['restart', 'late'],
    ['restart', 'late']
  ],
  [['change', 'restart'], ['restart']],
  [['change', 'restart', 'change'], ['change']],
  [['fail', 'change'], ['change']],
  [['change'], ['fail', 'change']],
  [['fail', 'restart', 'candidate'], ['candidate']],
  [
    ['fail', 'candidate'],
    ['restart', 'candidate']
  ],
  [['change'], ['fail', 'restart']],
  [
    ['fail', 'change'],
    ['fail', 'change']
  ]
]
const named = ([ada, bob]: Scripts) => `${ada.join(', ')} | ${bob.join(', ') || 'nothing'}`

const worlds = (reduce: Reducer) => [
  ...fresh.map((scripts) => [`from nothing: ${named(scripts)}`, freshWorld(reduce, scripts)] as const),
  ...established.map(
    (scripts) => [`in a call: ${named(scripts)}`, establishedWorld(reduce, scripts)] as const
  )
]

describe('two sides agree in the end, in every order of events', () => {
  test.each(worlds(negotiate))('%s', (_name, world) => {
    const { violation, states, ends } = walk(world)
    expect(violation).toBeNull()
    expect(ends).toBeGreaterThan(0)
    expect(states).toBeGreaterThan(ends)
  })
})

const isBusy = ({ phase }: Negotiation) => phase !== 'stable' && phase !== 'have-local-offer'

/** Leaves out, or changes, what the reducer wants done. */
const mapEffects = (
  [now, effects]: NegotiationStep,
  change: (effect: NegotiationEffect) => readonly NegotiationEffect[]
): NegotiationStep => [now, effects.flatMap(change)]

const deaf =
  (ignores: (now: Negotiation, event: NegotiationEvent) => boolean): Reducer =>
  (now, event) =>
    ignores(now, event) ? [now, []] : negotiate(now, event)

/** The reducer, broken on purpose. */
const mutants: [string, Reducer, string][] = [
  [
    'neither side yields',
    (now, event) => negotiate({ ...now, polite: false }, event),
    'ends in have-local-offer'
  ],
  [
    'both sides yield',
    (now, event) => negotiate({ ...now, polite: true }, event),
    'an answer to another offer is set'
  ],
  [
    'forgets that negotiation is needed while busy',
    deaf((now, event) => event.type === 'negotiation-needed' && now.phase !== 'stable'),
    'was never negotiated'
  ],
  [
    'drops an offer that comes while it makes its own',
    deaf((now, event) => event.type === 'description' && now.phase === 'making-offer'),
    'ends in have-local-offer'
  ],
  [
    'drops an offer that comes while it sets an answer',
    deaf((now, event) => event.type === 'description' && now.phase === 'setting-remote-answer'),
    'ends in have-local-offer'
  ],
  [
    'takes a description while an operation is under way',
    (now, event) =>
      event.type === 'description' && isBusy(now)
        ? negotiate({ ...now, phase: 'have-local-offer' }, event)
        : negotiate(now, event),
    'ends in have-local-offer'
  ],
  [
    'offers again while its offer is out',
    (now, event) =>
      event.type === 'negotiation-needed' && now.phase === 'have-local-offer'
        ? negotiate({ ...now, phase: 'stable' }, event)
        : negotiate(now, event),
    'an offer is made in have-local-offer'
  ],
  [
    'drops candidates that come before a description',
    deaf((now, event) => event.type === 'candidate' && now.remoteUfrags === null),
    'was lost'
  ],
  [
    'adds candidates before a description',
    (now, event) =>
      event.type === 'candidate' && now.remoteUfrags === null && !isBusy(now)
        ? [now, [{ type: 'add-candidate', candidate: event.candidate }]]
        : negotiate(now, event),
    'a candidate is added before a remote description'
  ],
  [
    'drops candidates that come while an operation is under way',
    deaf((now, event) => event.type === 'candidate' && isBusy(now)),
    'was lost'
  ],
  [
    'adds candidates of an ignored offer',
    (now, event) => negotiate({ ...now, remoteUfrags: now.remoteUfrags && [] }, event),
    'a candidate is added that no remote description knows'
  ],
  [
    'drops every candidate while it ignores an offer',
    deaf((now, event) => event.type === 'candidate' && now.phase === 'have-local-offer' && !now.polite),
    'was lost'
  ],
  [
    'never sends its answer',
    (now, event) =>
      mapEffects(negotiate(now, event), (effect) =>
        effect.type === 'send-description' && effect.description.type === 'answer' ? [] : [effect]
      ),
    'ends in have-local-offer'
  ],
  [
    'sends every description twice',
    (now, event) =>
      mapEffects(negotiate(now, event), (effect) =>
        effect.type === 'send-description' ? [effect, effect] : [effect]
      ),
    'is described wrongly'
  ],
  [
    'keeps the user fragments from before a restart',
    (now, event) => {
      const [after, effects] = negotiate(now, event)
      return [{ ...after, remoteUfrags: now.remoteUfrags ?? after.remoteUfrags }, effects]
    },
    'was lost'
  ],
  [
    'takes candidates of every restart for good',
    (now, event) => {
      const [after, effects] = negotiate(now, event)
      const ufrags = [...(now.remoteUfrags ?? []), ...(after.remoteUfrags ?? [])]
      return [{ ...after, remoteUfrags: after.remoteUfrags && [...new Set(ufrags)] }, effects]
    },
    'a candidate is added that no remote description knows'
  ],
  [
    'drops a candidate that overtakes its restart',
    (now, event) => negotiate({ ...now, strays: [] }, event),
    'was lost'
  ],
  [
    'forgets a restart that is wanted while an offer is out',
    deaf((now, event) => event.type === 'ice-restart-wanted' && now.phase !== 'stable'),
    'never restarted ICE'
  ],
  [
    'offers as soon as a restart is wanted',
    (now, event) =>
      event.type === 'ice-restart-wanted'
        ? [
            { ...now, phase: 'making-offer' },
            [{ type: 'restart-ice' }, { type: 'set-local-description', kind: 'offer' }]
          ]
        : negotiate(now, event),
    'ends in have-local-offer'
  ],
  [
    'leaves it at a failure',
    (now, event) => {
      const [after, effects] = negotiate(now, event)
      return event.type === 'operation-failed' ? [{ ...now, phase: 'stable' }, []] : [after, effects]
    },
    'was never negotiated'
  ],
  [
    'tries again without rolling back',
    (now, event) =>
      event.type === 'operation-failed'
        ? negotiate({ ...now, phase: 'rolling-back', negotiationNeeded: true }, { type: 'rolled-back' })
        : negotiate(now, event),
    'an offer is made in have-'
  ],
  [
    'keeps the user fragments of an offer that it has rolled back',
    (now, event) => negotiate({ ...now, formerUfrags: now.remoteUfrags }, event),
    'a candidate is added that no remote description knows'
  ],
  [
    'never restarts ICE',
    (now, event) =>
      mapEffects(negotiate(now, event), (effect) => (effect.type === 'restart-ice' ? [] : [effect])),
    'never restarted ICE'
  ]
]

/** The first violation in any of the worlds. */
const firstViolation = (reduce: Reducer) => {
  for (const [, world] of worlds(reduce)) {
    const { violation } = walk(world)
    if (violation !== null) return violation.what
  }
  return null
}

describe('the walker catches a reducer that', () => {
  test.each(mutants)('%s', (_name, mutant, caught) => {
    expect(firstViolation(mutant)).toContain(caught)
  })
})
