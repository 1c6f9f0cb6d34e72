import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nativeOnly } from '../../test/support/native-only.ts'
import { recordedFrames, socketIoEvent } from '../../test/support/vectors.ts'
import { type Candidate, type Peer, type ServerMessage, bodyOf } from '../core/signal.ts'
import { type RoomsSaid, roomsCodec } from './rooms.ts'

const peer = (name: string): Peer => ({ id: 'p', number: 7, name, dialect: 'rooms', busy: false })
const ada = peer('ada')

const sdp = 'v=0\r\na=unknown:<kept>\r\n'
const host: Candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'u' }

/** An event and its payload. */
type Said = [event: string, payload: unknown]

/** What a page said, with bodies as plain text; or the reason why it said nothing. */
const said = (...[event, payload]: Said): unknown => {
  const result = roomsCodec.decode({ event, payload })
  return result.ok ? plain(result.message) : result.reason
}

const plain = (said: RoomsSaid): unknown => ({
  ...said,
  messages: said.messages.map((message) => {
    if (message.type === 'text') return { ...message, text: message.text.text() }
    if (message.type !== 'description') return message
    const { type, sdp } = message.description
    return { ...message, description: { type, sdp: sdp.text() } }
  })
})

const inRoom = (room: string, ...messages: unknown[]) => ({ room, messages })
const signIn = (lobby: string) => ({ type: 'sign-in', name: 'guest', lobby })

describe('what a page says', () => {
  const offer = { type: 'description', to: { by: 'partner' }, description: { type: 'offer', sdp } }

  test.each<[string, Said, unknown]>([
    [
      'ready joins the rooms; that of the demo is the lobby where all meet',
      ['ready', { chat_room: 'chat', signal_room: 'signal_room', files_room: 'files' }],
      { joins: ['signal_room', 'chat', 'files'], messages: [signIn('main')] }
    ],
    [
      'ready with nothing but another room joins the lobby of that name',
      ['ready', { signal_room: 'garden' }],
      { joins: ['garden'], messages: [signIn('garden')] }
    ],
    [
      'user_here asks to be called',
      ['signal', { type: 'user_here', message: 'Are you ready for a call?', room: 'r' }],
      inRoom('r', { type: 'ready' })
    ],
    [
      'SDP is a description for the partner',
      ['signal', { type: 'SDP', message: JSON.stringify({ sdp: { type: 'offer', sdp } }), room: 'r' }],
      inRoom('r', offer)
    ],
    [
      'SDP may also be the object itself',
      ['signal', { type: 'SDP', message: { sdp: { type: 'offer', sdp } }, room: 'r' }],
      inRoom('r', offer)
    ],
    [
      'a candidate is for the partner',
      ['signal', { type: 'ice candidate', message: JSON.stringify({ candidate: host }), room: 'r' }],
      inRoom('r', { type: 'candidate', to: { by: 'partner' }, candidate: host })
    ],
    [
      'a text is for the lobby, and its author the name that its sender goes by',
      ['send', { author: 'ada', message: 'hi', room: 'chat' }],
      inRoom('chat', { type: 'rename', name: 'ada' }, { type: 'text', to: { by: 'lobby' }, text: 'hi' })
    ],
    [
      'a text without an author is from whoever sent it',
      ['send', { author: '', message: 'hi', room: 'chat' }],
      inRoom('chat', { type: 'text', to: { by: 'lobby' }, text: 'hi' })
    ],
    [
      'a file is announced',
      ['files', { filename: 'x.bin', filesize: 3_000_000, room: 'files' }],
      inRoom('files', { type: 'file', name: 'x.bin', size: 3_000_000 })
    ]
  ])('%s', (_promise, frame, message) => {
    expect(said(...frame)).toEqual(message)
  })

  const long = 'x'.repeat(1025)
  test.each<[string, Said, string]>([
    ['an unknown event', ['shout', {}], 'bad field: event'],
    ['an event that every object has', ['constructor', {}], 'bad field: event'],
    ['ready without a payload', ['ready', undefined], 'bad field: payload'],
    ['ready with null', ['ready', null], 'bad field: payload'],
    ['ready without a room to signal in', ['ready', { chat_room: 'chat' }], 'bad field: payload.signal_room'],
    ['a room without a name', ['ready', { signal_room: '' }], 'bad field: payload.signal_room'],
    ['a room with a number for a name', ['ready', { signal_room: 1 }], 'bad field: payload.signal_room'],
    ['a room with an endless name', ['ready', { signal_room: long }], 'bad field: payload.signal_room'],
    ['a signal that is an array', ['signal', ['SDP']], 'bad field: payload.type'],
    ['a signal of an unknown kind', ['signal', { type: 'app', room: 'r' }], 'bad field: payload.type'],
    ['a signal in no room', ['signal', { type: 'user_here' }], 'bad field: payload.room'],
    [
      'SDP that is no JSON',
      ['signal', { type: 'SDP', room: 'r', message: 'v=0' }],
      'bad field: payload.message'
    ],
    [
      'SDP nested beyond measure',
      ['signal', { type: 'SDP', room: 'r', message: '['.repeat(200_000) }],
      'bad field: payload.message'
    ],
    [
      'SDP that is binary',
      ['signal', { type: 'SDP', room: 'r', message: new Uint8Array(3) }],
      'bad field: payload.message.sdp'
    ],
    [
      'SDP that is a candidate',
      ['signal', { type: 'SDP', room: 'r', message: '{"candidate":{"candidate":""}}' }],
      'bad field: payload.message.sdp'
    ],
    [
      'a rollback',
      ['signal', { type: 'SDP', room: 'r', message: '{"sdp":{"type":"rollback","sdp":""}}' }],
      'bad field: payload.message.sdp.type'
    ],
    [
      'a line index in quotes',
      [
        'signal',
        {
          type: 'ice candidate',
          room: 'r',
          message: '{"candidate":{"candidate":"","sdpMLineIndex":"0"}}'
        }
      ],
      'bad field: payload.message.candidate.sdpMLineIndex'
    ],
    ['a text without words', ['send', { author: 'ada', room: 'r' }], 'bad field: payload.message'],
    [
      'a text whose author has an endless name',
      ['send', { author: long, message: '', room: 'r' }],
      'bad field: payload.author'
    ],
    ['a file without a name', ['files', { filesize: 1, room: 'r' }], 'bad field: payload.filename'],
    [
      'a file with an endless name',
      ['files', { filename: long, filesize: 1, room: 'r' }],
      'bad field: payload.filename'
    ],
    [
      'a file smaller than nothing',
      ['files', { filename: 'x', filesize: -1, room: 'r' }],
      'bad field: payload.filesize'
    ],
    [
      'a file whose size is in quotes',
      ['files', { filename: 'x', filesize: '1', room: 'r' }],
      'bad field: payload.filesize'
    ]
  ])('%s is no message, and the reason does not repeat it', (_what, frame, reason) => {
    expect(said(...frame)).toBe(reason)
  })

  test('nothing throws, whatever comes', () => {
    const field = fc.option(fc.anything(), { nil: undefined })
    const payload = fc.record({
      type: fc.oneof(field, fc.constantFrom('user_here', 'SDP', 'ice candidate')),
      message: fc.oneof(field, fc.json(), fc.record({ sdp: field, candidate: field })),
      room: fc.oneof(field, fc.string()),
      author: field,
      signal_room: field
    })
    const event = fc.oneof(fc.constantFrom('ready', 'signal', 'send', 'files'), fc.string())
    fc.assert(
      fc.property(event, fc.oneof(field, payload), (event, payload) => {
        const result = roomsCodec.decode({ event, payload })
        expect(result.ok || result.reason.startsWith('bad field: ')).toBe(true)
      })
    )
  })
})

const read = (message: ServerMessage) => roomsCodec.encode(message)

const signaling = (type: string, message: unknown) => [
  { event: 'signaling_message', payload: { type, message } }
]

describe('what a page is told', () => {
  const offer = { type: 'offer', sdp: bodyOf(sdp) } as const

  test('that somebody waits for its call', () => {
    expect(read({ type: 'ready', from: ada })).toEqual(signaling('user_here', 'Are you ready for a call?'))
  })

  test.each<[string, ServerMessage]>([
    ['invite', { type: 'invite', call: 'c', from: ada, description: offer, iceServers: [] }],
    ['accept', { type: 'accept', call: 'c', from: ada, description: { ...offer, type: 'answer' } }],
    [
      'description',
      { type: 'description', call: 'c', from: ada, description: { ...offer, type: 'pranswer' } }
    ]
  ])('the description of an %s, its SDP untouched but no tag in sight', (_type, message) => {
    const [frame] = read(message)
    const text = JSON.stringify(frame?.payload)
    expect(text).not.toContain('<')
    const { message: inner } = JSON.parse(text)
    const type = 'description' in message ? message.description?.type : null
    expect(JSON.parse(inner)).toEqual({ sdp: { type, sdp } })
  })

  test('candidates, and no end of them', () => {
    expect(read({ type: 'candidate', call: 'c', from: ada, candidate: host })).toEqual(
      signaling('ice candidate', JSON.stringify({ candidate: host }))
    )
    expect(read({ type: 'candidate', call: 'c', from: ada, candidate: { ...host, candidate: '' } })).toEqual(
      []
    )
  })

  test('texts and files, with no tag in them', () => {
    expect(read({ type: 'text', from: peer('<i>'), text: bodyOf('<b>hi'), direct: true, sentAt: 1 })).toEqual(
      [{ event: 'message', payload: { message: '&lt;b>hi', author: '&lt;i>' } }]
    )
    expect(read({ type: 'file', call: 'c', from: ada, name: '<x>.bin', size: 3 })).toEqual([
      { event: 'files', payload: { filename: '&lt;x>.bin', filesize: 3 } }
    ])
  })

  test.each([
    ['hung-up', 'ada hung up.'],
    ['left', 'ada left.'],
    ['busy', 'ada is in another call.'],
    ['declined', 'The call with ada was declined.'],
    ['no-answer', 'The call with ada was not answered.'],
    ['cancelled', 'ada cancelled the call.'],
    ['failed', 'The call with ada failed.'],
    ['answered-elsewhere', 'The call with ada was answered on another device.']
  ] as const)('that a call ended as %s', (reason, message) => {
    expect(read({ type: 'ended', call: 'c', from: ada, reason })).toEqual([
      { event: 'announce', payload: { message } }
    ])
  })

  test('why it was refused, unless it says a flood of such things', () => {
    const refused = { type: 'refused', reason: 'No <b>.' } as const
    expect(read({ ...refused, code: 'bad-message' })).toEqual([
      { event: 'announce', payload: { message: 'No &lt;b>.' } }
    ])
    expect(read({ ...refused, code: 'rate-limited' })).toEqual([])
    expect(read({ ...refused, code: 'unknown-peer', about: 'candidate' })).toEqual([])
  })

  test.each<[string, ServerMessage]>([
    ['welcome', { type: 'welcome', you: { ...ada, key: 1 }, asked: 'ada', lobby: 'main', peers: [] }],
    ['renamed', { type: 'renamed', you: { ...ada, key: 1 }, asked: 'ada' }],
    ['roster', { type: 'roster', joined: [ada], left: [], changed: [], renamed: true, peers: [ada] }],
    ...nativeOnly(ada),
    ['replaced', { type: 'ended', call: 'c', from: ada, reason: 'replaced' }],
    [
      'rollback',
      { type: 'description', call: 'c', from: ada, description: { type: 'rollback', sdp: bodyOf('') } }
    ]
  ])('nothing of %s, for which it has no words', (_what, message) => {
    expect(read(message)).toEqual([])
  })

  test('a message that nobody has thought of is a bug, and no frame', () => {
    expect(() => read(JSON.parse('{"type":"new"}'))).toThrow('unreachable')
  })
})

describe.each(['rooms-call-socketio-v4.json', 'rooms-call-socketio-0.9.json'])(
  'the recorded call %s',
  (recording) => {
    const events = recordedFrames(recording).flatMap(({ dir, raw }) => {
      const frame = socketIoEvent(raw)
      return frame === null ? [] : [{ dir, ...frame }]
    })
    const sent = events.filter(({ dir }) => dir === 'sent')
    const received = events.filter(({ dir }) => dir === 'recv')

    test('every event of a page is understood, and what the other page got is what we make of it', () => {
      expect(sent.length).toBeGreaterThan(10)
      const passedOn = sent.flatMap(({ event, payload }) => {
        const result = roomsCodec.decode({ event, payload })
        if (!result.ok) throw new Error(`${event}: ${result.reason}`)
        return passOn(result.message)
      })
      // The first `user_here` of a page goes by polling, of which there is no record.
      passedOn.push({
        event: 'signaling_message',
        payload: { type: 'user_here', message: 'Are you ready for a call?' }
      })
      expect(received.length).toBeGreaterThan(10)
      for (const { event, payload } of received) expect(passedOn).toContainEqual({ event, payload })
    })
  }
)

/** What the other page gets of what alice says. */
const passOn = ({ messages }: RoomsSaid): readonly { event: string; payload: unknown }[] => {
  const from = peer('alice')
  return messages.flatMap((message) => {
    switch (message.type) {
      case 'ready':
        return roomsCodec.encode({ type: 'ready', from })
      case 'description':
      case 'candidate':
      case 'file':
        return roomsCodec.encode({ ...message, call: 'c', from })
      case 'text':
        return roomsCodec.encode({ ...message, from, direct: false, sentAt: 1 })
      default:
        return []
    }
  })
}
