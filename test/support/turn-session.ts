/**
 * The client's half of STUN and TURN, for tests: makes requests, signs them, and reads what comes back.
 * It moves no bytes itself.
 */
import { nodePlatform } from '../../src/server/node-platform.ts'
import { type TransportAddress, readXorAddress, writeXorAddress } from '../../src/stun/address.ts'
import { padded, read16, write16 } from '../../src/stun/bytes.ts'
import { readErrorCode } from '../../src/stun/error.ts'
import {
  type IntegrityKey,
  appendFingerprint,
  appendIntegrity,
  isIntegral
} from '../../src/stun/integrity.ts'
import {
  ATTRIBUTE,
  type Attribute,
  METHOD,
  type ReceivedMessage,
  find,
  readMessage,
  writeMessage
} from '../../src/stun/message.ts'
import { type Credentials, longTermKey } from '../../src/turn/credentials.ts'

/** An attribute as a test names it, or the number of one that there is not. */
export type Said = readonly [keyof typeof ATTRIBUTE | number, Uint8Array | TransportAddress | number | string]

export type Strength = 'sha1' | 'sha256'

const uint32 = (number: number): Uint8Array => {
  const value = new Uint8Array(4)
  new DataView(value.buffer).setUint32(0, number)
  return value
}

const valueOf = (said: Said[1], transactionId: Uint8Array): Uint8Array => {
  if (said instanceof Uint8Array) return said
  if (typeof said === 'string') return nodePlatform.utf8(said)
  return typeof said === 'number' ? uint32(said) : writeXorAddress(said, transactionId)
}

const attributesOf = (said: readonly Said[], transactionId: Uint8Array): readonly Attribute[] =>
  said.map(([name, value]) => ({
    type: typeof name === 'number' ? name : ATTRIBUTE[name],
    value: valueOf(value, transactionId)
  }))

export const udp: Said = ['requestedTransport', Uint8Array.of(17, 0, 0, 0)]

/** An IPv4 or a full IPv6 address. */
export const transportAddress = (host: string, port: number): TransportAddress => ({
  port,
  address: host.includes(':')
    ? Uint8Array.from(
        host.split(':').flatMap((hextet) => [parseInt(hextet, 16) >> 8, parseInt(hextet, 16) & 0xff])
      )
    : Uint8Array.from(host.split('.').map(Number))
})

export const channelData = (number: number, data: string): Uint8Array => {
  const bytes = new Uint8Array(4 + Buffer.byteLength(data))
  write16(bytes, 0, number)
  write16(bytes, 2, bytes.length - 4)
  bytes.set(Buffer.from(data), 4)
  return bytes
}

export const sendIndication = (
  to: TransportAddress,
  data: string | null,
  ...more: readonly Said[]
): Uint8Array => {
  const transactionId = nodePlatform.random(12)
  const said: readonly Said[] = [
    ['xorPeerAddress', to],
    ...(data === null ? [] : [['data', data] as const]),
    ...more
  ]
  const attributes = attributesOf(said, transactionId)
  return writeMessage({ class: 'indication', method: METHOD.send, transactionId, attributes })
}

/** Data as it came: over which channel, or from which address. */
export const readData = (
  bytes: Uint8Array
): { readonly by: number | TransportAddress | null; readonly text: string } => {
  if ((bytes[0] ?? 0) >= 0x40) {
    const length = read16(bytes, 2)
    if (bytes.length !== 4 + length && bytes.length !== 4 + padded(length))
      throw new Error('not the length it says')
    return { by: read16(bytes, 0), text: Buffer.from(bytes.subarray(4, 4 + length)).toString() }
  }
  const message = readMessage(bytes)
  if (message?.method !== METHOD.data || message.class !== 'indication') throw new Error('not data')
  const peer = find(message, ATTRIBUTE.xorPeerAddress) ?? new Uint8Array()
  const text = Buffer.from(find(message, ATTRIBUTE.data) ?? []).toString()
  return { by: readXorAddress(peer, message.transactionId), text }
}

/** What came back. */
export class Reply {
  readonly message: ReceivedMessage

  constructor(bytes: Uint8Array) {
    const message = readMessage(bytes)
    if (message === null) throw new Error('the server sent no STUN message')
    this.message = message
  }

  /** 0 for a success. */
  get code(): number {
    const value = find(this.message, ATTRIBUTE.errorCode)
    if ((this.message.class === 'error') !== (value !== undefined)) throw new Error('half an error')
    return value === undefined ? 0 : (readErrorCode(value) ?? -1)
  }

  has(name: keyof typeof ATTRIBUTE): boolean {
    return find(this.message, ATTRIBUTE[name]) !== undefined
  }

  bytes(name: keyof typeof ATTRIBUTE): Uint8Array {
    return find(this.message, ATTRIBUTE[name]) ?? new Uint8Array()
  }

  number(name: keyof typeof ATTRIBUTE): number {
    const value = this.bytes(name)
    return new DataView(value.buffer, value.byteOffset).getUint32(0)
  }

  address(name: keyof typeof ATTRIBUTE): TransportAddress {
    const address = readXorAddress(this.bytes(name), this.message.transactionId)
    if (address === null) throw new Error(`no ${name}`)
    return address
  }
}

export interface Ways {
  readonly strength?: Strength
  /** With which hash the password was made a key; `null` says nothing about it. */
  readonly algorithm?: 'md5' | 'sha256' | null
  readonly fingerprint?: boolean
  readonly transactionId?: Uint8Array
  readonly unsigned?: boolean
}

/** The long-term credentials of one client, and what the server has told it. */
export class TurnSession {
  credentials: Credentials
  #realm = new Uint8Array()
  #nonce = new Uint8Array()
  #algorithms = new Uint8Array()

  constructor(credentials: Credentials) {
    this.credentials = credentials
  }

  write(method: keyof typeof METHOD, said: readonly Said[], ways: Ways = {}): Uint8Array {
    const { transactionId = nodePlatform.random(12), unsigned = this.#nonce.length === 0 } = ways
    const { strength = 'sha1', algorithm = null } = ways
    const algorithms: readonly Said[] =
      algorithm === null
        ? []
        : [
            ['passwordAlgorithms', this.#algorithms],
            ['passwordAlgorithm', Uint8Array.of(0, algorithm === 'md5' ? 1 : 2, 0, 0)]
          ]
    const proof: readonly Said[] = unsigned
      ? []
      : [
          ['username', this.credentials.username],
          ['realm', this.#realm],
          ['nonce', this.#nonce],
          ...algorithms
        ]
    const plain = writeMessage({
      class: 'request',
      method: METHOD[method],
      transactionId,
      attributes: attributesOf([...said, ...proof], transactionId)
    })
    const bytes = unsigned
      ? plain
      : appendIntegrity(plain, this.key(strength, algorithm ?? 'md5'), nodePlatform)
    return ways.fingerprint === true ? appendFingerprint(bytes) : bytes
  }

  /** Keeps what a reply says about how to sign. */
  learn(reply: Reply): void {
    if (!reply.has('nonce')) return
    this.#nonce = Uint8Array.from(reply.bytes('nonce'))
    this.#realm = Uint8Array.from(reply.bytes('realm'))
    this.#algorithms = Uint8Array.from(reply.bytes('passwordAlgorithms'))
  }

  key(strength: Strength, algorithm: 'md5' | 'sha256' = 'md5'): IntegrityKey {
    const realm = nodePlatform.text(this.#realm)
    return { algorithm: strength, key: longTermKey(this.credentials, { realm, algorithm }, nodePlatform) }
  }

  /** Whether a reply is signed as the request was. */
  trusts(reply: Reply, { strength = 'sha1', algorithm = 'md5' }: Ways = {}): boolean {
    return isIntegral(reply.message, this.key(strength, algorithm ?? 'md5'), nodePlatform)
  }
}
