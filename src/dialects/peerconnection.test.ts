import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nativeOnly } from '../../test/support/native-only.ts'
import { type Peer, type ServerMessage, bodyOf } from '../core/signal.ts'
import { decodeMessage, decodeSignIn, encode, encodeWelcome, keyIn, targetIn } from './peerconnection.ts'

const peerOf = (number: number, name = `peer ${number}`): Peer => ({
  id: `id of ${number}`,
  number,
  name,
  dialect: 'native',
  busy: false
})
const ada = peerOf(1, 'ada')
const bob = peerOf(2, 'bob')
const call = 'call'
const sdp = 'v=0\r\na=x-unknown:ü\r\n'

describe('whose ids a query holds', () => {
  test.each([
    ['peer_id=7', 7],
    ['to=3&peer_id=7', 7],
    ['xpeer_id=7', 7],
    ['peer_id=7abc', 7],
    ['peer_id=2147483647', 2_147_483_647],
    ['peer_id=', 0],
    ['peer_id=abc', 0],
    ['peer_id=-1', 0],
    ['peer=7', 0],
    ['', 0]
  ])('%j asks for %d', (query, key) => {
    expect(keyIn(query)).toBe(key)
  })

  test.each([
    ['to=3', 3],
    ['peer_id=7&to=3', 3],
    ['peer_id=7&to=3&to=4', 3],
    ['peer_id=7&xto=3', 0],
    ['peer_id=7', 0],
    ['peer_id=7&to=somebody', 0]
  ])('%j is for %d', (query, number) => {
    expect(targetIn(query)).toBe(number)
  })
})

describe('a sign-in', () => {
  test.each([
    ['bob@host', 'bob@host'],
    ['name=bob&x=1', 'name=bob&x=1'],
    ['peer_name=bob', 'bob'],
    ['capacity=1&peer_name=bob%20b&x=1', 'bob b'],
    ['bob%20%EB%B4%84', 'bob 봄'],
    ['100%@host', '100%@host'],
    ['John Smith@PC', 'John Smith@PC'],
    ['x'.repeat(600), 'x'.repeat(512)],
    ['', '']
  ])('with %j asks for the name %j in the lobby of all', (query, name) => {
    expect(decodeSignIn(query)).toEqual({ type: 'sign-in', name, lobby: 'main' })
  })
})

describe('a message', () => {
  const to = { by: 'number', number: 3 }
  const described = (type: string) => ({ type: 'description', to, description: { type, sdp } })
  const found = (changes = {}) => ({
    type: 'candidate',
    to,
    candidate: {
      candidate: 'candidate:1',
      sdpMid: '0',
      sdpMLineIndex: 1,
      usernameFragment: null,
      ...changes
    }
  })

  test.each<[string, string, unknown]>([
    ['BYE', 'BYE', { type: 'hang-up', call: null, reason: 'hung-up' }],
    ...['offer', 'answer', 'pranswer', 'rollback'].map((type): [string, string, unknown] => [
      type,
      JSON.stringify({ sdp, type, more: 1 }),
      described(type)
    ]),
    [
      'what JsonCpp writes',
      '{\n\t"candidate" : "candidate:1",\n\t"sdpMLineIndex" : 1,\n\t"sdpMid" : "0"\n}',
      found()
    ],
    [
      'what a browser writes',
      '{"candidate":"candidate:1","sdpMid":"0","sdpMLineIndex":1,"usernameFragment":"ab"}',
      found({ usernameFragment: 'ab' })
    ],
    ['a line in text', '{"candidate":"candidate:1","sdpMid":"0","sdpMLineIndex":"1"}', found()],
    ['a mid that is a number', '{"candidate":"candidate:1","sdpMid":0,"sdpMLineIndex":1}', found()],
    ['an SDP line', '{"candidate":"a=candidate:1","sdpMid":"0","sdpMLineIndex":1}', found()],
    ['a candidate alone', '{"candidate":"candidate:1"}', found({ sdpMid: null, sdpMLineIndex: null })],
    ['the end of candidates', '{"candidate":"","sdpMid":"0","sdpMLineIndex":1}', found({ candidate: '' })],
    ['an empty type', '{"type":"","candidate":"candidate:1","sdpMid":"0","sdpMLineIndex":1}', found()]
  ])('%s is understood', (_what, body, message) => {
    const decoded = decodeMessage(3, body)
    const plain = JSON.parse(JSON.stringify(decoded, (key, value) => (key === 'sdp' ? value.text() : value)))
    expect(plain).toEqual({ ok: true, message })
  })

  test.each([
    ['', 'neither BYE nor JSON'],
    ['bye', 'neither BYE nor JSON'],
    ['BYE\n', 'neither BYE nor JSON'],
    ["{'type':'offer'}", 'neither BYE nor JSON'],
    ['{"type":"offer"}', 'not a session description: a known type and its sdp'],
    ['{"type":"offer","sdp":5}', 'not a session description: a known type and its sdp'],
    ['{"type":"offer-loopback","sdp":""}', 'not a session description: a known type and its sdp'],
    ['{"type":5}', 'neither a session description nor a candidate'],
    ['{}', 'neither a session description nor a candidate'],
    ['[]', 'neither a session description nor a candidate'],
    ['null', 'neither a session description nor a candidate'],
    ['5', 'neither a session description nor a candidate'],
    ['{"candidate":5}', 'neither a session description nor a candidate'],
    ['{"candidate":"candidate:1","sdpMLineIndex":1.5}', 'neither a session description nor a candidate'],
    ['{"candidate":"candidate:1","sdpMLineIndex":-1}', 'neither a session description nor a candidate'],
    ['{"candidate":"candidate:1","sdpMLineIndex":"x"}', 'neither a session description nor a candidate'],
    ['{"candidate":"candidate:1","sdpMLineIndex":"99999"}', 'neither a session description nor a candidate'],
    ['{"candidate":"candidate:1","sdpMid":{}}', 'neither a session description nor a candidate'],
    [`{"candidate":"${'x'.repeat(1025)}"}`, 'neither a session description nor a candidate']
  ])('%j is not', (body, reason) => {
    expect(decodeMessage(3, body)).toEqual({ ok: false, reason })
  })
})

describe('a welcome', () => {
  test('names the client itself first, by its key, and then the others', () => {
    const you = { ...ada, key: 77 }
    const body = encodeWelcome({ type: 'welcome', you, asked: 'ada', lobby: 'main', peers: [bob, peerOf(3)] })
    expect(body).toBe('ada,77,1\nbob,2,1\npeer 3,3,1\n')
  })

  test('keeps names from breaking a line', () => {
    const you = { ...peerOf(1, 'a,b\r\nc'), key: 77 }
    const body = encodeWelcome({ type: 'welcome', you, asked: '', lobby: 'main', peers: [] })
    expect(body).toBe('a_bc,77,1\n')
  })
})

const message = (body: string) => ({ type: 'message', from: 1, body })
const note = (peer: Peer, present: boolean, known: boolean) => ({
  type: 'note',
  about: peer.number,
  body: `${peer.name},${peer.number},${present ? 1 : 0}\n`,
  present,
  known
})

describe('what a client is told', () => {
  const roster = { joined: [], left: [], changed: [], renamed: false, peers: [] }
  const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 1, usernameFragment: 'ab' }
  const offer = { type: 'offer', sdp: bodyOf(sdp) } as const
  const answer = { type: 'answer', sdp: bodyOf(sdp) } as const
  const unknown = { type: 'refused', code: 'unknown-peer', reason: '' } as const

  test.each<[string, Exclude<ServerMessage, { type: 'welcome' }>, unknown[]]>([
    [
      'who came',
      { type: 'roster', ...roster, joined: [ada, bob] },
      [note(ada, true, false), note(bob, true, false)]
    ],
    ['who went', { type: 'roster', ...roster, left: [ada] }, [note(ada, false, true)]],
    ['a new name', { type: 'roster', ...roster, changed: [bob], renamed: true }, [note(bob, true, true)]],
    ['not who is busy', { type: 'roster', ...roster, changed: [ada] }, []],
    [
      'an invite',
      { type: 'invite', call, from: ada, description: offer, iceServers: [] },
      [message(JSON.stringify({ sdp, type: 'offer' }))]
    ],
    [
      'an accept',
      { type: 'accept', call, from: ada, description: answer },
      [message(JSON.stringify({ sdp, type: 'answer' }))]
    ],
    [
      'a description',
      { type: 'description', call, from: ada, description: offer },
      [message(JSON.stringify({ sdp, type: 'offer' }))]
    ],
    [
      'a candidate',
      { type: 'candidate', call, from: ada, candidate },
      [message('{"candidate":"candidate:1","sdpMLineIndex":1,"sdpMid":"0"}')]
    ],
    [
      'a candidate without a mid',
      { type: 'candidate', call, from: ada, candidate: { ...candidate, sdpMid: null } },
      [message('{"candidate":"candidate:1","sdpMLineIndex":1,"sdpMid":""}')]
    ],
    [
      'a candidate without a line',
      { type: 'candidate', call, from: ada, candidate: { ...candidate, sdpMLineIndex: null } },
      [message('{"candidate":"candidate:1","sdpMLineIndex":0,"sdpMid":"0"}')]
    ],
    [
      'not that there are no more',
      { type: 'candidate', call, from: ada, candidate: { ...candidate, candidate: '' } },
      []
    ],
    ['the end of a call', { type: 'ended', call, from: ada, reason: 'busy' }, [message('BYE')]],
    ['that a call is refused', { ...unknown, to: { by: 'number', number: 1 } }, [message('BYE')]],
    ['no other refusal', { ...unknown, to: { by: 'name', name: 'ada' } }, []],
    ['nor one about nobody', unknown, []],
    ['no text', { type: 'text', from: ada, text: bodyOf('hi'), direct: true, sentAt: 0 }, []],
    ['nothing of who is ready', { type: 'ready', from: ada }, []],
    ['not its own new name', { type: 'renamed', you: { ...ada, key: 77 }, asked: 'ada' }, []]
  ])('%s', (_what, told, entries) => {
    expect(encode(told)).toEqual(entries)
  })
})

test.each(nativeOnly(ada))('of %s a client hears nothing', (_what, message) => {
  expect(message.type === 'welcome' || encode(message)).toEqual([])
})

test('a message that does not exist is a bug', () => {
  expect(() => encode(JSON.parse('{"type":"new"}'))).toThrow('unreachable')
})

test('an SDP passes untouched', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const decoded = decodeMessage(2, JSON.stringify({ type: 'offer', sdp: text }))
      if (!decoded.ok || decoded.message.type !== 'description') throw new Error('not a description')
      const [entry] = encode({
        type: 'invite',
        call,
        from: ada,
        description: decoded.message.description,
        iceServers: []
      })
      expect(JSON.parse(entry?.body ?? '')).toEqual({ type: 'offer', sdp: text })
    })
  )
})

const almostMessage = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc
    .record(
      {
        type: fc.oneof(fc.constantFrom('offer', 'answer', ''), fc.anything()),
        sdp: fc.oneof(fc.string(), fc.anything()),
        candidate: fc.oneof(fc.string(), fc.anything()),
        sdpMid: fc.anything(),
        sdpMLineIndex: fc.anything()
      },
      { requiredKeys: [] }
    )
    .map((value) => JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? 1 : inner)))
)

test('no body and no query throws', () => {
  fc.assert(
    fc.property(almostMessage, fc.string({ unit: 'binary' }), (body, query) => {
      decodeMessage(targetIn(query), body)
      decodeSignIn(query)
      expect(keyIn(query)).toBeGreaterThanOrEqual(0)
    })
  )
})
