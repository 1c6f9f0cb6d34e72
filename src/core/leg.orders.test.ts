import { describe, expect, test } from 'vitest'
import { walk } from '../../test/support/interleavings.ts'
import { type LegReducer, legWorld, offer } from '../../test/support/leg-world.ts'
import { placeCall, receiveCall, stepLeg } from './leg.ts'

/** The machine, broken on purpose, and what comes of it. */
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
    'takes a connection for an accept',
    (now, event) =>
      event.type === 'media-connected' && now.phase === 'ringing'
        ? [{ role: now.role, phase: 'connected', interrupted: false }, []]
        : stepLeg(now, event),
    'before there is a call'
  ],
  [
    'hangs up before it has invited',
    (now, event) => stepLeg(now.phase === 'calling' ? { ...now, invited: true } : now, event),
    'before there is a call'
  ],
  [
    'keeps its first connection when the invites cross',
    (now, event) => {
      const [leg, effects] = stepLeg(now, event)
      return event.type === 'invite-received'
        ? [leg, effects.filter(({ type }) => type !== 'close-media')]
        : [leg, effects]
    },
    'open-media twice'
  ],
  [
    'forgets its deadlines at the end',
    (now, event) => {
      const [leg, effects] = stepLeg(now, event)
      return [leg, leg.phase === 'ended' ? effects.filter(({ type }) => type !== 'clear-deadline') : effects]
    },
    'the end leaves a deadline'
  ],
  [
    'ends twice',
    (now, event) =>
      now.phase === 'ended' && event.type === 'ended-received'
        ? [{ ...now, reason: event.reason }, []]
        : stepLeg(now, event),
    'ended-received after the end'
  ]
]

describe('whatever happens, in whatever order', () => {
  test.each([
    ['a caller', placeCall()],
    ['a callee', receiveCall(offer)]
  ])('%s shows nothing without consent and ends once, with everything closed', (_role, start) => {
    const { violation, ends } = walk(legWorld(start, stepLeg))
    expect(violation).toBeNull()
    expect(ends).toBeGreaterThan(0)
  })

  test.each(mutants)('the walker catches a leg that %s', (_name, mutant, caught) => {
    const found = [placeCall(), receiveCall(offer)].flatMap(
      (start) => walk(legWorld(start, mutant)).violation?.what ?? []
    )
    expect(found.join()).toContain(caught)
  })
})
