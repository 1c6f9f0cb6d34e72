import { describe, expect, test } from 'vitest'
import {
  type Body,
  type Candidate,
  type ClientMessage,
  type IceServer,
  type Peer,
  type ServerMessage,
  bodyOf
} from '../core/signal.ts'
import { type NativeServerMessage, frameText, nativeClientCodec, parseFrame } from './native-client.ts'
import type { NativeFrame } from './native-frame.ts'
import { nativeCodec } from './native.ts'

const sdp = bodyOf('v=0\r\nx=a line that nobody knows\r\n')
const call = 'c-1'
const bob: Peer = { id: 'bob-id', number: 7, name: 'bob', dialect: 'mdn', busy: false }
/** As it is seen on this wire, where nobody has a number. */
const bobSeen = { id: 'bob-id', name: 'bob', dialect: 'mdn', busy: false }
const candidate: Candidate = {
  candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host',
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment: 'EsAw'
}
const endOfCandidates: Candidate = {
  candidate: '',
  sdpMid: null,
  sdpMLineIndex: null,
  usernameFragment: null
}

const iceServers: readonly IceServer[] = [
  { urls: ['turn:calls.test:8888'], username: '1:c-1:bob-id', credential: 'secret' }
]

/** A frame as it stands on the wire. */
const wire = (frames: readonly NativeFrame[]): string => {
  const [frame, ...more] = frames
  if (frame === undefined || more.length > 0) throw new Error(`${frames.length} frames`)
  return frameText(frame)
}

/** Bodies by their text, which is all that comes over a wire. */
const readable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, item) => (isBody(item) ? item.text() : item)))

const isBody = (item: unknown): item is Body =>
  typeof item === 'object' && item !== null && 'text' in item && typeof item.text === 'function'

describe('what a client says stands on the wire as documented, and is read as what it was', () => {
  const said: readonly [string, ClientMessage][] = [
    ['{"type":"sign-in","name":"ada","lobby":"main"}', { type: 'sign-in', name: 'ada', lobby: 'main' }],
    ['{"type":"rename","name":"ada l."}', { type: 'rename', name: 'ada l.' }],
    ['{"type":"sign-out"}', { type: 'sign-out' }],
    ['{"type":"ice-servers","call":"c-1"}', { type: 'ice-servers', call }],
    [
      `{"type":"invite","call":"c-1","to":"bob-id"}\n${sdp.text()}`,
      { type: 'invite', call, to: { by: 'id', id: 'bob-id' }, description: { type: 'offer', sdp } }
    ],
    ['{"type":"ringing","call":"c-1"}', { type: 'ringing', call }],
    ...(['prepare', 'accept'] as const).map((type): [string, ClientMessage] => [
      `{"type":"${type}","call":"c-1","seq":1}\n${sdp.text()}`,
      { type, call, description: { type: 'answer', sdp }, seq: 1 }
    ]),
    ['{"type":"accept","call":"c-1"}', { type: 'accept', call, description: null }],
    ['{"type":"ice-restart","call":"c-1","seq":7}', { type: 'ice-restart', call, seq: 7 }],
    ['{"type":"received","call":"c-1","seq":7}', { type: 'received', call, seq: 7 }],
    [
      '{"type":"rejoin","call":"c-1","to":"bob-id","role":"callee"}',
      { type: 'rejoin', call, to: { by: 'id', id: 'bob-id' }, role: 'callee' }
    ],
    ['{"type":"decline","call":"c-1","reason":"busy"}', { type: 'decline', call, reason: 'busy' }],
    ['{"type":"hang-up","call":"c-1","reason":"failed"}', { type: 'hang-up', call, reason: 'failed' }],
    ...(['offer', 'answer', 'pranswer'] as const).map((type): [string, ClientMessage] => [
      `{"type":"description","call":"c-1","sdpType":"${type}"}\n${sdp.text()}`,
      { type: 'description', to: { by: 'call', call }, description: { type, sdp } }
    ]),
    [
      `{"type":"candidate","call":"c-1","mid":"0","line":0,"ufrag":"EsAw"}\n${candidate.candidate}`,
      { type: 'candidate', to: { by: 'call', call }, candidate }
    ],
    [
      '{"type":"candidate","call":"c-1","mid":null,"line":null,"ufrag":null}',
      { type: 'candidate', to: { by: 'call', call }, candidate: endOfCandidates }
    ],
    ['{"type":"text"}\nhi', { type: 'text', to: { by: 'lobby' }, text: bodyOf('hi') }],
    [
      '{"type":"text","to":"bob-id"}\nhi',
      { type: 'text', to: { by: 'id', id: 'bob-id' }, text: bodyOf('hi') }
    ]
  ]

  test.each(said)('%s', (text, message) => {
    expect(wire(nativeClientCodec.encode(message))).toBe(text)
    const decoded = nativeCodec.decode(parseFrame(text))
    expect(readable(decoded)).toEqual(readable({ ok: true, message }))
  })
})

describe('a client says nothing', () => {
  const description = { type: 'offer', sdp } as const
  test.each<[string, ClientMessage]>([
    ['that asks to be called, for it can call', { type: 'ready' }],
    ['of files, which go their own way', { type: 'file', name: 'x', size: 1 }],
    ['to hang up no call in particular', { type: 'hang-up', call: null, reason: 'hung-up' }],
    [
      'to come back into the call of a name',
      { type: 'rejoin', call, to: { by: 'name', name: 'bob' }, role: 'caller' }
    ],
    ['to invite by name', { type: 'invite', call, to: { by: 'name', name: 'bob' }, description }],
    ['of a description for a name', { type: 'description', to: { by: 'name', name: 'bob' }, description }],
    [
      'of a rollback, which is an affair of one side',
      { type: 'description', to: { by: 'call', call }, description: { type: 'rollback', sdp: bodyOf('') } }
    ],
    ['of a candidate for a partner', { type: 'candidate', to: { by: 'partner' }, candidate }],
    [
      'in private to a name, least of all to everybody',
      { type: 'text', to: { by: 'name', name: 'bob' }, text: sdp }
    ]
  ])('%s', (_promise, message) => {
    expect(nativeClientCodec.encode(message)).toEqual([])
  })
})

describe('what a client is told stands on the wire as documented, and is read as what it was', () => {
  const you = { ...bob, key: 9 }
  const seen = JSON.stringify(bobSeen)
  const told: readonly [string, ServerMessage, NativeServerMessage][] = [
    [
      `{"type":"welcome","you":${seen},"asked":"Bob","lobby":"main","peers":[${seen}]}`,
      { type: 'welcome', you, asked: 'Bob', lobby: 'main', peers: [bob] },
      { type: 'welcome', you: bobSeen, asked: 'Bob', lobby: 'main', peers: [bobSeen] }
    ],
    [
      `{"type":"renamed","you":${seen},"asked":"Bob"}`,
      { type: 'renamed', you, asked: 'Bob' },
      { type: 'renamed', you: bobSeen, asked: 'Bob' }
    ],
    [
      `{"type":"roster","joined":[${seen}],"left":["bob-id"],"changed":[${seen}]}`,
      { type: 'roster', joined: [bob], left: [bob], changed: [bob], renamed: true, peers: [bob] },
      { type: 'roster', joined: [bobSeen], left: ['bob-id'], changed: [bobSeen] }
    ],
    [
      `{"type":"ice-servers","call":"c-1","iceServers":${JSON.stringify(iceServers)}}`,
      { type: 'ice-servers', call, iceServers },
      { type: 'ice-servers', call, iceServers }
    ],
    [
      `{"type":"invite","call":"c-1","from":${seen},"iceServers":${JSON.stringify(iceServers)}}\n${sdp.text()}`,
      { type: 'invite', call, from: bob, description: { type: 'offer', sdp }, iceServers },
      {
        type: 'invite',
        call,
        from: bobSeen,
        description: { type: 'offer', sdp },
        iceServers,
        prepares: false
      }
    ],
    ['{"type":"ringing","call":"c-1"}', { type: 'ringing', call, from: bob }, { type: 'ringing', call }],
    ['{"type":"rejoined","call":"c-1"}', { type: 'rejoined', call }, { type: 'rejoined', call }],
    [
      '{"type":"ice-restart","call":"c-1","seq":7}',
      { type: 'ice-restart', call, from: bob, seq: 7 },
      { type: 'ice-restart', call, seq: 7 }
    ],
    [
      '{"type":"received","call":"c-1","seq":7}',
      { type: 'received', call, from: bob, seq: 7 },
      { type: 'received', call, seq: 7 }
    ],
    [
      `{"type":"prepare","call":"c-1","seq":1}\n${sdp.text()}`,
      { type: 'prepare', call, from: bob, description: { type: 'answer', sdp }, seq: 1 },
      { type: 'prepare', call, description: { type: 'answer', sdp }, seq: 1 }
    ],
    [
      `{"type":"accept","call":"c-1","seq":1}\n${sdp.text()}`,
      { type: 'accept', call, from: bob, description: { type: 'answer', sdp }, seq: 1 },
      { type: 'accept', call, description: { type: 'answer', sdp }, seq: 1 }
    ],
    [
      '{"type":"accept","call":"c-1"}',
      { type: 'accept', call, from: bob, description: null },
      { type: 'accept', call, description: null }
    ],
    [
      `{"type":"description","call":"c-1","sdpType":"pranswer"}\n${sdp.text()}`,
      { type: 'description', call, from: bob, description: { type: 'pranswer', sdp } },
      { type: 'description', call, description: { type: 'pranswer', sdp } }
    ],
    [
      `{"type":"candidate","call":"c-1","mid":"0","line":0,"ufrag":"EsAw"}\n${candidate.candidate}`,
      { type: 'candidate', call, from: bob, candidate },
      { type: 'candidate', call, candidate }
    ],
    [
      '{"type":"candidate","call":"c-1","mid":null,"line":null,"ufrag":null}',
      { type: 'candidate', call, from: bob, candidate: endOfCandidates },
      { type: 'candidate', call, candidate: endOfCandidates }
    ],
    [
      '{"type":"ended","call":"c-1","reason":"no-answer"}',
      { type: 'ended', call, from: bob, reason: 'no-answer' },
      { type: 'ended', call, reason: 'no-answer' }
    ],
    [
      `{"type":"text","from":${seen},"direct":true,"sentAt":5}\nhi`,
      { type: 'text', from: bob, text: bodyOf('hi'), direct: true, sentAt: 5 },
      { type: 'text', from: bobSeen, text: bodyOf('hi'), direct: true, sentAt: 5 }
    ],
    [
      '{"type":"refused","code":"unknown-peer","reason":"Who?","about":"invite","call":"c-1"}',
      {
        type: 'refused',
        code: 'unknown-peer',
        reason: 'Who?',
        about: 'invite',
        call,
        to: { by: 'id', id: 'x' }
      },
      { type: 'refused', code: 'unknown-peer', reason: 'Who?', about: 'invite', call }
    ],
    [
      '{"type":"refused","code":"bad-message","reason":"not JSON"}',
      { type: 'refused', code: 'bad-message', reason: 'not JSON' },
      { type: 'refused', code: 'bad-message', reason: 'not JSON' }
    ]
  ]

  test.each(told)('%s', (text, message, heard) => {
    expect(wire(nativeCodec.encode(message))).toBe(text)
    const decoded = nativeClientCodec.decode(parseFrame(text))
    expect(readable(decoded)).toEqual(readable({ ok: true, message: heard }))
  })

  test.each<[string, ServerMessage]>([
    ['that somebody wants to be called', { type: 'ready', from: bob }],
    ['of files', { type: 'file', call, from: bob, name: 'x', size: 1 }],
    [
      'of a rollback',
      { type: 'description', call, from: bob, description: { type: 'rollback', sdp: bodyOf('') } }
    ]
  ])('nothing is told %s', (_promise, message) => {
    expect(nativeCodec.encode(message)).toEqual([])
  })

  test('a candidate of any length that another wire lets through is read', () => {
    const long = { ...candidate, sdpMid: 'm'.repeat(500), usernameFragment: 'u'.repeat(500) }
    const [frame] = nativeCodec.encode({ type: 'candidate', call, from: bob, candidate: long })
    expect(frame && nativeClientCodec.decode(frame)).toEqual({
      ok: true,
      message: { type: 'candidate', call, candidate: long }
    })
  })
})

test('a body is handed on both ways as the very thing that came, and is not looked into', () => {
  const body: Body = { size: 5, text: () => expect.unreachable('nobody reads it') }
  for (const header of [
    '{"type":"invite","call":"c","to":"x"}',
    '{"type":"accept","call":"c"}',
    '{"type":"description","call":"c","sdpType":"offer"}'
  ]) {
    const decoded = nativeCodec.decode({ header, body })
    const message = decoded.ok ? decoded.message : null
    expect(message !== null && 'description' in message && message.description?.sdp).toBe(body)
  }
  const description = { type: 'offer', sdp: body } as const
  expect(nativeCodec.encode({ type: 'invite', call, from: bob, description, iceServers })[0]?.body).toBe(body)
  const text = nativeCodec.decode({ header: '{"type":"text"}', body })
  expect(text.ok && text.message.type === 'text' && text.message.text).toBe(body)
})

describe('what a client leaves out is taken for what is usual', () => {
  test.each([
    ['{"type":"sign-in","name":"ada"}', { type: 'sign-in', name: 'ada', lobby: 'main' }],
    ['{"type":"decline","call":"c"}', { type: 'decline', call: 'c', reason: 'declined' }],
    ['{"type":"hang-up","call":"c"}', { type: 'hang-up', call: 'c', reason: 'hung-up' }],
    [
      '{"type":"candidate","call":"c"}',
      { type: 'candidate', to: { by: 'call', call: 'c' }, candidate: endOfCandidates }
    ],
    ['{"type":"sign-out","n":1,"from":"eve","later":{}}', { type: 'sign-out' }]
  ])('%s', (header, message) => {
    expect(nativeCodec.decode(parseFrame(header))).toEqual({ ok: true, message })
  })
})

describe('what is no message is refused with the field that is wrong, and never with what was in it:', () => {
  const long = 'x'.repeat(300)
  test.each([
    ['', 'not JSON'],
    ['hello', 'not JSON'],
    ['{"type":"sign-in",\n"name":"ada"}', 'not JSON'],
    ['null', 'not a message of this protocol'],
    ['[]', 'bad field: type'],
    ['"sign-in"', 'not a message of this protocol'],
    ['{}', 'bad field: type'],
    ['{"type":7}', 'bad field: type'],
    ['{"type":"welcome"}', 'bad field: type'],
    ['{"type":"__proto__"}', 'bad field: type'],
    ['{"type":"sign-in"}', 'bad field: name'],
    ['{"type":"sign-in","name":7}', 'bad field: name'],
    [`{"type":"sign-in","name":"${long}"}`, 'bad field: name'],
    ['{"type":"sign-in","name":"ada","lobby":null}', 'bad field: lobby'],
    [`{"type":"sign-in","name":"ada","lobby":"${long}"}`, 'bad field: lobby'],
    [`{"type":"rename","name":"${long}"}`, 'bad field: name'],
    ['{"type":"invite","to":"x"}\nv=0', 'bad field: call'],
    ['{"type":"invite","call":"","to":"x"}\nv=0', 'bad field: call'],
    [`{"type":"invite","call":"${long}","to":"x"}\nv=0`, 'bad field: call'],
    ['{"type":"invite","call":"c"}\nv=0', 'bad field: to'],
    ['{"type":"invite","call":"c","to":"x"}', 'bad field: body'],
    ['{"type":"prepare","call":"c"}\n', 'bad field: body'],
    ['{"type":"accept","call":"c","seq":0}', 'bad field: seq'],
    ['{"type":"received","call":"c"}', 'bad field: seq'],
    ['{"type":"rejoin","call":"c","to":"x","role":"guest"}', 'bad field: role'],
    ['{"type":"sign-in","name":"ada","size":1}', 'bad field: size'],
    ['{"type":"sign-in","name":"ada","secret":"too short"}', 'bad field: secret'],
    ['{"type":"text","n":0}', 'bad field: n'],
    ['{"type":"text","ack":-1}', 'bad field: ack'],
    ['{"type":"ping"}', 'bad field: type'],
    ['{"type":"description","call":"c","sdpType":"offer"}', 'bad field: body'],
    ['{"type":"description","call":"c","sdpType":"rollback"}\nv=0', 'bad field: sdpType'],
    ['{"type":"decline","call":"c","reason":"tired"}', 'bad field: reason'],
    ['{"type":"hang-up","call":null}', 'bad field: call'],
    ['{"type":"candidate","call":"c","line":-1}\nx', 'bad field: line'],
    ['{"type":"candidate","call":"c","line":0.5}\nx', 'bad field: line'],
    ['{"type":"candidate","call":"c","line":70000}\nx', 'bad field: line'],
    [`{"type":"candidate","call":"c","mid":"${long}"}\nx`, 'bad field: mid'],
    [`{"type":"candidate","call":"c","ufrag":"${long}"}\nx`, 'bad field: ufrag'],
    [`{"type":"candidate","call":"c"}\n${'x'.repeat(1_025)}`, 'bad field: body'],
    ['{"type":"text","to":7}\nhi', 'bad field: to']
  ])('%s', (text, reason) => {
    expect(nativeCodec.decode(parseFrame(text))).toEqual({ ok: false, reason })
  })

  test('a candidate is read only when its length can be one', () => {
    const body: Body = { size: 200_000, text: () => expect.unreachable('nobody reads it') }
    expect(nativeCodec.decode({ header: '{"type":"candidate","call":"c"}', body }).ok).toBe(false)
  })

  test.each([
    ['', 'not JSON'],
    ['{"type":"welcome","you":{"id":"x"}}', 'bad field: you.name']
  ])('to a client, %s', (text, reason) => {
    expect(nativeClientCodec.decode(parseFrame(text))).toEqual({ ok: false, reason })
  })
})

describe('a client of this version', () => {
  test('has nothing to do with a message of a later one', () => {
    expect(nativeClientCodec.decode(parseFrame('{"type":"sing"}'))).toEqual({ ok: true, message: null })
  })

  test.each([
    ['{"type":"ended","call":"c","reason":"tired"}', { type: 'ended', call: 'c', reason: 'failed' }],
    [
      '{"type":"refused","code":"no-mood","reason":"No."}',
      { type: 'refused', code: 'not-allowed', reason: 'No.' }
    ]
  ])('takes a word of a later one for the nearest it knows: %s', (text, message) => {
    expect(nativeClientCodec.decode(parseFrame(text))).toEqual({ ok: true, message })
  })
})
