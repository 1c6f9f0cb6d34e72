import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { plain } from '../../test/support/plain.ts'
import { recordedFrames } from '../../test/support/vectors.ts'
import { type Description, bodyOf } from '../core/signal.ts'
import type { ForeignNews, ForeignSaid } from './foreign.ts'
import { mdnClientCodec } from './mdn-client.ts'
import { mdnCodec } from './mdn.ts'

const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'u' }
const sdp = (type: string) => ({ type, sdp: 'v=0' })

const decode = (frame: unknown): unknown => plain(mdnClientCodec.decode(JSON.stringify(frame)))
const encode = (said: ForeignSaid): unknown =>
  mdnClientCodec.encode({ said, id: 7, name: 'ada', now: 1_700 }).map((frame) => JSON.parse(frame))
const signal = (from: string | null, signal: object) => ({ type: 'signal', from, signal })
const describeBy = (type: Description['type']): ForeignSaid => ({
  type: 'signal',
  to: 'bob',
  signal: { type: 'description', description: { type, sdp: bodyOf('v=0') } }
})

test.each<[string, object, object | null]>([
  ['id', { type: 'id', id: 1_795_231_383_622 }, { type: 'numbered', id: 1_795_231_383_622 }],
  ['rejectusername', { type: 'rejectusername', id: 1, name: 'ada1' }, { type: 'named', name: 'ada1' }],
  [
    'a list, in which connections without a name are nobody',
    { type: 'userlist', users: ['ada', null, 'bob', 'ada', '', 7] },
    {
      type: 'everybody',
      peers: [
        { id: 'ada', name: 'ada', dialect: 'mdn', busy: false },
        { id: 'bob', name: 'bob', dialect: 'mdn', busy: false }
      ]
    }
  ],
  [
    'a line of chat',
    { type: 'message', text: 'hi', id: 1, date: 1_700, name: 'bob' },
    { type: 'text', from: 'bob', text: 'hi', sentAt: 1_700 }
  ],
  [
    'a line of nobody, at no time',
    { type: 'message', text: 'hi', date: 'today' },
    { type: 'text', from: '', text: 'hi', sentAt: null }
  ],
  [
    'an offer',
    { type: 'video-offer', name: 'bob', target: 'ada', sdp: sdp('offer') },
    signal('bob', { type: 'description', description: sdp('offer') })
  ],
  [
    'an answer',
    { type: 'video-answer', name: 'bob', target: 'ada', sdp: sdp('answer') },
    signal('bob', { type: 'description', description: sdp('answer') })
  ],
  [
    'a candidate, which says nobody’s name',
    { type: 'new-ice-candidate', name: 'bob', target: 'ada', candidate },
    signal(null, { type: 'candidate', candidate })
  ],
  ['a hang-up', { type: 'hang-up', name: 'bob', target: null }, signal('bob', { type: 'bye' })],
  ['a hang-up of nobody', { type: 'hang-up', name: '' }, signal(null, { type: 'bye' })],
  ['a frame of another version', { type: 'invalidusername', name: 'ada' }, null]
])('%s is read', (_what, frame, message) => {
  expect(decode(frame)).toEqual({ ok: true, message })
})

test.each([
  ['null', 'not a message of this protocol'],
  ['{"users":[]}', 'bad field: type'],
  ['{"type":"userlist"}', 'bad field: users'],
  ['{"type":"video-offer","name":"bob","sdp":{"type":"answer","sdp":""}}', 'bad field: sdp.type'],
  ['{"type":"video-answer","sdp":{"type":"answer","sdp":""}}', 'bad field: name'],
  [`{"type":"rejectusername","name":"${'x'.repeat(257)}"}`, 'bad field: name'],
  ['{"type":"id","id":"7"}', 'bad field: id'],
  ['hello', 'not JSON']
])('%s is not', (frame, reason) => {
  expect(mdnClientCodec.decode(frame)).toEqual({ ok: false, reason })
})

test.each<[string, ForeignSaid, readonly object[]]>([
  ['a name', { type: 'name', name: 'ada' }, [{ name: 'ada', date: 1_700, id: 7, type: 'username' }]],
  [
    'a line of chat',
    { type: 'text', to: null, text: bodyOf('hi') },
    [{ text: 'hi', type: 'message', id: 7, date: 1_700 }]
  ],
  [
    'a line for one',
    { type: 'text', to: 'bob', text: bodyOf('hi') },
    [{ text: 'hi', type: 'message', id: 7, date: 1_700, target: 'bob' }]
  ],
  ['an offer', describeBy('offer'), [{ name: 'ada', target: 'bob', type: 'video-offer', sdp: sdp('offer') }]],
  [
    'an answer',
    describeBy('answer'),
    [{ name: 'ada', target: 'bob', type: 'video-answer', sdp: sdp('answer') }]
  ],
  ['a rollback', describeBy('rollback'), []],
  [
    'a candidate',
    { type: 'signal', to: 'bob', signal: { type: 'candidate', candidate } },
    [{ type: 'new-ice-candidate', target: 'bob', candidate }]
  ],
  [
    'an end-of-candidates',
    { type: 'signal', to: 'bob', signal: { type: 'candidate', candidate: { ...candidate, candidate: '' } } },
    []
  ],
  [
    'a hang-up, for the partner alone',
    { type: 'signal', to: 'bob', signal: { type: 'bye' } },
    [{ name: 'ada', target: 'bob', type: 'hang-up' }]
  ]
])('%s is written', (_what, said, frames) => {
  expect(encode(said)).toEqual(frames)
})

test.each([
  ['something said', '{ "type": "song" }'],
  ['a signal', '{ "type": "signal", "to": "bob", "signal": { "type": "smoke" } }']
])('%s of a kind that there is not is a bug', (_what, said) => {
  const frame = () => mdnClientCodec.encode({ said: JSON.parse(said), id: 1, name: 'ada', now: 0 })
  expect(frame).toThrow('unreachable')
})

test('all that real servers have sent is understood', () => {
  for (const vector of ['mdn-call.json', 'mdn-name-taken.json']) {
    const received = recordedFrames(vector).filter(({ dir }) => dir === 'recv')
    expect(received.length).toBeGreaterThan(5)
    for (const { raw } of received) {
      expect(mdnClientCodec.decode(raw)).toMatchObject({ ok: true, message: expect.anything() })
    }
  }
})

const toNews = (frames: readonly string[]): readonly ForeignNews[] =>
  frames.flatMap((frame) => {
    const decoded = mdnClientCodec.decode(frame)
    return decoded.ok && decoded.message !== null ? [decoded.message] : []
  })

test('what our own server writes is read', () => {
  const from = { id: 'x', number: 7, name: 'bob', dialect: 'native', busy: true }
  const reader = { id: 1, name: 'ada' }
  const told = mdnCodec.encode({
    message: { type: 'ended', call: 'c', from, reason: 'busy' },
    reader,
    now: 5
  })
  expect(plain(toNews(told))).toEqual([
    signal('bob', { type: 'bye' }),
    { type: 'text', from: 'Patchcord', text: 'bob is in another call.', sentAt: 5 }
  ])
})

test('what it writes is what the server reads as the same', () => {
  const [frame = ''] = mdnClientCodec.encode({ said: describeBy('offer'), id: 7, name: 'ada', now: 0 })
  expect(plain(mdnCodec.decode(frame))).toEqual({
    ok: true,
    message: { type: 'description', to: { by: 'name', name: 'bob' }, description: sdp('offer') }
  })
})

test('nothing that comes makes it throw', () => {
  fc.assert(fc.property(fc.string(), (text) => void mdnClientCodec.decode(text)))
  fc.assert(fc.property(fc.json(), (text) => void mdnClientCodec.decode(text)))
})
