/**
 * Transport addresses in attributes: MAPPED-ADDRESS and its exclusive-or forms, RFC 8489, sections
 * 14.1 and 14.2.
 */
import { MAGIC_COOKIE } from './message.ts'

/** An IPv4 or IPv6 address as its 4 or 16 bytes, and a port. */
export interface TransportAddress {
  readonly address: Uint8Array
  readonly port: number
}

const FAMILY_V4 = 1
const FAMILY_V6 = 2

const mask = (transactionId: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(0, MAGIC_COOKIE)
  bytes.set(transactionId, 4)
  return bytes
}

const xor = (bytes: Uint8Array, key: Uint8Array): Uint8Array => bytes.map((byte, at) => byte ^ (key[at] ?? 0))

export const writeXorAddress = (
  { address, port }: TransportAddress,
  transactionId: Uint8Array
): Uint8Array => {
  const value = new Uint8Array(4 + address.length)
  value[1] = address.length === 4 ? FAMILY_V4 : FAMILY_V6
  new DataView(value.buffer).setUint16(2, port ^ (MAGIC_COOKIE >>> 16))
  value.set(xor(address, mask(transactionId)), 4)
  return value
}

/** `null` unless it is a whole address of a family there is. */
export const readXorAddress = (value: Uint8Array, transactionId: Uint8Array): TransportAddress | null => {
  const length = value[1] === FAMILY_V4 ? 4 : 16
  if ((value[1] !== FAMILY_V4 && value[1] !== FAMILY_V6) || value.length !== 4 + length) return null
  const port = ((value[2] ?? 0) << 8) | (value[3] ?? 0)
  return { address: xor(value.subarray(4), mask(transactionId)), port: port ^ (MAGIC_COOKIE >>> 16) }
}

const hextets = (address: Uint8Array): readonly string[] =>
  Array.from({ length: 8 }, (_, at) =>
    (((address[at * 2] ?? 0) << 8) | (address[at * 2 + 1] ?? 0)).toString(16)
  )

/** As it stands in a URL or a log; IPv6 in full, without shortening. */
export const formatAddress = ({ address, port }: TransportAddress): string =>
  address.length === 4 ? `${address.join('.')}:${port}` : `[${hextets(address).join(':')}]:${port}`
