import { describe, expect, test } from 'vitest'
import {
  accepted,
  after,
  answer,
  candidate,
  described,
  describedAs,
  found,
  knowing,
  offer,
  ring,
  ringMs,
  said,
  simple,
  stateAfter,
  timePassed
} from '../../test/support/call-steps.ts'
import { type Call, type CallEvent, callDeadline, knownCall, startCall, stepCall } from './call.ts'

const ringing = stateAfter(ring(knowing, knowing))
const ringingSimple = stateAfter(ring(simple, simple))
const connected = stateAfter(ring(knowing, knowing), accepted())
const connectedSimple = stateAfter(ring(simple, simple), accepted())
const ended = stateAfter(ring(knowing, knowing), { type: 'left', by: 'caller' })

describe('a call', () => {
  test.each<[arrow: string, before: Call, event: CallEvent, phase: Call['phase'], said: readonly string[]]>([
    ['ringing -> rang -> ringing', ringing, { type: 'rang', by: 'callee' }, 'ringing', ['caller: ringing']],
    [
      'ringing -> rang by the caller -> ringing',
      ringing,
      { type: 'rang', by: 'caller' },
      'ringing',
      ['caller: refused: Only a callee rings, before it accepts.']
    ],
    [
      'connected -> rang -> connected',
      connected,
      { type: 'rang', by: 'callee' },
      'connected',
      ['callee: refused: Only a callee rings, before it accepts.']
    ],
    ['ringing -> accepted -> connected', ringing, accepted(), 'connected', ['caller: accept answer b']],
    [
      'ringing -> accepted by the caller -> ringing',
      ringing,
      { type: 'accepted', by: 'caller', description: answer('b'), now: 0 },
      'ringing',
      ['caller: refused: Only the callee accepts, once, and with one answer.']
    ],
    [
      'ringing -> accepted with an offer -> ringing',
      ringing,
      { type: 'accepted', by: 'callee', description: offer('b'), now: 0 },
      'ringing',
      ['callee: refused: Only the callee accepts, once, and with one answer.']
    ],
    [
      'connected -> accepted again -> connected',
      connected,
      accepted(),
      'connected',
      ['callee: refused: Only the callee accepts, once, and with one answer.']
    ],
    [
      'ringing -> declined -> ended',
      ringing,
      { type: 'declined', by: 'callee', reason: 'busy' },
      'ended',
      ['caller: ended busy', 'callee: ended busy']
    ],
    [
      'ringing -> declined by the caller -> ringing',
      ringing,
      { type: 'declined', by: 'caller', reason: 'declined' },
      'ringing',
      ['caller: refused: Only a callee declines, before it accepts.']
    ],
    [
      'connected -> declined -> connected',
      connected,
      { type: 'declined', by: 'callee', reason: 'declined' },
      'connected',
      ['callee: refused: Only a callee declines, before it accepts.']
    ],
    [
      'ringing -> hung up by the caller -> ended',
      ringing,
      { type: 'hung-up', by: 'caller', reason: 'hung-up' },
      'ended',
      ['callee: ended cancelled', 'caller: ended cancelled']
    ],
    [
      'ringing -> hung up by the callee -> ended',
      ringing,
      { type: 'hung-up', by: 'callee', reason: 'hung-up' },
      'ended',
      ['caller: ended declined', 'callee: ended declined']
    ],
    [
      'ringing -> hung up by a callee that may not know of it -> ended',
      ringingSimple,
      { type: 'hung-up', by: 'callee', reason: 'hung-up' },
      'ended',
      ['caller: ended declined', 'callee: ended declined']
    ],
    [
      'ringing -> failed -> ended',
      ringing,
      { type: 'hung-up', by: 'caller', reason: 'failed' },
      'ended',
      ['callee: ended failed', 'caller: ended failed']
    ],
    [
      'connected -> hung up -> ended',
      connected,
      { type: 'hung-up', by: 'callee', reason: 'hung-up' },
      'ended',
      ['caller: ended hung-up', 'callee: ended hung-up']
    ],
    [
      'connected -> hung up by a side that has its own word for it -> ended',
      connectedSimple,
      { type: 'hung-up', by: 'callee', reason: 'hung-up' },
      'ended',
      ['caller: ended hung-up']
    ],
    [
      'connected -> received -> connected',
      connected,
      { type: 'received', by: 'caller', seq: 7 },
      'connected',
      ['callee: received 7']
    ],
    [
      'connected -> received, from a side that counts for nobody -> connected',
      connectedSimple,
      { type: 'received', by: 'caller', seq: 7 },
      'connected',
      []
    ],
    [
      'connected -> restart of ICE wanted -> connected',
      connected,
      { type: 'ice-restart-wanted', by: 'callee', seq: 3 },
      'connected',
      ['caller: ice-restart']
    ],
    [
      'connected -> restart of ICE wanted, of a side that could not do it -> connected',
      connectedSimple,
      { type: 'ice-restart-wanted', by: 'callee', seq: 3 },
      'connected',
      []
    ],
    ['ringing -> left -> ended', ringing, { type: 'left', by: 'caller' }, 'ended', ['callee: ended left']],
    [
      'connected -> left -> ended',
      connected,
      { type: 'left', by: 'callee' },
      'ended',
      ['caller: ended left']
    ],
    ['ringing -> time -> ringing', ringing, timePassed(ringMs - 1), 'ringing', []],
    [
      'ringing -> the deadline -> ended',
      ringing,
      timePassed(ringMs),
      'ended',
      ['caller: ended no-answer', 'callee: ended no-answer']
    ],
    ['connected -> the deadline -> connected', connected, timePassed(ringMs), 'connected', []],
    [
      'ringing -> another offer of the caller -> ringing',
      ringing,
      described('caller', offer('a2')),
      'ringing',
      ['callee: description offer a2']
    ],
    [
      'ringing -> an offer of the callee, which knows calls -> ringing',
      ringing,
      described('callee', offer('b')),
      'ringing',
      ['callee: refused: An invited peer answers before it offers.']
    ],
    [
      'ringing -> an answer that is no accept -> ringing',
      ringing,
      described('callee', answer('b')),
      'ringing',
      ['callee: refused: An invite is answered by accepting it.']
    ],
    [
      'ringing -> a provisional answer -> ringing',
      ringing,
      described('callee', describedAs('pranswer')('b')),
      'ringing',
      ['caller: description pranswer b']
    ],
    [
      'ringing -> an answer of the caller -> ringing',
      ringing,
      described('caller', answer('a')),
      'ringing',
      ['caller: refused: There is no offer to answer.']
    ],
    [
      'connected -> an offer -> connected',
      connected,
      described('callee', offer('b')),
      'connected',
      ['caller: description offer b']
    ],
    [
      'connected -> an answer to nothing -> connected',
      connected,
      described('callee', answer('b')),
      'connected',
      ['callee: refused: There is no offer to answer.']
    ],
    [
      'connected -> a counted answer, which may have come before -> connected',
      connected,
      { type: 'described', by: 'callee', description: answer('b'), seq: 3, now: 0 },
      'connected',
      ['caller: description answer b']
    ],
    [
      'connected -> a rollback -> connected',
      stateAfter([connected, []], described('caller', offer('a'))),
      described('callee', describedAs('rollback')('')),
      'connected',
      ['callee: refused: A rollback is an affair of one side.']
    ],
    [
      'connected -> a candidate -> connected',
      connectedSimple,
      found('callee', candidate('b')),
      'connected',
      ['caller: candidate b']
    ],
    ['ended -> left -> ended', ended, { type: 'left', by: 'callee' }, 'ended', []],
    ['ended -> accepted -> ended', ended, accepted(), 'ended', []],
    ['ended -> time -> ended', ended, timePassed(ringMs), 'ended', []]
  ])('%s', (_arrow, before, event, phase, words) => {
    const [next, effects] = stepCall(before, event)
    expect(next.phase).toBe(phase)
    expect(said(effects)).toEqual(words)
  })

  test('hands a description on as the very body that came', () => {
    const description = answer('b')
    const event: CallEvent = { type: 'accepted', by: 'callee', description, now: 0 }
    const [, [effect]] = stepCall(ringing, event)
    expect(effect).toMatchObject({ type: 'accept' })
    expect(effect && 'description' in effect && effect.description).toBe(description)
  })

  test('of two that know calls reads no SDP', () => {
    const unread = { size: 1, text: () => expect.unreachable('nobody reads it') }
    const [, effects] = after(
      startCall(
        { caller: knowing, callee: knowing },
        { type: 'offer', sdp: unread },
        { early: [], now: 0, deadline: ringMs }
      ),
      { type: 'accepted', by: 'callee', description: { type: 'answer', sdp: unread }, now: 0 },
      described('caller', { type: 'offer', sdp: unread })
    )
    expect(effects).toHaveLength(3)
  })
})

/** What is said after the invite. */
const wordsAfter = (start: ReturnType<typeof ring>, ...events: readonly CallEvent[]): readonly string[] =>
  said(after(start, ...events)[1]).slice(1)

describe('a callee that answers before it accepts', () => {
  const able = { ...knowing, prepares: true }
  const ring2 = ring(able, able)
  const prepare: CallEvent = { type: 'prepared', by: 'callee', description: answer('b'), seq: 1 }
  const empty: CallEvent = { type: 'accepted', by: 'callee', description: null, seq: 2, now: 0 }
  const refusal = 'refused: Only a callee prepares, once, before it accepts, and if its caller can.'

  test('accepts without an answer, and everything keeps its count', () => {
    const [call, effects] = after(ring2, prepare, empty)
    expect(call.phase).toBe('connected')
    expect(effects.slice(1)).toMatchObject([
      { to: 'caller', type: 'prepare', seq: 1 },
      { to: 'caller', type: 'accept', description: null, seq: 2 }
    ])
  })

  test('can be offered more, answer it, and offer itself, while it rings', () => {
    const offered = described('caller', offer('a2'))
    const answered = described('callee', answer('b2'))
    expect(wordsAfter(ring2, prepare, offered, answered, described('callee', offer('b3')), empty)).toEqual([
      'caller: prepare answer b',
      'callee: description offer a2',
      'caller: description answer b2',
      'caller: description offer b3',
      'caller: accept'
    ])
  })

  test('answers a later offer although the server has forgotten it', () => {
    expect(wordsAfter(ring2, prepare, described('callee', answer('b2')))).toContain(
      'caller: description answer b2'
    )
  })

  test.each<[string, ReturnType<typeof ring>, readonly CallEvent[], string]>([
    ['does so once', ring2, [prepare, prepare], `callee: ${refusal}`],
    ['does so while it rings', ring2, [accepted(), prepare], `callee: ${refusal}`],
    ['answers, and does not offer', ring2, [{ ...prepare, description: offer('b') }], `callee: ${refusal}`],
    ['is the callee', ring2, [{ ...prepare, by: 'caller' }], `caller: ${refusal}`],
    ['has a caller that can', ring(knowing, able), [prepare], `callee: ${refusal}`],
    ['knows calls', ring(able, simple), [prepare], `callee: ${refusal}`],
    [
      'does not answer once more when it accepts',
      ring2,
      [prepare, accepted()],
      'callee: refused: Only the callee accepts, once, and with one answer.'
    ],
    [
      'has answered when it accepts without',
      ring2,
      [empty],
      'callee: refused: Only the callee accepts, once, and with one answer.'
    ]
  ])('%s', (_rule, start, events, word) => {
    expect(wordsAfter(start, ...events).at(-1)).toBe(word)
  })
})

test('a call that only its parties know goes on where they are: either may still have an answer to give', () => {
  const abilities = { caller: knowing, callee: knowing }
  for (const by of ['caller', 'callee'] as const) {
    const [, effects] = stepCall(knownCall(abilities, 0), described(by, answer('x')))
    expect(said(effects)).toEqual([`${by === 'caller' ? 'callee' : 'caller'}: description answer x`])
  }
  expect(callDeadline(knownCall(abilities, 0))).toBe(Infinity)
})

test.each<[string, Call, number]>([
  ['rings until its deadline', ringing, ringMs],
  [
    'rings until a crossing offer is settled',
    stateAfter([ringingSimple, []], described('callee', offer('b'))),
    2_000
  ],
  ['waits for no time when connected', connected, Infinity],
  ['waits for no time when ended', ended, Infinity]
])('a call %s', (_promise, call, deadline) => {
  expect(callDeadline(call)).toBe(deadline)
})

test.each([
  ['event', '{"type":"new"}'],
  ['description', '{"type":"described","by":"caller","description":{"type":"new"}}']
])('an unknown %s is a bug, and throws', (_what, event) => {
  expect(() => stepCall(connected, JSON.parse(event))).toThrow('unreachable')
})
