import { expect, test } from 'vitest'
import {
  type Row,
  connecting,
  connected,
  interrupted,
  ended,
  ending,
  set,
  clear,
  mediaCleared,
  closed,
  leaving,
  askedToRestart,
  restarted,
  apply,
  say
} from '../../test/support/leg-states.ts'
import { answer, candidate, offer } from '../../test/support/leg-world.ts'
import { awayMs, healMs, partingMs, recoverMs } from './leg-state.ts'
import { stepLeg } from './leg.ts'

const rows: Row[] = [
  [
    'renegotiates',
    connected,
    { type: 'description-made', description: offer },
    connected,
    [say({ type: 'description', description: offer })]
  ],
  [
    'renegotiates while it connects',
    connecting,
    { type: 'description-made', description: answer },
    connecting,
    [say({ type: 'description', description: answer })]
  ],
  [
    'applies what it hears',
    connected,
    { type: 'description', description: offer },
    connected,
    [apply({ type: 'description', description: offer })]
  ],
  [
    'sends the candidates it gathers',
    connected,
    { type: 'candidate-gathered', candidate },
    connected,
    [say({ type: 'candidate', candidate })]
  ],
  [
    'connecting -> media-connected -> connected',
    connecting,
    { type: 'media-connected' },
    { ...connecting, phase: 'connected' },
    mediaCleared
  ],
  [
    'waits a moment when the first attempt fails, for more candidates may come, within the time to connect',
    connecting,
    { type: 'media-failed' },
    connecting,
    [set('ice-restart', healMs)]
  ],
  [
    'restarts ICE when they have not come, or were of no use',
    connecting,
    { type: 'deadline-passed', deadline: 'ice-restart' },
    connecting,
    restarted
  ],
  [
    'waits a moment when media is interrupted',
    connected,
    { type: 'media-interrupted' },
    interrupted,
    [set('media', recoverMs), set('ice-restart', healMs)]
  ],
  [
    'has ICE restarted after that moment',
    interrupted,
    { type: 'deadline-passed', deadline: 'ice-restart' },
    interrupted,
    askedToRestart
  ],
  [
    'waits for the word of the end when media fails at once, as it does when the other closes',
    connected,
    { type: 'media-failed' },
    interrupted,
    [set('media', recoverMs), set('ice-restart', partingMs)]
  ],
  [
    'has ICE restarted at once when media fails after an interruption, and gains no time by it',
    interrupted,
    { type: 'media-failed' },
    interrupted,
    askedToRestart
  ],
  [
    'has ICE restarted when it is on another network',
    connected,
    { type: 'network-changed' },
    connected,
    askedToRestart
  ],
  [
    'has nobody to ask where the other does not know how',
    { ...connected, native: false },
    { type: 'network-changed' },
    { ...connected, native: false },
    restarted
  ],
  [
    'restarts ICE when its callee asks for it',
    { ...connected, role: 'caller' },
    { type: 'ice-restart' },
    { ...connected, role: 'caller' },
    restarted
  ],
  [
    'does not restart ICE for its caller, who can do so itself',
    connected,
    { type: 'ice-restart' },
    connected,
    []
  ],
  ['goes on when media is back', interrupted, { type: 'media-connected' }, connected, mediaCleared],
  [
    'fails when media does not come back in time',
    interrupted,
    { type: 'deadline-passed', deadline: 'media' },
    ending('callee', 'failed'),
    [say({ type: 'hang-up', reason: 'failed' }), ...leaving]
  ],
  [
    'is not moved by a deadline that was not its own',
    connected,
    { type: 'deadline-passed', deadline: 'end' },
    connected,
    []
  ],
  [
    'hangs up',
    connected,
    { type: 'hung-up' },
    ending('callee', 'hung-up'),
    [say({ type: 'hang-up', reason: 'hung-up' }), ...leaving]
  ],
  [
    'hears that the other hung up',
    connected,
    { type: 'ended', reason: 'hung-up' },
    ended('callee', 'hung-up'),
    closed
  ],
  ['goes on without its line', connected, { type: 'line-lost' }, { ...connected, lost: true }, []],
  [
    'has as long for its media as the line may be away',
    interrupted,
    { type: 'line-lost' },
    { ...interrupted, lost: true },
    [set('media', awayMs)]
  ],
  [
    'has that from the loss on, however often the line is sought in vain',
    { ...interrupted, lost: true },
    { type: 'line-lost' },
    { ...interrupted, lost: true },
    []
  ],
  [
    'starts over once that can be said',
    { ...connected, lost: true },
    { type: 'network-changed' },
    { ...connected, lost: true, restartDue: true },
    [clear('ice-restart')]
  ],
  [
    'which is when the line is back',
    { ...connected, lost: true, restartDue: true },
    { type: 'line-back' },
    connected,
    askedToRestart
  ],
  [
    'has nothing to repair when nothing is broken',
    { ...connected, lost: true },
    { type: 'line-back' },
    connected,
    []
  ],
  [
    'repairs what broke meanwhile',
    { ...interrupted, lost: true },
    { type: 'line-back' },
    interrupted,
    [set('media', recoverMs), ...askedToRestart]
  ],
  [
    'claims its call from a server that has forgotten it',
    { ...connected, lost: true },
    { type: 'signed-in-anew', present: false },
    { ...connected, forgotten: true },
    [{ type: 'hold-signals' }, say({ type: 'rejoin', role: 'callee' })]
  ],
  [
    'claims it again when the line was lost once more',
    { ...connected, lost: true, forgotten: true },
    { type: 'line-back' },
    { ...connected, forgotten: true },
    [say({ type: 'rejoin', role: 'callee' })]
  ],
  [
    'says again what was lost when both are back',
    { ...interrupted, forgotten: true },
    { type: 'rejoined' },
    interrupted,
    [{ type: 'say-again', all: false }, set('media', recoverMs), ...askedToRestart]
  ],
  ['is back only once', connected, { type: 'rejoined' }, connected, []],
  [
    'says its accept again when it is invited again',
    { ...connected, forgotten: true },
    { type: 'invite' },
    connected,
    [{ type: 'say-again', all: true }]
  ],
  [
    'has left a call that nobody wants to have back',
    { ...connected, forgotten: true },
    { type: 'refused' },
    ended('callee', 'left'),
    closed
  ],
  [
    'takes its own word for an end that nobody hears of',
    { ...connected, lost: true },
    { type: 'hung-up' },
    ended('callee', 'hung-up'),
    [say({ type: 'hang-up', reason: 'hung-up' }), ...closed]
  ]
]

test.each(rows)('a party of an accepted call %s', (_name, ...[before, event, after, effects]) => {
  expect(stepLeg(before, event)).toEqual([after, effects])
})
