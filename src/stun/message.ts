/**
 * STUN messages as bytes: the header and the attributes, RFC 8489, sections 5 and 14. What the
 * attributes mean is in the files beside this one.
 */
import { padded, read8, read16, read32, write16, write32 } from './bytes.ts'

/** RFC 8489, section 5. */
export const MAGIC_COOKIE = 0x2112a442
export const HEADER_BYTES = 20
const TRANSACTION_BYTES = 12

export type StunClass = 'request' | 'indication' | 'success' | 'error'

/** RFC 8489, section 18.2, and RFC 8656, section 17. */
export const METHOD = {
  binding: 0x001,
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
  channelBind: 0x009
} as const

/** RFC 8489, section 18.3, and RFC 8656, section 18. */
export const ATTRIBUTE = {
  mappedAddress: 0x0001,
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  evenPort: 0x0018,
  requestedTransport: 0x0019,
  dontFragment: 0x001a,
  messageIntegritySha256: 0x001c,
  passwordAlgorithm: 0x001d,
  userhash: 0x001e,
  xorMappedAddress: 0x0020,
  reservationToken: 0x0022,
  additionalAddressFamily: 0x8000,
  addressErrorCode: 0x8001,
  passwordAlgorithms: 0x8002,
  software: 0x8022,
  alternateServer: 0x8023,
  fingerprint: 0x8028
} as const

export interface Attribute {
  readonly type: number
  /** Without padding. */
  readonly value: Uint8Array
}

/** An attribute where it stood in a message that was read. */
export interface PlacedAttribute extends Attribute {
  /** Of its type field, from the start of the message. */
  readonly offset: number
}

export interface StunMessage {
  readonly class: StunClass
  /** One of `METHOD`, or a number that nobody here knows. */
  readonly method: number
  /** 12 bytes. */
  readonly transactionId: Uint8Array
  readonly attributes: readonly Attribute[]
}

/** A message that was read, with the bytes it was read from. */
export interface ReceivedMessage extends StunMessage {
  readonly bytes: Uint8Array
  readonly attributes: readonly PlacedAttribute[]
}

const classes = ['request', 'indication', 'success', 'error'] as const

/** The class is in two bits between those of the method: RFC 8489, figure 3. */
const typeOf = (kind: StunClass, method: number): number => {
  const bits = classes.indexOf(kind)
  return (
    (method & 0x000f) |
    ((bits & 1) << 4) |
    ((method & 0x0070) << 1) |
    ((bits & 2) << 7) |
    ((method & 0x0f80) << 2)
  )
}

const classOf = (type: number): StunClass => {
  if ((type & 0x0100) === 0) return (type & 0x0010) === 0 ? 'request' : 'indication'
  return (type & 0x0010) === 0 ? 'success' : 'error'
}

const methodOf = (type: number): number => (type & 0x000f) | ((type >> 1) & 0x0070) | ((type >> 2) & 0x0f80)

/** Whether bytes can be STUN at all: RFC 8489, section 6.3. */
export const looksLikeStun = (bytes: Uint8Array): boolean =>
  bytes.length >= HEADER_BYTES && read8(bytes, 0) < 0x40 && read32(bytes, 4) === MAGIC_COOKIE

/** Reads one whole message; `null` for anything that is not exactly that. Never throws. */
export const readMessage = (bytes: Uint8Array): ReceivedMessage | null => {
  if (!looksLikeStun(bytes)) return null
  const type = read16(bytes, 0)
  if (read16(bytes, 2) !== bytes.length - HEADER_BYTES || bytes.length % 4 !== 0) return null
  const attributes = readAttributes(bytes)
  if (attributes === null) return null
  const transactionId = bytes.subarray(8, 8 + TRANSACTION_BYTES)
  return { class: classOf(type), method: methodOf(type), transactionId, attributes, bytes }
}

const readAttributes = (bytes: Uint8Array): readonly PlacedAttribute[] | null => {
  const attributes: PlacedAttribute[] = []
  let offset = HEADER_BYTES
  while (offset < bytes.length) {
    const length = read16(bytes, offset + 2)
    const start = offset + 4
    const end = start + padded(length)
    if (end > bytes.length) return null
    attributes.push({ type: read16(bytes, offset), value: bytes.subarray(start, start + length), offset })
    offset = end
  }
  return attributes
}

/** The first of its type, which is the one that counts: RFC 8489, section 14. */
export const find = (message: StunMessage, type: number): Uint8Array | undefined =>
  message.attributes.find((attribute) => attribute.type === type)?.value

/** Writes a message; the inverse of `readMessage`. */
export const writeMessage = (message: StunMessage): Uint8Array => {
  const length = message.attributes.reduce((sum, { value }) => sum + 4 + padded(value.length), 0)
  const bytes = new Uint8Array(HEADER_BYTES + length)
  write16(bytes, 0, typeOf(message.class, message.method))
  write16(bytes, 2, length)
  write32(bytes, 4, MAGIC_COOKIE)
  bytes.set(message.transactionId, 8)
  let offset = HEADER_BYTES
  for (const { type, value } of message.attributes) {
    write16(bytes, offset, type)
    write16(bytes, offset + 2, value.length)
    bytes.set(value, offset + 4)
    offset += 4 + padded(value.length)
  }
  return bytes
}

/** A copy that claims to be `extra` bytes longer: what integrity and fingerprint are computed over. */
export const withLength = (bytes: Uint8Array, extra: number): Uint8Array => {
  const copy = bytes.slice()
  write16(copy, 2, bytes.length - HEADER_BYTES + extra)
  return copy
}

/** Appends one attribute to a written message and corrects its length. */
export const append = (bytes: Uint8Array, { type, value }: Attribute): Uint8Array => {
  const longer = new Uint8Array(bytes.length + 4 + padded(value.length))
  longer.set(bytes)
  write16(longer, 2, longer.length - HEADER_BYTES)
  write16(longer, bytes.length, type)
  write16(longer, bytes.length + 2, value.length)
  longer.set(value, bytes.length + 4)
  return longer
}
