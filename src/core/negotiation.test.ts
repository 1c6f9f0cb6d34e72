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
  maxWaiting,
  negotiate,
  startNegotiation
} from './negotiation.ts'
import { type Candidate, type Description, bodyOf } from './signal.ts'

const describedAs = (type: Description['type'], ufrag: string): Description => ({
  type,
  sdp: bodyOf(`v=0\r\na=ice-ufrag:${ufrag}\r\n`)
})
const offer = describedAs('offer', 'theirs')
const answer = describedAs('answer', 'theirs')
const received = (description: Description): NegotiationEvent => ({
  type: 'description-received',
  description
})
const candidateOf = (usernameFragment: string | null): Candidate => ({
  candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host',
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment
})
const candidateReceived = (usernameFragment: string | null): NegotiationEvent => ({
  type: 'candidate-received',
  candidate: candidateOf(usernameFragment)
})

const polite = startNegotiation(true)
const impolite = startNegotiation(false)
const offering = { phase: 'have-local-offer' } as const

describe('a negotiation', () => {
  test.each<[string, Negotiation, NegotiationEvent, Partial<Negotiation>, NegotiationEffect['type'][]]>([
    [
      'stable -> negotiation-needed -> making-offer',
      impolite,
      { type: 'negotiation-needed' },
      { phase: 'making-offer' },
      ['set-local-description']
    ],
    [
      'making-offer -> local-description-set -> have-local-offer',
      { ...impolite, phase: 'making-offer' },
      { type: 'local-description-set', description: offer },
      { phase: 'have-local-offer' },
      ['send-description']
    ],
    [
      'have-local-offer -> answer -> setting-remote-answer',
      { ...impolite, ...offering },
      received(answer),
      { phase: 'setting-remote-answer' },
      ['set-remote-description']
    ],
    [
      'setting-remote-answer -> remote-description-set -> stable',
      { ...impolite, phase: 'setting-remote-answer' },
      { type: 'remote-description-set', description: answer },
      { phase: 'stable', remoteUfrags: ['theirs'] },
      []
    ],
    [
      'stable -> offer -> setting-remote-offer',
      impolite,
      received(offer),
      { phase: 'setting-remote-offer' },
      ['set-remote-description']
    ],
    [
      'setting-remote-offer -> remote-description-set -> making-answer',
      { ...polite, phase: 'setting-remote-offer' },
      { type: 'remote-description-set', description: offer },
      { phase: 'making-answer', remoteUfrags: ['theirs'] },
      ['set-local-description']
    ],
    [
      'making-answer -> local-description-set -> stable',
      { ...polite, phase: 'making-answer' },
      { type: 'local-description-set', description: answer },
      { phase: 'stable' },
      ['send-description']
    ],
    [
      'glare, polite yields',
      { ...polite, ...offering },
      received(offer),
      { phase: 'setting-remote-offer' },
      ['set-remote-description']
    ],
    ['glare, impolite holds', { ...impolite, ...offering }, received(offer), {}, []],
    ['an answer that nobody waits for is dropped', polite, received(answer), {}, []],
    [
      'a provisional answer is left out',
      { ...polite, ...offering },
      received(describedAs('pranswer', 'x')),
      {},
      []
    ],
    [
      'a remote rollback is left out',
      { ...polite, ...offering },
      received(describedAs('rollback', 'x')),
      {},
      []
    ],
    [
      'negotiation needed while an offer is out waits for its answer',
      { ...polite, ...offering },
      { type: 'negotiation-needed' },
      { negotiationNeeded: true },
      []
    ],
    [
      'what waited for the answer is offered right after it',
      { ...polite, phase: 'setting-remote-answer', negotiationNeeded: true },
      { type: 'remote-description-set', description: answer },
      { phase: 'making-offer', negotiationNeeded: false, remoteUfrags: ['theirs'] },
      ['set-local-description']
    ],
    [
      'a candidate of the applied description is added',
      { ...polite, remoteUfrags: ['theirs'] },
      candidateReceived('theirs'),
      {},
      ['add-candidate']
    ],
    [
      'a candidate that names no user fragment is added',
      { ...polite, remoteUfrags: ['theirs'] },
      candidateReceived(null),
      {},
      ['add-candidate']
    ],
    [
      'a candidate of an ignored offer is dropped',
      { ...impolite, ...offering, remoteUfrags: ['theirs'] },
      candidateReceived('ignored'),
      {},
      []
    ],
    ['an ICE restart is passed on', polite, { type: 'ice-restart-wanted' }, {}, ['restart-ice']],
    [
      'a candidate that fails is reported, and no more',
      polite,
      { type: 'candidate-failed', reason: 'odd' },
      {},
      ['report']
    ],
    [
      'an operation that fails is the end',
      { ...polite, phase: 'making-offer' },
      { type: 'operation-failed', reason: 'bad SDP' },
      { phase: 'failed' },
      ['give-up']
    ],
    ['after the end nothing is done', { ...polite, phase: 'failed' }, received(offer), {}, []]
  ])('%s', (_name, ...[before, event, change, effects]) => {
    const [after, effected] = negotiate(before, event)
    expect(after).toEqual({ ...before, ...change })
    expect(effected.map(({ type }) => type)).toEqual(effects)
  })

  test('candidates that came too early are added, in their order, once the description is there', () => {
    const first = candidateReceived('theirs')
    const second = candidateReceived(null)
    const [kept, nothing] = negotiate(negotiate(polite, first)[0], second)
    expect(nothing).toEqual([])
    const [taking] = negotiate(kept, received(offer))
    const [answering] = negotiate(taking, { type: 'remote-description-set', description: offer })
    const [after, effects] = negotiate(answering, { type: 'local-description-set', description: answer })
    expect(effects).toEqual([
      { type: 'send-description', description: answer },
      { type: 'add-candidate', candidate: candidateOf('theirs') },
      { type: 'add-candidate', candidate: candidateOf(null) }
    ])
    expect(after.waiting).toEqual([])
  })

  test('gives up on a peer that sends more than can be kept', () => {
    let now = polite
    for (let sent = 0; sent < maxWaiting; sent += 1) [now] = negotiate(now, candidateReceived('early'))
    expect(now.waiting).toHaveLength(maxWaiting)
    const [after, effects] = negotiate(now, candidateReceived('early'))
    expect(after).toMatchObject({ phase: 'failed', waiting: [] })
    expect(effects).toEqual([{ type: 'give-up', reason: 'The other side sent more than can be kept.' }])
  })

  test('an event that there is not is a bug, and no step', () => {
    expect(() => negotiate(polite, JSON.parse('{ "type": "wished-for" }'))).toThrow('unreachable')
  })
})

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
    deaf((now, event) => event.type === 'description-received' && now.phase === 'making-offer'),
    'ends in have-local-offer'
  ],
  [
    'drops an offer that comes while it sets an answer',
    deaf((now, event) => event.type === 'description-received' && now.phase === 'setting-remote-answer'),
    'ends in have-local-offer'
  ],
  [
    'takes a description while an operation is under way',
    (now, event) =>
      event.type === 'description-received' && isBusy(now)
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
    deaf((now, event) => event.type === 'candidate-received' && now.remoteUfrags === null),
    'was lost'
  ],
  [
    'adds candidates before a description',
    (now, event) =>
      event.type === 'candidate-received' && now.remoteUfrags === null && !isBusy(now)
        ? [now, [{ type: 'add-candidate', candidate: event.candidate }]]
        : negotiate(now, event),
    'a candidate is added before a remote description'
  ],
  [
    'drops candidates that come while an operation is under way',
    deaf((now, event) => event.type === 'candidate-received' && isBusy(now)),
    'was lost'
  ],
  [
    'adds candidates of an ignored offer',
    (now, event) => negotiate({ ...now, remoteUfrags: now.remoteUfrags && [] }, event),
    'a candidate is added that no remote description knows'
  ],
  [
    'drops every candidate while it ignores an offer',
    deaf(
      (now, event) => event.type === 'candidate-received' && now.phase === 'have-local-offer' && !now.polite
    ),
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
