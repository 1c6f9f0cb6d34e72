/** What of a call is delivered, when, and in which order, where the clients need that care. */
import { describe, expect, test } from 'vitest'
import {
  accepted,
  after,
  answer,
  candidate,
  described,
  found,
  knowing,
  offer,
  ring,
  said,
  simple,
  slow,
  stateAfter,
  timePassed
} from '../../test/support/call-steps.ts'
import { callDeadline } from './call.ts'

const connected = stateAfter(ring(knowing, knowing), accepted())
const connectedSimple = stateAfter(ring(simple, simple), accepted())

describe('candidates', () => {
  test('that overtook the first offer follow the invite; those of another connection do not', () => {
    const early = [candidate('a'), candidate('old'), candidate(null)]
    expect(said(ring(simple, simple, early)[1])).toEqual([
      'callee: invite offer a',
      'callee: candidate a',
      'callee: candidate null'
    ])
    expect(said(ring(simple, knowing, early)[1])).toEqual([
      'callee: invite offer a',
      'callee: candidate a',
      'callee: candidate null'
    ])
  })

  test('wait for their description where the receiver would lose them', () => {
    const [, effects] = after(ring(simple, knowing), found('callee', candidate('b')), accepted())
    expect(said(effects).slice(1)).toEqual(['caller: accept answer b', 'caller: candidate b'])
  })

  test('wait for nothing where the receiver keeps them itself', () => {
    const [, effects] = after(ring(knowing, simple), found('callee', candidate('b')), accepted())
    expect(said(effects).slice(1)).toEqual(['caller: candidate b', 'caller: accept answer b'])
  })

  test('of an ICE restart wait for the offer that announces it', () => {
    const [, effects] = after(
      [connectedSimple, []],
      found('caller', candidate('a2')),
      found('caller', candidate('a')),
      described('caller', offer('a2'))
    )
    expect(said(effects)).toEqual([
      'callee: candidate a',
      'callee: description offer a2',
      'callee: candidate a2'
    ])
  })

  test('that wait are at most 64, the latest', () => {
    const many = Array.from({ length: 70 }, (_, at) => found('callee', candidate('b', `candidate:${at}`)))
    const [, effects] = after(ring(simple, simple), ...many, accepted())
    const lines = effects.flatMap((effect) =>
      effect.type === 'candidate' ? [effect.candidate.candidate] : []
    )
    expect(lines).toHaveLength(64)
    expect(lines[0]).toBe('candidate:6')
  })
})

describe('two that call each other', () => {
  const crossing = described('callee', offer('b'), 100)

  test('end up in the call that was first, when the second lets it win', () => {
    const [call, effects] = after(
      ring(simple, simple),
      crossing,
      { type: 'accepted', by: 'callee', description: answer('b2'), now: 300 },
      timePassed(10_000)
    )
    expect(call.phase).toBe('connected')
    expect(said(effects)).toEqual(['callee: invite offer a', 'caller: accept answer b2'])
  })

  test('end up in it also when the second cannot: it is told to drop its own, and invited afresh', () => {
    const [call, effects] = after(
      ring(simple, slow),
      crossing,
      described('callee', offer('b'), 200),
      found('callee', candidate('b')),
      found('caller', candidate('a')),
      timePassed(2_099),
      timePassed(2_100),
      { type: 'accepted', by: 'callee', description: answer('b2'), now: 2_000 }
    )
    expect(call.phase).toBe('connected')
    expect(said(effects)).toEqual([
      'callee: invite offer a',
      'callee: candidate a',
      'callee: ended replaced',
      'callee: invite offer a',
      'callee: candidate a',
      'caller: accept answer b2'
    ])
  })

  test('are invited afresh once, and with the offer that stands', () => {
    const [call, effects] = after(
      ring(simple, simple, [candidate('a')]),
      described('caller', offer('a2')),
      found('caller', candidate('a2')),
      crossing,
      timePassed(2_100),
      described('callee', offer('b'), 2_200)
    )
    expect(call.phase).toBe('ringing')
    expect(said(effects).slice(4)).toEqual([
      'callee: ended replaced',
      'callee: invite offer a2',
      'callee: candidate a2',
      'callee: refused: An invited peer answers before it offers.'
    ])
  })
})

describe('crossing offers in a call', () => {
  test('of two that know what to do both pass', () => {
    const [, effects] = after(
      [connected, []],
      described('caller', offer('a')),
      described('callee', offer('b'))
    )
    expect(said(effects)).toEqual(['callee: description offer a', 'caller: description offer b'])
  })

  test('are settled for the first where one does not know', () => {
    const [, effects] = after(
      ring(knowing, simple),
      accepted(),
      described('caller', offer('a')),
      described('callee', offer('b'), 4_999),
      described('callee', answer('b')),
      described('callee', offer('b'), 4_999)
    )
    expect(said(effects).slice(2)).toEqual([
      'callee: description offer a',
      'caller: description answer b',
      'caller: description offer b'
    ])
  })

  test('pass when the first was lost long ago', () => {
    const [, effects] = after(
      [connectedSimple, []],
      described('caller', offer('a')),
      described('callee', offer('b'), 5_000)
    )
    expect(said(effects)).toEqual(['callee: description offer a', 'caller: description offer b'])
  })
})

describe('an offer to a client that is busy with an answer', () => {
  const answered = after(ring(slow, slow), accepted(1_000))

  test('waits until it has settled, and what follows waits behind it', () => {
    const [, effects] = after(
      answered,
      described('callee', offer('b2'), 1_001),
      found('callee', candidate('b2')),
      timePassed(1_399),
      timePassed(1_400),
      found('callee', candidate('b2'))
    )
    expect(said(effects).slice(2)).toEqual([
      'caller: description offer b2',
      'caller: candidate b2',
      'caller: candidate b2'
    ])
  })

  test('gives way to an offer that this client makes meanwhile', () => {
    const [call, effects] = after(
      after(ring(knowing, slow), accepted(1_000)),
      described('caller', offer('a'), 1_001),
      found('caller', candidate('a')),
      described('callee', offer('b'), 1_002),
      timePassed(2_000)
    )
    expect(said(effects).slice(2)).toEqual(['callee: candidate a', 'caller: description offer b'])
    expect(callDeadline(call)).toBe(Infinity)
  })

  test('is replaced by a later one of the same side', () => {
    const [, effects] = after(
      answered,
      described('callee', offer('b2'), 1_001),
      found('callee', candidate('b2')),
      described('callee', offer('b2'), 1_002),
      timePassed(1_400)
    )
    expect(said(effects).slice(2)).toEqual(['caller: description offer b2', 'caller: candidate b2'])
  })

  test('is not pushed out by many candidates', () => {
    const many = Array.from({ length: 70 }, () => found('callee', candidate('b2')))
    const [, effects] = after(answered, described('callee', offer('b2'), 1_001), ...many, timePassed(1_400))
    expect(said(effects).filter((word) => word.includes('offer b2'))).toHaveLength(1)
    expect(said(effects).filter((word) => word.includes('candidate'))).toHaveLength(64)
  })

  test('waits after any further answer too', () => {
    const [call, effects] = after(
      after(ring(slow, knowing), accepted(1_000)),
      described('caller', offer('a'), 2_000),
      described('callee', answer('b'), 2_100),
      described('callee', offer('b'), 2_200)
    )
    expect(said(effects).slice(2)).toEqual(['callee: description offer a', 'caller: description answer b'])
    expect(callDeadline(call)).toBe(2_500)
  })
})
