import { describe, expect, test } from 'vitest'
import {
  type Row,
  calling,
  rung,
  preparing,
  ended,
  ending,
  clear,
  apply,
  say
} from '../../test/support/leg-states.ts'
import { answer, candidate, offer } from '../../test/support/leg-world.ts'
import { maxHeard } from './leg-state.ts'
import { type Leg, placeCall, receiveCall, stepLeg } from './leg.ts'

const rows: Row[] = [
  [
    'is told why it has ended',
    ending('caller', 'cancelled'),
    { type: 'ended', reason: 'hung-up' },
    ended('caller', 'hung-up'),
    [clear('end')]
  ],
  [
    'takes its own word for it after a while',
    ending('caller', 'cancelled'),
    { type: 'deadline-passed', deadline: 'end' },
    ended('caller', 'cancelled'),
    [clear('end')]
  ],
  [
    'or when the line is lost',
    ending('caller', 'cancelled'),
    { type: 'line-lost' },
    ended('caller', 'cancelled'),
    [clear('end')]
  ],
  [
    'is not accepted any more',
    ending('caller', 'cancelled'),
    { type: 'accept', description: answer },
    ending('caller', 'cancelled'),
    []
  ]
]

test.each(rows)('a party that has ended the call %s', (_name, ...[before, event, after, effects]) => {
  expect(stepLeg(before, event)).toEqual([after, effects])
})

describe('a leg', () => {
  test('of a caller opens its media and of a callee tells that it rings', () => {
    expect(placeCall(true)).toEqual([calling, [{ type: 'open-media' }]])
    const ringing = say({ type: 'ringing' })
    expect(receiveCall(offer, { native: true, prepares: 'no' })).toEqual([rung, [ringing]])
    const opening = [ringing, { type: 'open-media' }, apply({ type: 'description', description: offer })]
    expect(receiveCall(offer, { native: true, prepares: 'over-relays' })).toEqual([preparing, opening])
    expect(receiveCall(offer, { native: true, prepares: 'over-all' })).toEqual([
      { ...preparing, limited: false },
      opening
    ])
  })

  test('fails when a caller says more than can be kept', () => {
    let leg: Leg = rung
    for (let said = 1; said < maxHeard; said += 1) {
      ;[leg] = stepLeg(leg, { type: 'candidate', candidate })
    }
    expect(leg.phase).toBe('ringing')
    const [after, effects] = stepLeg(leg, { type: 'candidate', candidate })
    expect(after).toEqual(ending('callee', 'failed'))
    expect(effects).toContainEqual(say({ type: 'decline', reason: 'failed' }))
  })

  test('of a phase that there is not is a bug, and no step', () => {
    expect(() => stepLeg(JSON.parse('{ "phase": "held" }'), { type: 'hung-up' })).toThrow('unreachable')
  })
})
