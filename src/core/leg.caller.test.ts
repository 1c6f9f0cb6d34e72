import { expect, test } from 'vitest'
import {
  type Row,
  calling,
  invited,
  ringing,
  awaited,
  connecting,
  unanswered,
  ended,
  ending,
  set,
  clear,
  closed,
  leaving,
  connectInTime,
  apply,
  say
} from '../../test/support/leg-states.ts'
import { answer, candidate, offer } from '../../test/support/leg-world.ts'
import { awayMs, healMs, partnerBackMs } from './leg-state.ts'
import { stepLeg } from './leg.ts'

const rows: Row[] = [
  [
    'invites with its first offer',
    calling,
    { type: 'description-made', description: offer },
    invited,
    [say({ type: 'invite', description: offer })]
  ],
  ['does not invite twice', invited, { type: 'description-made', description: offer }, invited, []],
  ['sends no candidate before its invite', calling, { type: 'candidate-gathered', candidate }, calling, []],
  [
    'sends its candidates after its invite',
    invited,
    { type: 'candidate-gathered', candidate },
    invited,
    [say({ type: 'candidate', candidate })]
  ],
  ['calling -> ringing-received -> ringing', invited, { type: 'ringing' }, ringing, []],
  [
    'ringing -> accept-received -> connecting',
    ringing,
    { type: 'accept', description: answer },
    connecting,
    [apply({ type: 'description', description: answer }), ...connectInTime]
  ],
  [
    'calling -> accept-received -> connecting: not everybody rings',
    invited,
    { type: 'accept', description: answer },
    connecting,
    [apply({ type: 'description', description: answer }), ...connectInTime]
  ],
  ['is not accepted before it has invited', calling, { type: 'accept', description: answer }, calling, []],
  ['is not accepted twice', connecting, { type: 'accept', description: answer }, connecting, []],
  [
    'fails when it is accepted without an answer',
    ringing,
    { type: 'accept', description: null },
    ending('caller', 'failed'),
    [say({ type: 'hang-up', reason: 'failed' }), ...leaving]
  ],
  ['takes no bare answer for an accept', ringing, { type: 'description', description: answer }, ringing, []],
  [
    'keeps for its connection what comes early',
    ringing,
    { type: 'candidate', candidate },
    ringing,
    [apply({ type: 'candidate', candidate })]
  ],
  [
    'becomes the callee when the invites have crossed, and accepts at once',
    invited,
    { type: 'crossed', description: offer },
    unanswered,
    [
      { type: 'close-media' },
      { type: 'open-media' },
      apply({ type: 'description', description: offer }),
      ...connectInTime
    ]
  ],
  [
    'becomes the callee when it is invited before its own invite has left',
    calling,
    { type: 'crossed', description: offer },
    unanswered,
    [
      { type: 'close-media' },
      { type: 'open-media' },
      apply({ type: 'description', description: offer }),
      ...connectInTime
    ]
  ],
  [
    'cancels, and waits to hear whether it was too late',
    ringing,
    { type: 'hung-up' },
    ending('caller', 'cancelled'),
    [say({ type: 'hang-up', reason: 'hung-up' }), ...leaving]
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
    { type: 'ended', reason: 'busy' },
    ended('caller', 'busy'),
    closed
  ],
  ['has no invite to decline', ringing, { type: 'declined', reason: 'declined' }, ringing, []],
  ['has no invite to accept', ringing, { type: 'accepted' }, ringing, []],
  [
    'goes on without its line',
    ringing,
    { type: 'line-lost' },
    { ...ringing, lost: true },
    [set('reunion', awayMs)]
  ],
  ['and with it', { ...ringing, lost: true }, { type: 'line-back' }, ringing, [clear('reunion')]],
  [
    'waits for it from the loss on, however often it is sought in vain',
    { ...ringing, lost: true },
    { type: 'line-lost' },
    { ...ringing, lost: true },
    []
  ],
  [
    'has left when that takes too long',
    { ...ringing, lost: true },
    { type: 'deadline-passed', deadline: 'reunion' },
    ended('caller', 'left'),
    [say({ type: 'hang-up', reason: 'failed' }), ...closed]
  ],
  [
    'leaves without a word before its invite',
    { ...calling, lost: true },
    { type: 'deadline-passed', deadline: 'reunion' },
    ended('caller', 'left'),
    closed
  ],
  [
    'invites again where the server has forgotten',
    { ...ringing, lost: true },
    { type: 'signed-in-anew', present: true },
    ringing,
    [say({ type: 'invite', description: offer }), { type: 'say-again', all: false }, clear('reunion')]
  ],
  [
    'has nothing to say again before its offer is made',
    { ...calling, lost: true },
    { type: 'signed-in-anew', present: true },
    calling,
    [{ type: 'say-again', all: false }, clear('reunion')]
  ],
  [
    'waits for a callee that is not back yet',
    { ...ringing, lost: true },
    { type: 'signed-in-anew', present: false },
    { ...ringing, forgotten: true },
    [{ type: 'hold-signals' }, set('reunion', partnerBackMs)]
  ],
  [
    'does not invite one that is not back',
    { ...calling, forgotten: true },
    { type: 'description-made', description: offer },
    { ...invited, forgotten: true },
    []
  ],
  [
    'invites it when it is',
    { ...ringing, forgotten: true },
    { type: 'partner-joined' },
    ringing,
    [say({ type: 'invite', description: offer }), { type: 'say-again', all: false }, clear('reunion')]
  ],
  [
    'is not accepted where it has not invited',
    { ...invited, forgotten: true },
    { type: 'accept', description: answer },
    { ...invited, forgotten: true },
    []
  ],
  ['does not invite again who has never left', ringing, { type: 'partner-joined' }, ringing, []],
  [
    'still waits for it when the line was lost once more',
    { ...ringing, lost: true, forgotten: true },
    { type: 'line-back' },
    { ...ringing, forgotten: true },
    []
  ],
  [
    'applies what a callee has prepared',
    ringing,
    { type: 'prepare', description: answer },
    awaited,
    [apply({ type: 'description', description: answer })]
  ],
  ['and only once', awaited, { type: 'prepare', description: answer }, awaited, []],
  [
    'negotiates with one that has prepared',
    awaited,
    { type: 'description-made', description: offer },
    awaited,
    [say({ type: 'description', description: offer })]
  ],
  [
    'and takes its descriptions',
    awaited,
    { type: 'description', description: offer },
    awaited,
    [apply({ type: 'description', description: offer })]
  ],
  [
    'is ready when media could flow',
    awaited,
    { type: 'media-connected' },
    { ...awaited, flowing: true },
    [clear('ice-restart')]
  ],
  ['or no longer could', { ...awaited, flowing: true }, { type: 'media-interrupted' }, awaited, []],
  [
    'gives what was prepared and has failed a moment to come back',
    { ...awaited, flowing: true },
    { type: 'media-failed' },
    awaited,
    [set('ice-restart', healMs)]
  ],
  [
    'and looks for another path after it',
    awaited,
    { type: 'deadline-passed', deadline: 'ice-restart' },
    awaited,
    [{ type: 'restart-ice' }]
  ],
  ['and when its callee asks for one', awaited, { type: 'ice-restart' }, awaited, [{ type: 'restart-ice' }]],
  [
    'and when it is on another network',
    { ...awaited, flowing: true },
    { type: 'network-changed' },
    { ...awaited, flowing: true },
    [{ type: 'restart-ice' }]
  ],
  [
    'is connected by the accept when all was prepared',
    { ...awaited, flowing: true },
    { type: 'accept', description: null },
    { ...connecting, phase: 'connected' },
    [clear('reunion')]
  ],
  [
    'connects after the accept when it was not quite',
    awaited,
    { type: 'accept', description: null },
    connecting,
    connectInTime
  ]
]

test.each(rows)('a caller %s', (_name, ...[before, event, after, effects]) => {
  expect(stepLeg(before, event)).toEqual([after, effects])
})
