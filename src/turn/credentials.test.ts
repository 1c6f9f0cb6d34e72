import { expect, test } from 'vitest'
import { nodePlatform } from '../server/node-platform.ts'
import { mint, readGrant } from './credentials.ts'
import { nonceMaker } from './nonce.ts'

test('a credential says until when it is good, for whom, and for which call', () => {
  const grant = { expiresAt: 1_800_000_000, call: 'a call', peer: 'ada' }
  const { username, password } = mint(grant, 'secret', nodePlatform)
  expect(username).toBe('1800000000:a call:ada')
  expect(readGrant(username)).toEqual(grant)
  expect(password).not.toBe(mint({ ...grant, peer: 'bob' }, 'secret', nodePlatform).password)
  expect(password).not.toBe(mint(grant, 'another', nodePlatform).password)
})

test.each(['', 'ada', '1:2', '1:2:3:4', 'x:call:ada', '1::ada', `1:call:${'a'.repeat(65)}`])(
  '“%s” is no such user name',
  (username) => {
    expect(readGrant(username)).toBeNull()
  }
)

test('a nonce is good for its address until its time is over, and nobody else can make one', () => {
  const nonces = nonceMaker(Uint8Array.of(1), 1_000, nodePlatform)
  const here = Uint8Array.of(1, 2, 3, 4, 0, 80)
  const nonce = nonces.make(here, 5_000)
  expect(Buffer.from(nonce).toString()).toMatch(/^obMatJos2/)
  expect(nonces.check(nonce, here, 5_999)).toBe('good')
  expect(nonces.check(nonce, here, 6_000)).toBe('stale')
  expect(nonces.check(nonce, here.with(5, 81), 5_999)).toBe('stale')
  expect(
    nonces.check(
      nonce.map((byte) => byte ^ 1),
      here,
      5_999
    )
  ).toBe('stale')
  expect(nonces.check(Uint8Array.of(), here, 5_999)).toBe('stale')
  expect(nonceMaker(Uint8Array.of(2), 1_000, nodePlatform).check(nonce, here, 5_999)).toBe('stale')
})
