import { describe, expect, test } from 'vitest'
import { belongsTo, iceUfrags, inItsDtlsRole, ufragOf } from './sdp.ts'
import type { Candidate } from './signal.ts'

const line = 'candidate:1 1 udp 2122260223 192.0.2.2 50001 typ host'
const candidateOf = (candidate: string, usernameFragment: string | null = null): Candidate => ({
  candidate,
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment
})

describe('the user fragments of a description', () => {
  test('are no more than a description can have, however many it claims', () => {
    const lines = Array.from({ length: 11_000 }, (_none, at) => `a=ice-ufrag:u${at}\r\n`)
    expect(iceUfrags(lines.join(''))).toHaveLength(16)
  })

  test.each<[string, string, readonly string[]]>([
    ['are none in an empty one', '', []],
    ['are found whatever ends a line', 'v=0\r\na=ice-ufrag:EsAw\r\na=ice-ufrag:9uB6\n', ['EsAw', '9uB6']],
    ['are found in the last line, though nothing ends it', 'a=ice-ufrag:EsAw', ['EsAw']],
    ['are taken from lines of their own only', 's=a=ice-ufrag:EsAw\r\n', []],
    ['are told once each', 'a=ice-ufrag:EsAw\r\na=ice-ufrag:EsAw\r\n', ['EsAw']],
    ['are not there without a value', 'a=ice-ufrag:\r\na=ice-pwd:x\r\n', []]
  ])('%s', (_promise, sdp, ufrags) => {
    expect(iceUfrags(sdp)).toEqual(ufrags)
  })
})

describe('the user fragment of a candidate', () => {
  test.each<[string, Candidate, string | null]>([
    ['is the one beside the line', candidateOf(line, 'EsAw'), 'EsAw'],
    ['is the one beside the line, whatever the line says', candidateOf(`${line} ufrag 9uB6`, 'EsAw'), 'EsAw'],
    ['is else the one in the line', candidateOf(`${line} ufrag EsAw network-id 1`), 'EsAw'],
    ['is unknown when neither says it', candidateOf(line), null],
    ['is unknown when what stands beside the line is empty', candidateOf(line, ''), null]
  ])('%s', (_promise, candidate, ufrag) => {
    expect(ufragOf(candidate)).toBe(ufrag)
  })
})

test.each<[string, [ufrag: string | null, ufrags: readonly string[]], boolean]>([
  ['a candidate belongs to a description that announces its user fragment', ['b', ['a', 'b']], true],
  ['a candidate does not belong to a description of others', ['c', ['a', 'b']], false],
  ['a candidate that names none may belong to any', [null, ['a', 'b']], true],
  ['a description that announces none may own any', ['c', []], true]
])('%s', (_promise, [ufrag, ufrags], belongs) => {
  expect(belongsTo(candidateOf(line, ufrag), ufrags)).toBe(belongs)
})

const answer = (role: string) => ({ type: 'answer', sdp: `v=0\r\na=setup:${role}\r\n` }) as const

describe('the DTLS role of an answer', () => {
  const offer = { type: 'offer', sdp: 'v=0\r\na=setup:actpass\r\n' } as const
  const none = { type: 'answer', sdp: 'v=0\r\n' } as const
  type Agreed = Parameters<typeof inItsDtlsRole>[1]

  test.each<[string, [local: Agreed, remote: Agreed], string]>([
    ['is what it says when it is the first', [null, null], 'active'],
    ['stays the other one of ours, if we have answered', [answer('active'), offer], 'passive'],
    ['stays the other one of ours, whichever that is', [answer('passive'), offer], 'active'],
    ['stays its own, if it has answered before', [offer, answer('passive')], 'passive'],
    ['is what it says when nobody has named any', [none, offer], 'active'],
    ['is what it says when its sender has not', [offer, none], 'active']
  ])('%s', (_promise, [local, remote], role) => {
    expect(inItsDtlsRole(answer('active').sdp, local, remote)).toBe(answer(role).sdp)
  })

  test('is kept in every section, whatever ends its lines, and nothing else is touched', () => {
    const sdp = 'a=setup:active\r\na=setup:actpass\r\nx a=setup:active\na=setup:active\na=setup:active'
    expect(inItsDtlsRole(sdp, answer('active'), offer)).toBe(
      'a=setup:passive\r\na=setup:actpass\r\nx a=setup:active\na=setup:passive\na=setup:passive'
    )
  })
})
