/**
 * What proves that a message is whole and who sent it: MESSAGE-INTEGRITY in both strengths and
 * FINGERPRINT, RFC 8489, sections 9 and 14.5 to 14.7. Hash functions are arguments.
 */
import { read8, write32 } from './bytes.ts'
import { ATTRIBUTE, type ReceivedMessage, append, withLength } from './message.ts'

/** Keyed and plain hashes, as the platform has them. */
export interface Hashes {
  md5(data: Uint8Array): Uint8Array
  sha256(data: Uint8Array): Uint8Array
  hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array
}

export type IntegrityAlgorithm = 'sha1' | 'sha256'

export interface IntegrityKey {
  readonly algorithm: IntegrityAlgorithm
  readonly key: Uint8Array
}

const forms = {
  sha1: { type: ATTRIBUTE.messageIntegrity, bytes: 20 },
  sha256: { type: ATTRIBUTE.messageIntegritySha256, bytes: 32 }
} as const

const sign = (data: Uint8Array, { algorithm, key }: IntegrityKey, hashes: Hashes): Uint8Array =>
  algorithm === 'sha1' ? hashes.hmacSha1(key, data) : hashes.hmacSha256(key, data)

/** Signs a written message: everything before the attribute, with a length that includes it. */
export const appendIntegrity = (bytes: Uint8Array, key: IntegrityKey, hashes: Hashes): Uint8Array => {
  const { type, bytes: size } = forms[key.algorithm]
  return append(bytes, { type, value: sign(withLength(bytes, 4 + size), key, hashes) })
}

/** Compares in a time that does not tell where two values differ. */
const isSame = (a: Uint8Array, b: Uint8Array): boolean => {
  let difference = a.length ^ b.length
  for (let at = 0; at < a.length; at += 1) difference |= read8(a, at) ^ read8(b, at)
  return difference === 0
}

/** Which proofs a message carries: the stronger is the one to check. */
export const integrityOf = (message: ReceivedMessage): IntegrityAlgorithm | null => {
  const has = (type: number): boolean => message.attributes.some((attribute) => attribute.type === type)
  if (has(ATTRIBUTE.messageIntegritySha256)) return 'sha256'
  return has(ATTRIBUTE.messageIntegrity) ? 'sha1' : null
}

export const isIntegral = (message: ReceivedMessage, key: IntegrityKey, hashes: Hashes): boolean => {
  const { type, bytes: size } = forms[key.algorithm]
  const found = message.attributes.find((attribute) => attribute.type === type)
  if (found === undefined || found.value.length !== size) return false
  const signed = withLength(message.bytes.subarray(0, found.offset), 4 + size)
  return isSame(sign(signed, key, hashes), found.value)
}

/** Attributes behind the integrity prove nothing and are not looked at: RFC 8489, section 14.5. */
export const covered = (message: ReceivedMessage): ReceivedMessage => {
  const proof = message.attributes.findIndex(
    ({ type }) => type === ATTRIBUTE.messageIntegrity || type === ATTRIBUTE.messageIntegritySha256
  )
  if (proof < 0) return message
  return { ...message, attributes: message.attributes.slice(0, proof) }
}

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  return sum
})

/** ITU V.42. */
const crc32 = (bytes: Uint8Array): number => {
  let sum = -1
  for (const byte of bytes) sum = Number(table[(sum ^ byte) & 0xff]) ^ (sum >>> 8)
  return ~sum
}

/** "STUN", so that no other protocol's checksum matches by accident. */
const FINGERPRINT_MASK = 0x5354554e
const FINGERPRINT_BYTES = 8

const fingerprintOf = (bytes: Uint8Array): Uint8Array => {
  const value = new Uint8Array(4)
  write32(value, 0, crc32(withLength(bytes, FINGERPRINT_BYTES)) ^ FINGERPRINT_MASK)
  return value
}

/** The last attribute of a message, if it has one. */
export const appendFingerprint = (bytes: Uint8Array): Uint8Array =>
  append(bytes, { type: ATTRIBUTE.fingerprint, value: fingerprintOf(bytes) })

/** True for a message that has none; a wrong or misplaced one makes it no STUN message at all. */
export const hasNoWrongFingerprint = (message: ReceivedMessage): boolean => {
  const at = message.attributes.findIndex(({ type }) => type === ATTRIBUTE.fingerprint)
  const found = message.attributes[at]
  if (found === undefined) return true
  return (
    at === message.attributes.length - 1 &&
    isSame(found.value, fingerprintOf(message.bytes.subarray(0, found.offset)))
  )
}
