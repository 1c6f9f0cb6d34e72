/** What the relay says to whom it does not know, or not yet. */
import { describe, expect, test } from 'vitest'
import { nodePlatform } from '../server/node-platform.ts'
import { ERROR, readUnknownAttributes } from '../stun/error.ts'
import { hasNoWrongFingerprint } from '../stun/integrity.ts'
import { METHOD, writeMessage } from '../stun/message.ts'
import { relayWorld } from '../../test/support/relay-world.ts'
import { type Ways, udp } from '../../test/support/turn-session.ts'
import { mint } from './credentials.ts'

const minuteMs = 60_000

describe('Binding', () => {
  test.each(['192.0.2.1', '2001:db8:0:0:0:0:0:1'])('tells a client at %s where it comes from', (host) => {
    const { client } = relayWorld()
    const ada = client('call', 'ada', { host })
    const reply = ada.askOnce('binding', [])
    expect(reply.address('xorMappedAddress')).toEqual(ada.remote)
    expect(reply.has('fingerprint')).toBe(false)
  })

  test('is marked with a fingerprint when the question was', () => {
    const { client } = relayWorld()
    const reply = client('call', 'ada').askOnce('binding', [], { fingerprint: true })
    expect(reply.has('fingerprint')).toBe(true)
    expect(hasNoWrongFingerprint(reply.message)).toBe(true)
  })

  test('with something unknown that must be understood is refused by name', () => {
    const { client } = relayWorld()
    const reply = client('call', 'ada').askOnce('binding', [[0x0024, 1]])
    expect(reply.code).toBe(ERROR.unknownAttribute)
    expect(readUnknownAttributes(reply.bytes('unknownAttributes'))).toEqual([0x0024])
  })

  test('is the only thing that a stranger can ask for', () => {
    const { client } = relayWorld()
    expect(client('call', 'ada').askOnce('data', [], { unsigned: true }).code).toBe(ERROR.badRequest)
  })

  test('is answered only so many times a second for each address', () => {
    const { client, relay, clock } = relayWorld({ strangersPerSecond: 3 })
    const ada = client('call', 'ada')
    const binding = ada.session.write('binding', [])
    const answers = () => Array.from({ length: 5 }, () => ada.say(binding).length)
    expect(answers()).toEqual([1, 1, 1, 0, 0])
    expect(client('call', 'bob', { host: '192.0.2.2' }).say(binding)).toHaveLength(1)
    expect(client('call', 'eve', { host: '192.0.2.1' }).say(binding)).toHaveLength(0)
    expect(relay.counts.unanswered).toBe(3)
    clock.now += 1_000
    expect(answers()).toEqual([1, 1, 1, 0, 0])
    expect(ada.say(ada.session.write('allocate', [udp]))).toHaveLength(0)
  })
})

describe('a stranger', () => {
  test('is told how to sign, in few bytes and without a signature', () => {
    const { client } = relayWorld()
    const ada = client('call', 'ada')
    const reply = ada.askOnce('allocate', [udp])
    expect(reply.code).toBe(ERROR.unauthorized)
    expect(reply.has('realm') && reply.has('nonce') && reply.has('passwordAlgorithms')).toBe(true)
    expect(reply.has('messageIntegrity')).toBe(false)
    expect(reply.message.bytes.length).toBeLessThan(120)
  })

  test.each([
    ['its name', 'username'],
    ['the realm', 'realm'],
    ['the nonce', 'nonce']
  ])('that signs without %s is told that this is no way to ask', (_what, left) => {
    const { client } = relayWorld()
    const ada = client('call', 'ada')
    ada.session.learn(ada.askOnce('allocate', [udp]))
    const bytes = ada.session.write('allocate', [udp])
    const type = { username: 0x06, realm: 0x14, nonce: 0x15 }[left] ?? 0
    const at = bytes.findIndex((byte, at) => at >= 20 && at % 4 === 0 && byte === 0 && bytes[at + 1] === type)
    bytes[at] = 0x80
    const [reply] = ada.say(bytes)
    expect(Buffer.from(reply ?? []).toString('hex')).toContain('0009000400000400')
  })

  test.each([
    [
      'with a wrong password',
      (now: number) => ({ username: `${now / 1_000 + 60}:call:ada`, password: 'guess' })
    ],
    ['with a name of another form', () => ({ username: 'ada', password: 'guess' })],
    [
      'whose time is over',
      (now: number) =>
        mint({ expiresAt: now / 1_000 - 1, call: 'call', peer: 'ada' }, 'a new secret', nodePlatform)
    ]
  ])('%s is refused, with what it takes to try again', (_how, credentials) => {
    const { client, clock } = relayWorld()
    const ada = client('call', 'ada')
    ada.session.credentials = credentials(clock.now)
    const reply = ada.allocate()
    expect(reply.code).toBe(ERROR.unauthorized)
    expect(reply.has('nonce')).toBe(true)
    expect(ada.allocation).toBeNull()
  })

  test('with a credential of the secret before is welcome', () => {
    const { client, clock } = relayWorld()
    const ada = client('call', 'ada')
    const grant = { expiresAt: clock.now / 1_000 + 60, call: 'call', peer: 'ada' }
    ada.session.credentials = mint(grant, 'an old secret', nodePlatform)
    expect(ada.allocate().code).toBe(0)
  })

  test('with another’s nonce, or one that is too old, gets a fresh one', () => {
    const { client, clock } = relayWorld()
    const ada = client('call', 'ada')
    const bob = client('call', 'bob')
    bob.session.learn(ada.askOnce('allocate', [udp]))
    const reply = bob.askOnce('allocate', [udp])
    expect(reply.code).toBe(ERROR.staleNonce)
    expect(reply.has('nonce')).toBe(true)
    expect(bob.allocate().code).toBe(0)
    clock.now += 11 * minuteMs
    expect(bob.askOnce('refresh', []).code).toBe(ERROR.staleNonce)
    expect(bob.ask('refresh').code).toBe(0)
  })
})

describe('a signature', () => {
  const ways: readonly Ways[] = [
    {},
    { strength: 'sha1', algorithm: 'md5' },
    { strength: 'sha1', algorithm: 'sha256' },
    { strength: 'sha256', algorithm: 'sha256', fingerprint: true }
  ]
  test.each(ways)('of the form %j is known, and answered alike', (way) => {
    const { client } = relayWorld()
    const ada = client('call', 'ada')
    const reply = ada.ask('allocate', [udp], way)
    expect(reply.code).toBe(0)
    expect(ada.session.trusts(reply, way)).toBe(true)
    expect(reply.has('fingerprint')).toBe(way.fingerprint === true)
  })

  test.each([
    ['a list that is not ours', Uint8Array.of(0, 1, 0, 0), Uint8Array.of(0, 1, 0, 0)],
    ['half of what it takes', Uint8Array.of(0, 2, 0, 0, 0, 1, 0, 0), null],
    ['an algorithm that there is not', Uint8Array.of(0, 2, 0, 0, 0, 1, 0, 0), Uint8Array.of(0, 3, 0, 0)]
  ])('after %s is refused', (_what, list, chosen) => {
    const { client } = relayWorld()
    const ada = client('call', 'ada')
    const more = chosen === null ? [] : [['passwordAlgorithm', chosen] as const]
    expect(ada.ask('allocate', [udp, ['passwordAlgorithms', list], ...more]).code).toBe(ERROR.badRequest)
  })
})

describe('what is not asked', () => {
  test.each([
    ['nothing', Uint8Array.of()],
    ['noise', Uint8Array.of(1, 2, 3, 4, 5)],
    ['another protocol', Uint8Array.of(0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3)],
    [
      'a message that is cut short',
      writeMessage({
        class: 'request',
        method: 1,
        transactionId: new Uint8Array(12),
        attributes: []
      }).subarray(0, 19)
    ]
  ])('%s is counted and not answered', (_what, bytes) => {
    const { client, relay } = relayWorld()
    expect(client('call', 'ada').say(bytes)).toEqual([])
    expect(relay.counts.malformed).toBe(1)
  })

  test('a message with a wrong fingerprint is none', () => {
    const { client, relay } = relayWorld()
    const ada = client('call', 'ada')
    const bytes = ada.session.write('binding', [], { fingerprint: true })
    bytes[8] = (bytes[8] ?? 0) ^ 1
    expect(ada.say(bytes)).toEqual([])
    expect(relay.counts.malformed).toBe(1)
  })

  test.each(['indication', 'success', 'error'] as const)('of the class %s it is not answered', (kind) => {
    const { client, relay } = relayWorld()
    const bytes = writeMessage({
      class: kind,
      method: METHOD.binding,
      transactionId: new Uint8Array(12),
      attributes: []
    })
    expect(client('call', 'ada').say(bytes)).toEqual([])
    expect(relay.counts).toEqual({ malformed: 0, unanswered: 0, dropped: 0 })
  })
})
