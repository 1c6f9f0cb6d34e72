/** What only the native protocol has words for. */
import { type Peer, type ServerMessage, bodyOf } from '../../src/core/signal.ts'

export const nativeOnly = (from: Peer): readonly [what: string, ServerMessage][] => [
  ['ringing', { type: 'ringing', call: 'c', from }],
  ['an accept of what was answered', { type: 'accept', call: 'c', from, description: null }],
  [
    'an answer before the accept',
    { type: 'prepare', call: 'c', from, description: { type: 'answer', sdp: bodyOf('v=0') } }
  ],
  ['a wish for another start of ICE', { type: 'ice-restart', call: 'c', from }],
  ['what has been received', { type: 'received', call: 'c', from, seq: 1 }],
  ['a call that is known again', { type: 'rejoined', call: 'c' }]
]
