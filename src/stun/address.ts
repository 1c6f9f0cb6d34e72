/**
 * Transport addresses in attributes: MAPPED-ADDRESS and its exclusive-or forms, RFC 8489, sections
 * 14.1 and 14.2.
 */
import { read8, read16, write16, write32 } from './bytes.ts'
import { MAGIC_COOKIE } from './message.ts'

/** An IPv4 or IPv6 address as its 4 or 16 bytes, and a port. */
export interface TransportAddress {
  readonly address: Uint8Array
  readonly port: number
}

/** As REQUESTED-ADDRESS-FAMILY says it, too. */
export const FAMILY_V4 = 1
export const FAMILY_V6 = 2

const mask = (transactionId: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(16)
  write32(bytes, 0, MAGIC_COOKIE)
  bytes.set(transactionId, 4)
  return bytes
}

const xor = (bytes: Uint8Array, key: Uint8Array): Uint8Array => bytes.map((byte, at) => byte ^ read8(key, at))

export const writeXorAddress = (
  { address, port }: TransportAddress,
  transactionId: Uint8Array
): Uint8Array => {
  const value = new Uint8Array(4 + address.length)
  value[1] = address.length === 4 ? FAMILY_V4 : FAMILY_V6
  write16(value, 2, port ^ (MAGIC_COOKIE >>> 16))
  value.set(xor(address, mask(transactionId)), 4)
  return value
}

/** `null` unless it is a whole address of a family there is. */
export const readXorAddress = (value: Uint8Array, transactionId: Uint8Array): TransportAddress | null => {
  const family = read8(value, 1)
  if (value.length !== (family === FAMILY_V4 ? 8 : 20) || (family !== FAMILY_V4 && family !== FAMILY_V6))
    return null
  return {
    address: xor(value.subarray(4), mask(transactionId)),
    port: read16(value, 2) ^ (MAGIC_COOKIE >>> 16)
  }
}

const hextets = (address: Uint8Array): readonly string[] =>
  Array.from({ length: 8 }, (_, at) => read16(address, at * 2).toString(16))

/** As it stands in a URL or a log; IPv6 in full, without shortening. */
export const formatAddress = ({ address, port }: TransportAddress): string =>
  address.length === 4 ? `${address.join('.')}:${port}` : `[${hextets(address).join(':')}]:${port}`
