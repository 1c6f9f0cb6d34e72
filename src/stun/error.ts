/**
 * Why a request is not done: ERROR-CODE and UNKNOWN-ATTRIBUTES, RFC 8489, sections 14.8 and 14.13.
 */
import { read8, read16, write16 } from './bytes.ts'
import { ATTRIBUTE, type Attribute, type StunMessage } from './message.ts'

/** RFC 8489, section 14.8, and RFC 8656, section 19. */
export const ERROR = {
  badRequest: 400,
  unauthorized: 401,
  forbidden: 403,
  unknownAttribute: 420,
  allocationMismatch: 437,
  staleNonce: 438,
  addressFamilyNotSupported: 440,
  wrongCredentials: 441,
  unsupportedTransport: 442,
  peerAddressFamilyMismatch: 443,
  allocationQuotaReached: 486,
  insufficientCapacity: 508
} as const
export type ErrorCode = (typeof ERROR)[keyof typeof ERROR]

/** Without a reason phrase: nobody shows it, and it would be sent to whoever a forged source address names. */
export const errorCode = (code: ErrorCode): Attribute => ({
  type: ATTRIBUTE.errorCode,
  value: Uint8Array.of(0, 0, Math.floor(code / 100), code % 100)
})

/** `null` for what is no error code. */
export const readErrorCode = (value: Uint8Array): number | null => {
  const hundreds = read8(value, 2) & 0x07
  const rest = read8(value, 3)
  return value.length < 4 || hundreds < 3 || rest > 99 ? null : hundreds * 100 + rest
}

/** Types up to here must be understood by whoever takes the message: RFC 8489, section 14. */
const LAST_REQUIRED = 0x7fff
const known: ReadonlySet<number> = new Set(Object.values(ATTRIBUTE))

/** The attributes that would have to be understood and are not. */
export const unknownRequired = (message: StunMessage): readonly number[] =>
  message.attributes.map(({ type }) => type).filter((type) => type <= LAST_REQUIRED && !known.has(type))

export const unknownAttributes = (types: readonly number[]): Attribute => {
  const value = new Uint8Array(types.length * 2)
  for (const [at, type] of types.entries()) write16(value, at * 2, type)
  return { type: ATTRIBUTE.unknownAttributes, value }
}

export const readUnknownAttributes = (value: Uint8Array): readonly number[] =>
  Array.from({ length: value.length >> 1 }, (_, at) => read16(value, at * 2))
