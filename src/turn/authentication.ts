/**
 * Who asks: the long-term credential mechanism of RFC 8489, section 9.2, over credentials that nobody
 * stores.
 */
import type { TransportAddress } from '../stun/address.ts'
import { read16, write16 } from '../stun/bytes.ts'
import { ERROR } from '../stun/error.ts'
import { type IntegrityKey, integrityOf, isIntegral } from '../stun/integrity.ts'
import { ATTRIBUTE, type Attribute, type ReceivedMessage, find } from '../stun/message.ts'
import type { Platform } from '../stun/platform.ts'
import { type Grant, longTermKey, passwordOf, readGrant } from './credentials.ts'
import { type NonceMaker, nonceMaker } from './nonce.ts'

/** The holder of a credential, proven. */
export interface Principal {
  readonly username: string
  readonly grant: Grant
  /** With which it signed, and answers to it are signed. */
  readonly key: IntegrityKey
}

type Refused = typeof ERROR.badRequest | typeof ERROR.unauthorized | typeof ERROR.staleNonce

interface Options {
  readonly realm: string
  /** Credentials of each of them are good. */
  readonly secrets: readonly string[]
  readonly platform: Platform
}

const nonceMs = 600_000
const nonceSecretBytes = 32
/** RFC 8489, section 18.5. */
const algorithms = { md5: 1, sha256: 2 } as const

const list = new Uint8Array(8)
write16(list, 0, algorithms.sha256)
write16(list, 4, algorithms.md5)

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])

/** How the password was made a key; `null` if it is not one of our ways, or was not chosen from our list. */
const passwordAlgorithm = (message: ReceivedMessage): 'md5' | 'sha256' | null => {
  const offered = find(message, ATTRIBUTE.passwordAlgorithms)
  const chosen = find(message, ATTRIBUTE.passwordAlgorithm)
  if (offered === undefined && chosen === undefined) return 'md5'
  if (offered === undefined || chosen === undefined || !isSame(offered, list)) return null
  if (read16(chosen, 0) === algorithms.sha256) return 'sha256'
  return read16(chosen, 0) === algorithms.md5 ? 'md5' : null
}

/** One address and port, as bytes. */
const bytesOf = ({ address, port }: TransportAddress): Uint8Array =>
  Uint8Array.of(...address, port >>> 8, port & 0xff)

export class Authentication {
  readonly #options: Options
  readonly #nonces: NonceMaker

  constructor(options: Options) {
    this.#options = options
    this.#nonces = nonceMaker(options.platform.random(nonceSecretBytes), nonceMs, options.platform)
  }

  /** Who has signed this, or the code to refuse it with. The order of the checks is that of RFC 8489, section 9.2.4. */
  authenticate(message: ReceivedMessage, remote: TransportAddress, now: number): Principal | Refused {
    const strength = integrityOf(message)
    if (strength === null) return ERROR.unauthorized
    const username = find(message, ATTRIBUTE.username)
    const nonce = find(message, ATTRIBUTE.nonce)
    const algorithm = passwordAlgorithm(message)
    if (find(message, ATTRIBUTE.realm) === undefined || algorithm === null) return ERROR.badRequest
    if (username === undefined || nonce === undefined) return ERROR.badRequest
    const principal = this.#recognize(message, { username, algorithm, strength })
    if (principal === null) return ERROR.unauthorized
    return this.#nonces.check(nonce, bytesOf(remote), now) === 'good' ? principal : ERROR.staleNonce
  }

  /** What one has to know to sign. */
  challenge(remote: TransportAddress, now: number): readonly Attribute[] {
    const { realm, platform } = this.#options
    return [
      { type: ATTRIBUTE.realm, value: platform.utf8(realm) },
      { type: ATTRIBUTE.nonce, value: this.#nonces.make(bytesOf(remote), now) },
      { type: ATTRIBUTE.passwordAlgorithms, value: list }
    ]
  }

  #recognize(
    message: ReceivedMessage,
    how: {
      readonly username: Uint8Array
      readonly algorithm: 'md5' | 'sha256'
      readonly strength: IntegrityKey['algorithm']
    }
  ): Principal | null {
    const { secrets, realm, platform } = this.#options
    const username = platform.text(how.username)
    const grant = readGrant(username)
    if (grant === null) return null
    for (const secret of secrets) {
      const password = passwordOf(username, secret, platform)
      const bytes = longTermKey({ username, password }, { realm, algorithm: how.algorithm }, platform)
      const key: IntegrityKey = { algorithm: how.strength, key: bytes }
      if (isIntegral(message, key, platform)) return { username, grant, key }
    }
    return null
  }
}
