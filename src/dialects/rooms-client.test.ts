import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { plain } from '../../test/support/plain.ts'
import { recordedFrames, socketIoEvent } from '../../test/support/vectors.ts'
import { type Description, bodyOf } from '../core/signal.ts'
import type { ForeignSaid } from './foreign.ts'
import { entrance, roomsClientCodec } from './rooms-client.ts'
import { roomsCodec } from './rooms.ts'

const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'u' }
const sdp = { type: 'offer', sdp: 'v=0' }
const room = { id: 'room', name: 'room', dialect: 'rooms', busy: false }

const signaling = (type: string, message: unknown) => ({
  event: 'signaling_message',
  payload: { type, message }
})
const heard = (signal: object) => ({ type: 'signal', from: 'room', signal })

test.each<[string, { event: string; payload: unknown }, object | null]>([
  [
    'somebody who comes',
    signaling('user_here', 'Are you ready for a call?'),
    { type: 'present', peer: room }
  ],
  ['an offer', signaling('SDP', JSON.stringify({ sdp })), heard({ type: 'description', description: sdp })],
  ['an offer as an object', signaling('SDP', { sdp }), heard({ type: 'description', description: sdp })],
  [
    'a candidate',
    signaling('ice candidate', JSON.stringify({ candidate })),
    heard({ type: 'candidate', candidate })
  ],
  [
    'a text',
    { event: 'message', payload: { message: 'hi', author: 'bob' } },
    { type: 'text', from: 'bob', text: 'hi', sentAt: null }
  ],
  [
    'an announcement',
    { event: 'announce', payload: { message: 'New client' } },
    { type: 'text', from: '', text: 'New client', sentAt: null }
  ],
  ['a file', { event: 'files', payload: { filename: 'x', filesize: 1 } }, null]
])('%s is read', (_what, event, message) => {
  expect(plain(roomsClientCodec.decode(event))).toEqual({ ok: true, message })
})

test.each([
  [signaling('SDP', 'no JSON'), 'bad field: payload.message'],
  [signaling('smoke', ''), 'bad field: payload.type'],
  [{ event: 'message', payload: { author: 'bob' } }, 'bad field: payload.message'],
  [{ event: 'announce', payload: null }, 'bad field: payload']
])('%j is not', (event, reason) => {
  expect(roomsClientCodec.decode(event)).toEqual({ ok: false, reason })
})

const signal = (signal: Extract<ForeignSaid, { type: 'signal' }>['signal']): ForeignSaid => ({
  type: 'signal',
  to: 'room',
  signal
})
const describeBy = (type: Description['type']) =>
  signal({ type: 'description', description: { type, sdp: bodyOf('v=0') } })
const say = (said: ForeignSaid, lobby = 'main') => roomsClientCodec.encode({ said, lobby, name: 'ada' })

test.each<[string, ForeignSaid, readonly object[]]>([
  [
    'an offer',
    describeBy('offer'),
    [
      {
        event: 'signal',
        payload: { type: 'SDP', message: JSON.stringify({ sdp }), room: 'signal_room' }
      }
    ]
  ],
  ['a rollback', describeBy('rollback'), []],
  [
    'a candidate',
    signal({ type: 'candidate', candidate }),
    [
      {
        event: 'signal',
        payload: { type: 'ice candidate', message: JSON.stringify({ candidate }), room: 'signal_room' }
      }
    ]
  ],
  ['an end-of-candidates', signal({ type: 'candidate', candidate: { ...candidate, candidate: '' } }), []],
  ['a bye, for which there is no word', signal({ type: 'bye' }), []],
  [
    'a text',
    { type: 'text', to: null, text: bodyOf('hi') },
    [{ event: 'send', payload: { author: 'ada', message: 'hi', room: 'chat' } }]
  ],
  ['a name, which goes with the texts', { type: 'name', name: 'eve' }, []]
])('%s is written', (_what, said, events) => {
  expect(say(said)).toEqual(events)
})

test('another lobby is another room', () => {
  expect(entrance('main')[0]?.payload).toEqual({
    chat_room: 'chat',
    signal_room: 'signal_room',
    files_room: 'files'
  })
  expect(entrance('den')).toEqual([
    {
      event: 'ready',
      payload: { chat_room: 'den-chat', signal_room: 'den', files_room: 'den-files' }
    },
    {
      event: 'signal',
      payload: { type: 'user_here', message: 'Are you ready for a call?', room: 'den' }
    }
  ])
  expect(say({ type: 'text', to: 'room', text: bodyOf('hi') }, 'den')).toMatchObject([
    { payload: { room: 'den-chat' } }
  ])
})

test('our own server reads all of it', () => {
  const said = [
    ...entrance('main'),
    ...say(describeBy('answer')),
    ...say(signal({ type: 'candidate', candidate }))
  ]
  for (const event of said) expect(roomsCodec.decode(event)).toMatchObject({ ok: true })
})

test.each([
  ['something said', '{ "type": "song" }'],
  ['a signal', '{ "type": "signal", "signal": { "type": "smoke" } }']
])('%s of a kind that there is not is a bug', (_what, said) => {
  expect(() => say(JSON.parse(said))).toThrow('unreachable')
})

test.each(['rooms-call-socketio-0.9.json', 'rooms-call-socketio-v4.json'])(
  'all that a real server has sent is understood: %s',
  (vector) => {
    const events = recordedFrames(vector)
      .filter(({ dir }) => dir === 'recv')
      .flatMap(({ raw }) => socketIoEvent(raw) ?? [])
    expect(events.length).toBeGreaterThan(5)
    for (const event of events) expect(roomsClientCodec.decode(event)).toMatchObject({ ok: true })
    const signals = events.filter(({ event }) => event === 'signaling_message')
    for (const event of signals) {
      expect(roomsClientCodec.decode(event)).toMatchObject({ message: expect.anything() })
    }
  }
)

test('nothing that comes makes it throw', () => {
  const event = fc.constantFrom('signaling_message', 'message', 'announce', 'files')
  fc.assert(
    fc.property(event, fc.anything(), (event, payload) => void roomsClientCodec.decode({ event, payload }))
  )
})
