import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  type Verification,
  type VerificationEffect,
  type VerificationMessage,
  fingerprintOf,
  signsFor,
  startVerification,
  verify
} from './verification.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const honest = { caller: 'sha-256 AA:01', callee: 'sha-256 BB:02' }

/** One side with its hashes made at once; what it says is collected. */
class Party {
  readonly said: VerificationMessage[] = []
  now: Verification

  constructor(role: 'caller' | 'callee', nonce: string, fingerprints = honest) {
    const [now, effects] = startVerification({ role, nonce, fingerprints })
    this.now = now
    this.#perform(effects)
  }

  hear(message: VerificationMessage | undefined): void {
    if (message === undefined) throw new Error('Nothing was said.')
    this.#step({ type: 'received', message })
  }

  get code(): readonly number[] | null {
    return this.now.phase === 'ready' ? this.now.code : null
  }

  #step(event: Parameters<typeof verify>[1]): void {
    const [now, effects] = verify(this.now, event)
    this.now = now
    this.#perform(effects)
  }

  #perform(effects: readonly VerificationEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'send') this.said.push(effect.message)
      else this.#step({ type: 'hashed', hash: sha256(effect.text) })
    }
  }
}

const between = (caller: Party, callee: Party): void => {
  callee.hear(caller.said[0])
  caller.hear(callee.said[0])
  callee.hear(caller.said[1])
}

test('both sides come to the same four signs', () => {
  const caller = new Party('caller', 'a1')
  const callee = new Party('callee', 'b1')
  between(caller, callee)
  expect(caller.code).toHaveLength(4)
  expect(callee.code).toEqual(caller.code)
  expect(signsFor(caller.code ?? []).map(({ emoji }) => emoji)).toHaveLength(4)
})

test('another call between the same two has another code', () => {
  const codes = ['a1', 'a2', 'a3'].map((nonce) => {
    const [caller, callee] = [new Party('caller', nonce), new Party('callee', 'b1')]
    between(caller, callee)
    return String(caller.code)
  })
  expect(new Set(codes).size).toBe(3)
})

test('a fingerprint that was swapped on the way makes the codes differ', () => {
  const caller = new Party('caller', 'a1', { ...honest, callee: 'sha-256 EE:00' })
  const callee = new Party('callee', 'b1', { ...honest, caller: 'sha-256 EE:00' })
  between(caller, callee)
  expect(caller.code).not.toEqual(callee.code)
})

test('a caller that reveals another nonce than it committed to is found out', () => {
  const callee = new Party('callee', 'b1')
  callee.hear({ type: 'commit', hash: sha256('patchcord verification commit a1') })
  callee.hear({ type: 'reveal', nonce: 'a2' })
  expect(callee.now).toEqual({ phase: 'failed' })
})

test('the callee names its nonce only after a commitment, and the caller its own only after that', () => {
  const [caller, callee] = [new Party('caller', 'a1'), new Party('callee', 'b1')]
  expect(caller.said.map(({ type }) => type)).toEqual(['commit'])
  expect(callee.said).toEqual([])
})

test.each<[string, 'caller' | 'callee', VerificationMessage]>([
  ['a nonce to a callee', 'callee', { type: 'nonce', nonce: '1' }],
  ['a reveal before a commitment', 'callee', { type: 'reveal', nonce: '1' }],
  ['a commitment to a caller', 'caller', { type: 'commit', hash: '1' }],
  ['a reveal to a caller', 'caller', { type: 'reveal', nonce: '1' }]
])('%s ends it without a code', (_what, role, message) => {
  const party = new Party(role, 'a1')
  party.hear(message)
  expect(party.now).toEqual({ phase: 'failed' })
  party.hear({ type: 'nonce', nonce: '2' })
  expect(party.now).toEqual({ phase: 'failed' })
})

test('a code that has been shown does not change any more', () => {
  const [caller, callee] = [new Party('caller', 'a1'), new Party('callee', 'b1')]
  between(caller, callee)
  const { code } = caller
  caller.hear({ type: 'nonce', nonce: 'b2' })
  expect(caller.code).toEqual(code)
})

test('a hash that nobody waits for changes nothing', () => {
  const [waiting] = startVerification({ role: 'callee', nonce: 'b1', fingerprints: honest })
  expect(verify(waiting, { type: 'hashed', hash: 'ff' })).toEqual([waiting, []])
})

test('fingerprints are read from a description, each once and in one order', () => {
  const sdp = [
    'a=fingerprint:sha-256 ab:CD',
    'a=fingerprint:SHA-512 01:02',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=fingerprint:sha-256 AB:CD',
    ''
  ].join('\r\n')
  expect(fingerprintOf(sdp)).toBe('sha-256 AB:CD, sha-512 01:02')
  expect(fingerprintOf('v=0\r\n')).toBeNull()
})

test.each([
  'a=fingerprint:sha-256  EE',
  'a=fingerprint:sha-256 EE ',
  'a=fingerprint:sha-256\tEE',
  'a=fingerprint: sha-256 EE',
  ' a=fingerprint:sha-256 EE',
  'a = FINGERPRINT:sha-256 EE'
])('a description with a fingerprint that a browser may read otherwise names none: %j', (line) => {
  expect(fingerprintOf(`v=0\r\na=fingerprint:sha-256 AB\r\n${line}\r\n`)).toBeNull()
})

test('there are sixty-four signs, and no two are alike', () => {
  const all = signsFor(Array.from({ length: 64 }, (_, number) => number))
  expect(new Set(all.map(({ emoji }) => emoji)).size).toBe(64)
  expect(new Set(all.map(({ name }) => name)).size).toBe(64)
})

test('a number that stands for no sign shows none', () => {
  expect(signsFor([64])).toEqual([])
})
