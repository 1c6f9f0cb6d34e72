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
import { type Call, type CallEvent, callDeadline, startCall, stepCall } from './call.ts'

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
      ['caller: refused: Only the callee accepts, once, and with an answer.']
    ],
    [
      'ringing -> accepted with an offer -> ringing',
      ringing,
      { type: 'accepted', by: 'callee', description: offer('b'), now: 0 },
      'ringing',
      ['callee: refused: Only the callee accepts, once, and with an answer.']
    ],
    [
      'connected -> accepted again -> connected',
      connected,
      accepted(),
      'connected',
      ['callee: refused: Only the callee accepts, once, and with an answer.']
    ],
    [
      'ringing -> declined -> ended',
      ringing,
      { type: 'declined', by: 'callee', reason: 'busy' },
      'ended',
      ['caller: ended busy']
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
      ['callee: ended cancelled']
    ],
    [
      'ringing -> hung up by the callee -> ended',
      ringing,
      { type: 'hung-up', by: 'callee', reason: 'hung-up' },
      'ended',
      ['caller: ended declined']
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
      ['callee: ended failed']
    ],
    [
      'connected -> hung up -> ended',
      connected,
      { type: 'hung-up', by: 'callee', reason: 'hung-up' },
      'ended',
      ['caller: ended hung-up']
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

test.each<[string, Call, number]>([
  ['rings until its deadline', ringing, ringMs],
  [
    'rings until a crossing offer is settled',
    stateAfter([ringingSimple, []], described('callee', offer('b'))),
    1_500
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
