import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Description, bodyOf } from '../core/signal.ts'
import type { ForeignSignal } from './foreign.ts'
import {
  decodeSignedIn,
  decodeWaited,
  encodeSignal,
  messagePath,
  signInPath,
  signOutPath,
  waitPath
} from './peerconnection-client.ts'
import { decodeMessage, decodeSignIn } from './peerconnection.ts'

const peer = (id: string, name: string) => ({ id, name, dialect: 'peerconnection', busy: false })

test('requests name their sender by its number', () => {
  expect([waitPath('7'), messagePath('7', '9'), signOutPath('7')]).toEqual([
    '/wait?peer_id=7',
    '/message?peer_id=7&to=9',
    '/sign_out?peer_id=7'
  ])
})

test.each([
  ['ada@work', '/sign_in?ada@work'],
  ['Ada Lovelace', '/sign_in?Ada_Lovelace'],
  ['50%, #1 & only', '/sign_in?50_1_only'],
  ['에이다', '/sign_in?에이다'],
  ['x'.repeat(500), `/sign_in?${'x'.repeat(100)}`]
])('a name that would be cut or misread has other signs: %s', (name, path) => {
  expect(signInPath(name)).toBe(path)
  expect(decodeSignIn(path.slice('/sign_in?'.length))).toMatchObject({ name: path.slice('/sign_in?'.length) })
})

test.each([
  [
    'by the header',
    { pragma: 2, body: 'alice@hostA,1,1\nbob@hostB,2,1\n' },
    { self: peer('2', 'bob@hostB'), peers: [peer('1', 'alice@hostA')] }
  ],
  [
    'by the first line',
    { pragma: null, body: 'bob@hostB,2,1\nalice@hostA,1,1\n' },
    { self: peer('2', 'bob@hostB'), peers: [peer('1', 'alice@hostA')] }
  ],
  [
    'with others who are about to go left out, and lines that say nothing',
    { pragma: 3, body: 'c,3,1\r\na,1,0\nnonsense\n,2,1\n' },
    { self: peer('3', 'c'), peers: [peer('2', '')] }
  ]
])('a sign-in tells who one is, %s', (_how, answered, message) => {
  expect(decodeSignedIn(answered)).toEqual({ ok: true, message })
})

test.each([
  ['', null],
  ['<html>Sorry</html>', 1],
  ['nobody,0,1\n', 0]
])('%j is no answer to a sign-in', (body, pragma) => {
  expect(decodeSignedIn({ pragma, body })).toMatchObject({ ok: false })
})

const waited = (pragma: number | null, body: string) => decodeWaited({ pragma, body }, '1')
const candidate = { candidate: 'candidate:1 ufrag u', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null }

test('a note tells who comes and who goes, several in one', () => {
  expect(waited(1, 'bob,2,1\ncyd,3,0\n')).toEqual({
    ok: true,
    message: [
      { type: 'present', peer: peer('2', 'bob') },
      { type: 'absent', peer: '3' }
    ]
  })
  expect(waited(1, '\n')).toEqual({ ok: true, message: [] })
})

test.each<[string, string, object]>([
  ['BYE', 'BYE', { type: 'bye' }],
  [
    'a description',
    '{\n\t"sdp" : "v=0\\r\\n",\n\t"type" : "offer"\n}',
    { type: 'description', description: { type: 'offer', sdp: { size: 5 } } }
  ],
  [
    'a candidate',
    '{\n\t"candidate" : "candidate:1 ufrag u",\n\t"sdpMLineIndex" : 0,\n\t"sdpMid" : "0"\n}',
    { type: 'candidate', candidate }
  ]
])('a message is its sender’s: %s', (_what, body, signal) => {
  expect(waited(2, body)).toMatchObject({ ok: true, message: [{ type: 'signal', from: '2', signal }] })
})

test.each([
  [null, 'Server shutting down', 'nobody has sent it'],
  [2, 'junk', 'neither BYE nor JSON'],
  [2, '{"type":"offer-loopback"}', 'not a session description: a known type and its sdp'],
  [2, '{"candidate":7}', 'neither a session description nor a candidate']
])('from %s, %s is no message', (pragma, body, reason) => {
  expect(waited(pragma, body)).toEqual({ ok: false, reason })
})

const describeBy = (type: Description['type']): ForeignSignal => ({
  type: 'description',
  description: { type, sdp: bodyOf('v=0') }
})

test.each<[string, ForeignSignal, string | null]>([
  ['a bye', { type: 'bye' }, 'BYE'],
  ['an offer', describeBy('offer'), '{"sdp":"v=0","type":"offer"}'],
  ['a rollback', describeBy('rollback'), null],
  [
    'a candidate, with all that is required',
    { type: 'candidate', candidate: { ...candidate, sdpMid: null, sdpMLineIndex: null } },
    '{"candidate":"candidate:1 ufrag u","sdpMLineIndex":0,"sdpMid":""}'
  ],
  ['an end-of-candidates', { type: 'candidate', candidate: { ...candidate, candidate: '' } }, null]
])('%s is written', (_what, signal, body) => {
  expect(encodeSignal(signal)).toBe(body)
  if (body !== null) expect(decodeMessage(7, body)).toMatchObject({ ok: true })
})

test('a signal of a kind that there is not is a bug', () => {
  expect(() => encodeSignal(JSON.parse('{ "type": "smoke" }'))).toThrow('unreachable')
})

test('nothing that comes makes it throw', () => {
  const pragma = fc.option(fc.integer())
  fc.assert(
    fc.property(pragma, fc.oneof(fc.string(), fc.json()), (pragma, body) => {
      decodeSignedIn({ pragma, body })
      waited(pragma, body)
    })
  )
})
