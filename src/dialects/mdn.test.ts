import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nativeOnly } from '../../test/support/native-only.ts'
import { type Candidate, type Peer, type Self, type ServerMessage, bodyOf } from '../core/signal.ts'
import { type MdnReader, idFrame, mdnCodec } from './mdn.ts'

const peer = (name: string, number = 7): Peer => ({
  id: `id of ${name}`,
  number,
  name,
  dialect: 'mdn',
  busy: false
})
const self = (name: string): Self => ({ ...peer(name), key: 8 })

const ada = peer('ada')
const bob: MdnReader = { id: 42, name: 'bob' }
const now = 1_700_000_000_000

const host: Candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'u' }

/** What the reader is sent, as the page sees it. */
const read = (message: ServerMessage, reader: MdnReader = bob): unknown[] =>
  mdnCodec.encode({ message, reader, now }).map((frame) => JSON.parse(frame))

const decode = (frame: unknown) => mdnCodec.decode(JSON.stringify(frame))

/** A decoded message with its bodies as plain text, for comparison. */
const said = (frame: unknown): unknown => {
  const result = decode(frame)
  if (!result.ok) return result.reason
  const { message } = result
  if (message.type === 'text') return { ...message, text: message.text.text() }
  if (message.type !== 'description') return message
  const { type, sdp } = message.description
  return { ...message, description: { type, sdp: sdp.text() } }
}

/** A chat line to the lobby. */
const text = (words: string, from = ada): ServerMessage => ({
  type: 'text',
  from,
  text: bodyOf(words),
  direct: false,
  sentAt: 5
})

/** A line of chat from the server itself. */
const line = (text: string) => ({ text, type: 'message', id: 0, date: now, name: 'Patchcord' })

describe('what a page says', () => {
  const sdp = 'v=0\r\na=unknown:kept\r\n'
  const candidate = {
    candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host',
    sdpMid: '0',
    sdpMLineIndex: 0,
    usernameFragment: 'u'
  }

  test.each<[string, unknown, unknown]>([
    [
      'a username is a name asked for, whoever it claims to be',
      { name: 'ada', date: 1, id: 99, type: 'username' },
      { type: 'rename', name: 'ada' }
    ],
    [
      'a message without a target is for the lobby',
      { text: 'hi', type: 'message', id: 99, date: 1 },
      { type: 'text', to: { by: 'lobby' }, text: 'hi' }
    ],
    [
      'a message for nobody in particular is for the lobby',
      { text: 'hi', type: 'message', target: '', name: 'eve' },
      { type: 'text', to: { by: 'lobby' }, text: 'hi' }
    ],
    [
      'a message with a target is for that peer',
      { text: 'hi', type: 'message', target: 'bob' },
      { type: 'text', to: { by: 'name', name: 'bob' }, text: 'hi' }
    ],
    [
      'an offer names its target, and the name it claims for its sender is not read',
      { name: 'eve', target: 'bob', type: 'video-offer', sdp: { type: 'offer', sdp } },
      { type: 'description', to: { by: 'name', name: 'bob' }, description: { type: 'offer', sdp } }
    ],
    [
      'an answer likewise',
      { name: 'eve', target: 'bob', type: 'video-answer', sdp: { type: 'answer', sdp } },
      { type: 'description', to: { by: 'name', name: 'bob' }, description: { type: 'answer', sdp } }
    ],
    [
      'a candidate names its target',
      { type: 'new-ice-candidate', target: 'bob', candidate },
      { type: 'candidate', to: { by: 'name', name: 'bob' }, candidate }
    ],
    [
      'a candidate of an older browser lacks what it did not know',
      { type: 'new-ice-candidate', target: 'bob', candidate: { candidate: 'candidate:1', sdpMLineIndex: 1 } },
      {
        type: 'candidate',
        to: { by: 'name', name: 'bob' },
        candidate: { candidate: 'candidate:1', sdpMid: null, sdpMLineIndex: 1, usernameFragment: null }
      }
    ],
    [
      'a hang-up ends the call its sender is in, whomever it names',
      { name: 'eve', target: 'carol', type: 'hang-up' },
      { type: 'hang-up', call: null, reason: 'hung-up' }
    ]
  ])('%s', (_promise, frame, message) => {
    expect(said(frame)).toEqual(message)
  })

  test.each<[string, string, string]>([
    ['not JSON', 'hello', 'not JSON'],
    ['an empty frame', '', 'not JSON'],
    ['JSON cut short', '{"type":"message"', 'not JSON'],
    ['nesting beyond measure', '['.repeat(200_000), 'not JSON'],
    ['null', 'null', 'not a message of this protocol'],
    ['a number', '1', 'not a message of this protocol'],
    ['an array', '[{"type":"hang-up"}]', 'bad field: type'],
    ['no type', '{}', 'bad field: type'],
    ['an unknown type', '{"type":"eval"}', 'bad field: type'],
    ['a type that every object has', '{"type":"constructor"}', 'bad field: type'],
    ['a type that is no string', '{"type":{"type":"hang-up"}}', 'bad field: type'],
    ['a username without a name', '{"type":"username"}', 'bad field: name'],
    ['a name that is a number', '{"type":"username","name":5}', 'bad field: name'],
    ['a name without end', `{"type":"username","name":"${'x'.repeat(257)}"}`, 'bad field: name'],
    ['a message without text', '{"type":"message"}', 'bad field: text'],
    ['a message to a list', '{"type":"message","text":"","target":["bob"]}', 'bad field: target'],
    [
      'an offer without a target',
      '{"type":"video-offer","sdp":{"type":"offer","sdp":""}}',
      'bad field: target'
    ],
    [
      'an offer to an empty name',
      '{"type":"video-offer","target":"","sdp":{"type":"offer","sdp":""}}',
      'bad field: target'
    ],
    ['an offer without a description', '{"type":"video-offer","target":"bob"}', 'bad field: sdp'],
    ['an offer that is only text', '{"type":"video-offer","target":"bob","sdp":"v=0"}', 'bad field: sdp'],
    [
      'an offer that contains an answer',
      '{"type":"video-offer","target":"bob","sdp":{"type":"answer","sdp":""}}',
      'bad field: sdp.type'
    ],
    [
      'an answer that takes everything back',
      '{"type":"video-answer","target":"bob","sdp":{"type":"rollback","sdp":""}}',
      'bad field: sdp.type'
    ],
    [
      'an SDP that is no text',
      '{"type":"video-answer","target":"bob","sdp":{"type":"answer","sdp":{"length":1}}}',
      'bad field: sdp.sdp'
    ],
    [
      'a candidate of nothing',
      '{"type":"new-ice-candidate","target":"bob","candidate":null}',
      'bad field: candidate'
    ],
    [
      'a candidate without end',
      `{"type":"new-ice-candidate","target":"bob","candidate":{"candidate":"${'x'.repeat(1025)}"}}`,
      'bad field: candidate.candidate'
    ],
    [
      'a line index in quotes',
      '{"type":"new-ice-candidate","target":"bob","candidate":{"candidate":"","sdpMLineIndex":"0"}}',
      'bad field: candidate.sdpMLineIndex'
    ],
    [
      'a line index below zero',
      '{"type":"new-ice-candidate","target":"bob","candidate":{"candidate":"","sdpMLineIndex":-1}}',
      'bad field: candidate.sdpMLineIndex'
    ]
  ])('%s is no message, and the reason does not repeat it', (_what, frame, reason) => {
    expect(mdnCodec.decode(frame)).toEqual({ ok: false, reason })
  })

  test('nothing throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (frame) => {
        const result = mdnCodec.decode(frame)
        expect(typeof (result.ok ? result.message.type : result.reason)).toBe('string')
      })
    )
  })

  test('nothing throws, however a message of the right type is filled', () => {
    const types = ['username', 'message', 'video-offer', 'video-answer', 'new-ice-candidate', 'hang-up']
    const field = fc.option(fc.anything(), { nil: undefined })
    const frame = fc.record({
      type: fc.constantFrom(...types),
      name: field,
      text: field,
      target: fc.oneof(field, fc.string()),
      sdp: fc.oneof(field, fc.record({ type: field, sdp: field })),
      candidate: fc.oneof(field, fc.record({ candidate: field, sdpMid: field, sdpMLineIndex: field }))
    })
    fc.assert(
      fc.property(frame, (frame) => {
        const result = mdnCodec.decode(
          JSON.stringify(frame, (_key, value) => (typeof value === 'bigint' ? 0 : value))
        )
        expect(result.ok || result.reason.startsWith('bad field: ')).toBe(true)
      })
    )
  })
})

describe('what a page is told', () => {
  test('its id, before anything else', () => {
    expect(JSON.parse(idFrame(42))).toEqual({ type: 'id', id: 42 })
  })

  test('a newcomer learns who is here, itself at the end', () => {
    expect(
      read({ type: 'welcome', you: self('bob'), asked: 'bob', lobby: 'main', peers: [ada, peer('eve')] })
    ).toEqual([{ type: 'userlist', users: ['ada', 'eve', 'bob'] }])
  })

  test('a name that was taken is answered with the one given, before the list', () => {
    expect(
      mdnCodec.encode({
        message: { type: 'welcome', you: self('ada1'), asked: 'ada', lobby: 'main', peers: [ada] },
        reader: { id: 42, name: 'ada1' },
        now
      })
    ).toEqual([
      '{"id":42,"type":"rejectusername","name":"ada1"}',
      '{"type":"userlist","users":["ada","ada1"]}'
    ])
  })

  test('a new name that was taken likewise; one that was free needs no word', () => {
    expect(read({ type: 'renamed', you: self('ada1'), asked: 'ada' })).toEqual([
      { id: 42, type: 'rejectusername', name: 'ada1' }
    ])
    expect(read({ type: 'renamed', you: self('bob'), asked: 'bob' })).toEqual([])
  })

  const unchanged = { joined: [], left: [], changed: [], renamed: false, peers: [ada, peer('bob')] }

  test.each<[string, Partial<Extract<ServerMessage, { type: 'roster' }>>]>([
    ['somebody came', { joined: [ada] }],
    ['somebody left', { left: [peer('eve')] }],
    ['somebody has a new name', { changed: [ada], renamed: true }]
  ])('the list is told when %s', (_when, change) => {
    expect(read({ type: 'roster', ...unchanged, ...change })).toEqual([
      { type: 'userlist', users: ['ada', 'bob'] }
    ])
  })

  test('who is busy is not in the list, and so not told', () => {
    expect(read({ type: 'roster', ...unchanged, changed: [{ ...ada, busy: true }] })).toEqual([])
  })

  const sdp = bodyOf('v=0\r\na=unknown:kept\r\n')
  const offer = { type: 'offer', sdp } as const
  const answer = { type: 'answer', sdp } as const
  const iceServers = [] as const

  test.each<[string, ServerMessage, string]>([
    ['an invite', { type: 'invite', call: 'c', from: ada, description: offer, iceServers }, 'video-offer'],
    ['an accept', { type: 'accept', call: 'c', from: ada, description: answer }, 'video-answer'],
    ['a later offer', { type: 'description', call: 'c', from: ada, description: offer }, 'video-offer'],
    ['a later answer', { type: 'description', call: 'c', from: ada, description: answer }, 'video-answer'],
    [
      'a provisional answer',
      { type: 'description', call: 'c', from: ada, description: { type: 'pranswer', sdp } },
      'video-answer'
    ]
  ])('%s comes from its true sender, its SDP untouched', (_what, message, type) => {
    const description = 'description' in message ? message.description?.type : null
    expect(read(message)).toEqual([
      { name: 'ada', target: 'bob', type, sdp: { type: description, sdp: sdp.text() } }
    ])
  })

  test('a candidate is passed on, and names its reader', () => {
    expect(read({ type: 'candidate', call: 'c', from: ada, candidate: host })).toEqual([
      { type: 'new-ice-candidate', target: 'bob', candidate: host }
    ])
  })

  test('a hang-up is from the partner and names no target', () => {
    for (const reason of ['hung-up', 'left', 'replaced'] as const) {
      expect(read({ type: 'ended', call: 'c', from: ada, reason })).toEqual([
        { name: 'ada', target: null, type: 'hang-up' }
      ])
    }
  })

  test.each([
    ['busy', 'ada is in another call.'],
    ['declined', 'The call with ada was declined.'],
    ['no-answer', 'The call with ada was not answered.'],
    ['cancelled', 'ada cancelled the call.'],
    ['failed', 'The call with ada failed.'],
    ['answered-elsewhere', 'The call with ada was answered on another device.']
  ] as const)('a call that ended as %s is hung up, with a line of chat that says so', (reason, text) => {
    expect(read({ type: 'ended', call: 'c', from: ada, reason })).toEqual([
      { name: 'ada', target: null, type: 'hang-up' },
      { text, type: 'message', id: 0, date: now, name: 'Patchcord' }
    ])
  })

  test.each<[string, ServerMessage]>([
    ...nativeOnly(ada),
    ['ready', { type: 'ready', from: ada }],
    [
      'a rollback',
      { type: 'description', call: 'c', from: ada, description: { type: 'rollback', sdp: bodyOf('') } }
    ],
    ['no more', { type: 'candidate', call: 'c', from: ada, candidate: { ...host, candidate: '' } }]
  ])('%s has no word in this protocol', (_what, message) => {
    expect(read(message)).toEqual([])
  })
})

describe('chat', () => {
  test('has its fields in the order that was recorded, and the id of its sender', () => {
    expect(mdnCodec.encode({ message: text('hi'), reader: bob, now })).toEqual([
      '{"text":"hi","type":"message","id":7,"date":5,"name":"ada"}'
    ])
    expect(read(text('hi', peer('bob')))).toMatchObject([{ id: 42, name: 'bob' }])
  })

  test.each([
    ['hello <b>bold</b> & world', 'hello bold & world'],
    ['<<img src=x onerror=alert(1)>', ''],
    ['<img src=x onerror=alert(1)', '&lt;img src=x onerror=alert(1)'],
    ['1 < 2 and 3 > 2', '1  2'],
    ['<>', '&lt;>'],
    ['a > b', 'a > b'],
    ['\ud800', '\ud800']
  ])('%j starts no tag: %j', (words, shown) => {
    expect(read(text(words))).toMatchObject([{ text: shown }])
  })

  test('a name starts no tag either', () => {
    const eve = peer('<script>')
    expect(read(text('hi', eve))).toMatchObject([{ name: '&lt;script>' }])
    expect(read({ type: 'renamed', you: self('<i>1'), asked: '<i>' })).toMatchObject([{ name: '&lt;i>1' }])
    expect(read({ type: 'ended', call: 'c', from: eve, reason: 'busy' })[1]).toMatchObject({
      text: ' is in another call.'
    })
  })

  test('many a bracket that never closes costs no time', () => {
    // Were it looked at again for each, this would take longer than any test may.
    expect(read(text('<'.repeat(1_000_000)))).toMatchObject([{ text: '&lt;'.repeat(1_000_000) }])
  })

  test('whatever is said, no tag comes out', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (words, name) => {
        const frames = mdnCodec.encode({ message: text(words, peer(name)), reader: bob, now })
        expect(frames.join('')).not.toContain('<')
      })
    )
  })
})

describe('a refusal', () => {
  const refused = { type: 'refused', reason: 'No.' } as const

  test('of a call hangs the page up, so that it can try another', () => {
    expect(
      read({ ...refused, code: 'unknown-peer', about: 'invite', to: { by: 'name', name: 'carol' } })
    ).toEqual([{ name: 'carol', target: null, type: 'hang-up' }, line('No.')])
    expect(read({ ...refused, code: 'not-signed-in', about: 'description' })).toEqual([
      { name: null, target: null, type: 'hang-up' },
      line('No.')
    ])
  })

  test('of a second call leaves the first alone', () => {
    expect(read({ ...refused, code: 'already-in-call', about: 'invite' })).toEqual([line('No.')])
  })

  test('of anything else is a line of chat', () => {
    expect(read({ ...refused, code: 'bad-message' })).toEqual([line('No.')])
    expect(read({ ...refused, code: 'not-allowed', about: 'description' })).toEqual([line('No.')])
  })

  test('of what comes in floods is not told', () => {
    expect(read({ ...refused, code: 'rate-limited' })).toEqual([])
    expect(read({ ...refused, code: 'unknown-peer', about: 'candidate' })).toEqual([])
  })
})

test('a message that nobody has thought of is a bug, and no frame', () => {
  expect(() => read(JSON.parse('{"type":"new"}'))).toThrow('unreachable')
})
