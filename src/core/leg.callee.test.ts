import { expect, test } from 'vitest'
import {
  type Row,
  rung,
  preparing,
  prepared,
  unanswered,
  connected,
  ended,
  ending,
  set,
  clear,
  askedToRestart,
  closed,
  mediaCleared,
  leaving,
  connectInTime,
  apply,
  say
} from '../../test/support/leg-states.ts'
import { answer, candidate, offer } from '../../test/support/leg-world.ts'
import { awayMs, invitedAgainMs, releaseMs } from './leg-state.ts'
import { stepLeg } from './leg.ts'

const limited = { ...unanswered, answered: true, limited: true }

const rows: Row[] = [
  [
    'keeps what it hears until it accepts',
    rung,
    { type: 'candidate', candidate },
    {
      ...rung,
      heard: [
        { type: 'description', description: offer },
        { type: 'candidate', candidate }
      ]
    },
    []
  ],
  [
    'opens its media when it accepts, and not before',
    {
      ...rung,
      heard: [
        { type: 'description', description: offer },
        { type: 'candidate', candidate }
      ]
    },
    { type: 'accepted' },
    unanswered,
    [
      { type: 'open-media' },
      apply({ type: 'description', description: offer }),
      apply({ type: 'candidate', candidate }),
      ...connectInTime
    ]
  ],
  [
    'accepts with its first answer',
    unanswered,
    { type: 'description-made', description: answer },
    { ...unanswered, answered: true },
    [say({ type: 'accept', description: answer })]
  ],
  [
    'declines',
    rung,
    { type: 'declined', reason: 'busy' },
    ending('callee', 'busy'),
    [say({ type: 'decline', reason: 'busy' }), ...leaving]
  ],
  [
    'declines by hanging up',
    rung,
    { type: 'hung-up' },
    ending('callee', 'declined'),
    [say({ type: 'decline', reason: 'declined' }), ...leaving]
  ],
  [
    'declines by hanging up before its accept has left',
    unanswered,
    { type: 'hung-up' },
    ending('callee', 'declined'),
    [say({ type: 'decline', reason: 'declined' }), ...leaving]
  ],
  [
    'takes its own word for it without a line',
    { ...rung, lost: true },
    { type: 'declined', reason: 'declined' },
    ended('callee', 'declined'),
    [say({ type: 'decline', reason: 'declined' }), ...closed]
  ],
  [
    'says so when it cannot answer',
    unanswered,
    { type: 'media-gave-up' },
    ending('callee', 'failed'),
    [say({ type: 'decline', reason: 'failed' }), ...leaving]
  ],
  [
    'hears that the caller has given up',
    rung,
    { type: 'ended', reason: 'cancelled' },
    ended('callee', 'cancelled'),
    closed
  ],
  ['is not moved by a connection that it has not opened', rung, { type: 'media-connected' }, rung, []],
  [
    'rings on without its line',
    rung,
    { type: 'line-lost' },
    { ...rung, lost: true },
    [set('reunion', awayMs)]
  ],
  ['and with it', { ...rung, lost: true }, { type: 'line-back' }, rung, [clear('reunion')]],
  [
    'waits for it from the loss on, however often it is sought in vain',
    { ...rung, lost: true },
    { type: 'line-lost' },
    { ...rung, lost: true },
    []
  ],
  [
    'rings on at a server that has forgotten, and waits for the invite',
    { ...rung, lost: true },
    { type: 'signed-in-anew', present: true },
    { ...rung, forgotten: true },
    [{ type: 'hold-signals' }, set('reunion', invitedAgainMs)]
  ],
  [
    'waits anew when the line was lost once more',
    { ...rung, lost: true, forgotten: true },
    { type: 'line-back' },
    { ...rung, forgotten: true },
    [set('reunion', invitedAgainMs)]
  ],
  [
    'is left when nobody invites again',
    { ...rung, forgotten: true },
    { type: 'deadline-passed', deadline: 'reunion' },
    ended('callee', 'left'),
    [say({ type: 'decline', reason: 'failed' }), ...closed]
  ],
  [
    'says again that it rings when it is invited again',
    { ...rung, forgotten: true },
    { type: 'invite' },
    rung,
    [say({ type: 'ringing' }), { type: 'say-again', all: true }, clear('reunion')]
  ],
  [
    'claims the call that it accepts at a server that has forgotten it',
    { ...rung, forgotten: true, heard: [] },
    { type: 'accepted' },
    { ...unanswered, forgotten: true },
    [{ type: 'open-media' }, say({ type: 'rejoin', role: 'callee' }), clear('reunion'), set('media', awayMs)]
  ]
]

const preparingRows: Row[] = [
  [
    'answers while it rings',
    preparing,
    { type: 'description-made', description: answer },
    prepared,
    [say({ type: 'prepare', description: answer })]
  ],
  [
    'and answers further offers',
    prepared,
    { type: 'description-made', description: answer },
    prepared,
    [say({ type: 'description', description: answer })]
  ],
  [
    'applies what it hears at once',
    prepared,
    { type: 'candidate', candidate },
    prepared,
    [apply({ type: 'candidate', candidate })]
  ],
  [
    'sends the candidates that may leave',
    prepared,
    { type: 'candidate-gathered', candidate },
    prepared,
    [say({ type: 'candidate', candidate })]
  ],
  [
    'only attaches its tracks when it accepts',
    { ...prepared, flowing: true },
    { type: 'accepted' },
    connected,
    [
      { type: 'attach-media' },
      say({ type: 'accept', description: null }),
      { type: 'release-candidates' },
      say({ type: 'ice-restart' }),
      clear('reunion')
    ]
  ],
  [
    'has nothing to release where all was allowed',
    { ...prepared, limited: false, flowing: true },
    { type: 'accepted' },
    connected,
    [{ type: 'attach-media' }, say({ type: 'accept', description: null }), clear('reunion')]
  ],
  [
    'looks for no path while it rings that only its caller wants',
    prepared,
    { type: 'ice-restart' },
    prepared,
    []
  ],
  [
    'accepts with its answer when that is still being made',
    preparing,
    { type: 'accepted' },
    { ...unanswered, limited: true },
    [{ type: 'attach-media' }, ...connectInTime]
  ],
  [
    'and gives the relay time to carry media',
    { ...unanswered, limited: true },
    { type: 'description-made', description: answer },
    limited,
    [say({ type: 'accept', description: answer }), set('release', releaseMs)]
  ],
  [
    'gives the relay time when it accepts before media could flow',
    prepared,
    { type: 'accepted' },
    limited,
    [
      { type: 'attach-media' },
      say({ type: 'accept', description: null }),
      set('release', releaseMs),
      ...connectInTime
    ]
  ],
  [
    'lets its candidates go once media flows',
    limited,
    { type: 'media-connected' },
    connected,
    [...mediaCleared, clear('release'), { type: 'release-candidates' }, ...askedToRestart]
  ],
  [
    'lets its candidates go when the relay carries nothing in time',
    limited,
    { type: 'deadline-passed', deadline: 'release' },
    { ...limited, limited: false },
    [clear('release'), { type: 'release-candidates' }, ...askedToRestart]
  ],
  [
    'lets its candidates go but once',
    connected,
    { type: 'deadline-passed', deadline: 'release' },
    connected,
    []
  ],
  [
    'closes all when it declines',
    prepared,
    { type: 'declined', reason: 'declined' },
    ending('callee', 'declined'),
    [say({ type: 'decline', reason: 'declined' }), ...leaving]
  ]
]

test.each(rows)('a callee %s', (_name, ...[before, event, after, effects]) => {
  expect(stepLeg(before, event)).toEqual([after, effects])
})

test.each(preparingRows)('a callee that prepares %s', (_name, ...[before, event, after, effects]) => {
  expect(stepLeg(before, event)).toEqual([after, effects])
})
