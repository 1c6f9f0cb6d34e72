import { describe, expect, test } from 'vitest'
import { answer, candidate, offer } from '../../test/support/leg-world.ts'
import {
  type Leg,
  type LegEffect,
  type LegEvent,
  connectMs,
  healMs,
  maxHeard,
  placeCall,
  receiveCall,
  recoverMs,
  stepLeg
} from './leg.ts'

const [calling] = placeCall()
const [rung] = receiveCall(offer)
const invited: Leg = { role: 'caller', phase: 'calling', invited: true }
const ringing: Leg = { role: 'caller', phase: 'ringing' }
const unanswered: Leg = { role: 'callee', phase: 'connecting', answered: false }
const connecting: Leg = { role: 'caller', phase: 'connecting', answered: true }
const connected: Leg = { role: 'callee', phase: 'connected', interrupted: false }
const interrupted: Leg = { ...connected, interrupted: true }

const cleared = [
  { type: 'clear-deadline', deadline: 'ice-restart' },
  { type: 'clear-deadline', deadline: 'media' }
] as const
const closed = [{ type: 'close-media' }, ...cleared] as const
const connectInTime = { type: 'set-deadline', deadline: 'media', afterMs: connectMs } as const
const ended = (role: 'caller' | 'callee', reason: Extract<Leg, { phase: 'ended' }>['reason']): Leg => ({
  role,
  phase: 'ended',
  reason
})

type Row = [string, Leg, LegEvent, Leg, readonly LegEffect[]]

const rows = {
  'a caller': [
    [
      'invites with its first offer',
      calling,
      { type: 'description-made', description: offer },
      invited,
      [{ type: 'send-invite', description: offer }]
    ],
    ['does not invite twice', invited, { type: 'description-made', description: offer }, invited, []],
    ['sends no candidate before its invite', calling, { type: 'candidate-gathered', candidate }, calling, []],
    [
      'sends its candidates after its invite',
      invited,
      { type: 'candidate-gathered', candidate },
      invited,
      [{ type: 'send-candidate', candidate }]
    ],
    ['calling -> ringing-received -> ringing', invited, { type: 'ringing-received' }, ringing, []],
    [
      'ringing -> accept-received -> connecting',
      ringing,
      { type: 'accept-received', description: answer },
      connecting,
      [{ type: 'apply-description', description: answer }, connectInTime]
    ],
    [
      'calling -> accept-received -> connecting: not everybody rings',
      invited,
      { type: 'accept-received', description: answer },
      connecting,
      [{ type: 'apply-description', description: answer }, connectInTime]
    ],
    [
      'is not accepted before it has invited',
      calling,
      { type: 'accept-received', description: answer },
      calling,
      []
    ],
    ['is not accepted twice', connecting, { type: 'accept-received', description: answer }, connecting, []],
    [
      'takes no bare answer for an accept',
      ringing,
      { type: 'description-received', description: answer },
      ringing,
      []
    ],
    [
      'keeps for its connection what comes early',
      ringing,
      { type: 'candidate-received', candidate },
      ringing,
      [{ type: 'apply-candidate', candidate }]
    ],
    [
      'becomes the callee when the invites have crossed, and accepts at once',
      invited,
      { type: 'invite-received', description: offer },
      unanswered,
      [
        { type: 'close-media' },
        { type: 'open-media' },
        { type: 'apply-description', description: offer },
        connectInTime
      ]
    ],
    [
      'becomes the callee when it is invited before its own invite has left',
      calling,
      { type: 'invite-received', description: offer },
      unanswered,
      [
        { type: 'close-media' },
        { type: 'open-media' },
        { type: 'apply-description', description: offer },
        connectInTime
      ]
    ],
    [
      'cancels',
      ringing,
      { type: 'hung-up' },
      ended('caller', 'cancelled'),
      [{ type: 'send-hang-up', reason: 'hung-up' }, ...closed]
    ],
    [
      'cancels without a word before its invite',
      calling,
      { type: 'hung-up' },
      ended('caller', 'cancelled'),
      closed
    ],
    [
      'fails without a word before its invite',
      calling,
      { type: 'media-gave-up' },
      ended('caller', 'failed'),
      closed
    ],
    ['ends when its invite is refused', invited, { type: 'refused' }, ended('caller', 'failed'), closed],
    [
      'hears that the callee is busy',
      invited,
      { type: 'ended-received', reason: 'busy' },
      ended('caller', 'busy'),
      closed
    ],
    ['has no invite to decline', ringing, { type: 'declined', reason: 'declined' }, ringing, []],
    ['has no invite to accept', ringing, { type: 'accepted' }, ringing, []]
  ],
  'a callee': [
    [
      'keeps what it hears until it accepts',
      rung,
      { type: 'candidate-received', candidate },
      {
        role: 'callee',
        phase: 'ringing',
        heard: [
          { type: 'description-received', description: offer },
          { type: 'candidate-received', candidate }
        ]
      },
      []
    ],
    [
      'opens its media when it accepts, and not before',
      {
        role: 'callee',
        phase: 'ringing',
        heard: [
          { type: 'description-received', description: offer },
          { type: 'candidate-received', candidate }
        ]
      },
      { type: 'accepted' },
      unanswered,
      [
        { type: 'open-media' },
        { type: 'apply-description', description: offer },
        { type: 'apply-candidate', candidate },
        connectInTime
      ]
    ],
    [
      'accepts with its first answer',
      unanswered,
      { type: 'description-made', description: answer },
      { ...unanswered, answered: true },
      [{ type: 'send-accept', description: answer }]
    ],
    [
      'declines',
      rung,
      { type: 'declined', reason: 'declined' },
      ended('callee', 'declined'),
      [{ type: 'send-decline', reason: 'declined' }, ...closed]
    ],
    [
      'declines by hanging up',
      rung,
      { type: 'hung-up' },
      ended('callee', 'declined'),
      [{ type: 'send-decline', reason: 'declined' }, ...closed]
    ],
    [
      'declines by hanging up before its accept has left',
      unanswered,
      { type: 'hung-up' },
      ended('callee', 'declined'),
      [{ type: 'send-decline', reason: 'declined' }, ...closed]
    ],
    [
      'says so when it cannot answer',
      unanswered,
      { type: 'media-gave-up' },
      ended('callee', 'failed'),
      [{ type: 'send-decline', reason: 'failed' }, ...closed]
    ],
    [
      'hears that the caller has given up',
      rung,
      { type: 'ended-received', reason: 'cancelled' },
      ended('callee', 'cancelled'),
      closed
    ],
    ['is not moved by a connection that it has not opened', rung, { type: 'media-connected' }, rung, []]
  ],
  'a party of an accepted call': [
    [
      'renegotiates',
      connected,
      { type: 'description-made', description: offer },
      connected,
      [{ type: 'send-description', description: offer }]
    ],
    [
      'renegotiates while it connects',
      connecting,
      { type: 'description-made', description: answer },
      connecting,
      [{ type: 'send-description', description: answer }]
    ],
    [
      'applies what it hears',
      connected,
      { type: 'description-received', description: offer },
      connected,
      [{ type: 'apply-description', description: offer }]
    ],
    [
      'sends the candidates it gathers',
      connected,
      { type: 'candidate-gathered', candidate },
      connected,
      [{ type: 'send-candidate', candidate }]
    ],
    [
      'connecting -> media-connected -> connected',
      connecting,
      { type: 'media-connected' },
      { role: 'caller', phase: 'connected', interrupted: false },
      cleared
    ],
    [
      'restarts ICE when the first attempt fails, within the time to connect',
      connecting,
      { type: 'media-failed' },
      connecting,
      [{ type: 'clear-deadline', deadline: 'ice-restart' }, { type: 'restart-ice' }]
    ],
    [
      'waits a moment when media is interrupted',
      connected,
      { type: 'media-interrupted' },
      interrupted,
      [
        { type: 'set-deadline', deadline: 'ice-restart', afterMs: healMs },
        { type: 'set-deadline', deadline: 'media', afterMs: recoverMs }
      ]
    ],
    [
      'restarts ICE after that moment',
      interrupted,
      { type: 'deadline-passed', deadline: 'ice-restart' },
      interrupted,
      [{ type: 'restart-ice' }]
    ],
    [
      'restarts ICE at once when media fails, and gains no time by it',
      interrupted,
      { type: 'media-failed' },
      interrupted,
      [{ type: 'clear-deadline', deadline: 'ice-restart' }, { type: 'restart-ice' }]
    ],
    ['goes on when media is back', interrupted, { type: 'media-connected' }, connected, cleared],
    [
      'fails when media does not come back in time',
      interrupted,
      { type: 'deadline-passed', deadline: 'media' },
      ended('callee', 'failed'),
      [{ type: 'send-hang-up', reason: 'failed' }, ...closed]
    ],
    [
      'hangs up',
      connected,
      { type: 'hung-up' },
      ended('callee', 'hung-up'),
      [{ type: 'send-hang-up', reason: 'hung-up' }, ...closed]
    ],
    [
      'hears that the other hung up',
      connected,
      { type: 'ended-received', reason: 'hung-up' },
      ended('callee', 'hung-up'),
      closed
    ],
    ['goes on without its line once media flows', connected, { type: 'line-lost' }, connected, []],
    [
      'ends when the server has forgotten the call',
      connected,
      { type: 'forgotten' },
      ended('callee', 'left'),
      closed
    ],
    [
      'ends with its line as long as media does not flow',
      connecting,
      { type: 'line-lost' },
      ended('caller', 'left'),
      closed
    ]
  ]
} satisfies Record<string, Row[]>

describe.each(Object.entries(rows))('%s', (_party, transitions: Row[]) => {
  test.each(transitions)('%s', (_name, ...[before, event, after, effects]) => {
    expect(stepLeg(before, event)).toEqual([after, effects])
  })
})

describe('a leg', () => {
  test('of a caller opens its media and of a callee tells that it rings', () => {
    expect(placeCall()).toEqual([calling, [{ type: 'open-media' }]])
    expect(receiveCall(offer)).toEqual([rung, [{ type: 'send-ringing' }]])
  })

  test('fails when a caller says more than can be kept', () => {
    let leg = rung
    for (let said = 1; said < maxHeard; said += 1) {
      ;[leg] = stepLeg(leg, { type: 'candidate-received', candidate })
    }
    expect(leg.phase).toBe('ringing')
    const [after, effects] = stepLeg(leg, { type: 'candidate-received', candidate })
    expect(after).toEqual(ended('callee', 'failed'))
    expect(effects).toContainEqual({ type: 'send-decline', reason: 'failed' })
  })

  test('of a phase that there is not is a bug, and no step', () => {
    expect(() => stepLeg(JSON.parse('{ "phase": "held" }'), { type: 'hung-up' })).toThrow('unreachable')
  })
})
