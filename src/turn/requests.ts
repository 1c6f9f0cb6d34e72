/**
 * What a client that has proven who it is can ask for: Allocate, Refresh, CreatePermission and
 * ChannelBind. RFC 8656, sections 7 to 10 and 12.
 */
import {
  FAMILY_V4,
  FAMILY_V6,
  type TransportAddress,
  readXorAddress,
  writeXorAddress
} from '../stun/address.ts'
import { read8, read16, read32, write32 } from '../stun/bytes.ts'
import { ERROR, type ErrorCode } from '../stun/error.ts'
import { ATTRIBUTE, type Attribute, METHOD, type ReceivedMessage, find } from '../stun/message.ts'
import type { Allocation, FiveTuple } from './allocation.ts'
import type { Allocations } from './allocations.ts'
import type { Principal } from './authentication.ts'
import type { Parity } from './relayed-address.ts'
import { FIRST_CHANNEL, LAST_CHANNEL } from './forward.ts'

export interface Request {
  readonly client: FiveTuple
  readonly message: ReceivedMessage
  readonly principal: Principal
  readonly now: number
}

/** The attributes of a success, or the code of an error. */
export type Answer = readonly Attribute[] | ErrorCode

const UDP = 17
const defaultLifetimeMs = 600_000
const maxLifetimeMs = 3_600_000
const permissionMs = 300_000
const channelMs = 600_000

const uint32 = (type: number, number: number): Attribute => {
  const value = new Uint8Array(4)
  write32(value, 0, number)
  return { type, value }
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, at) => byte === b[at])

/** What LIFETIME asks for, within bounds; `null` if it is none. */
const lifetimeMsOf = (message: ReceivedMessage): number | null => {
  const wanted = find(message, ATTRIBUTE.lifetime)
  if (wanted === undefined) return defaultLifetimeMs
  if (wanted.length !== 4) return null
  const ms = read32(wanted, 0) * 1_000
  return ms === 0 ? 0 : Math.min(Math.max(ms, defaultLifetimeMs), maxLifetimeMs)
}

/** The bytes of an address of the family asked for; `null` for one that there is not. */
const addressLengthOf = (message: ReceivedMessage): 4 | 16 | null => {
  const family = find(message, ATTRIBUTE.requestedAddressFamily)
  if (family === undefined || read8(family, 0) === FAMILY_V4) return 4
  return read8(family, 0) === FAMILY_V6 ? 16 : null
}

/** Why an allocation of this kind cannot be had. */
const objection = (message: ReceivedMessage): ErrorCode | null => {
  const transport = find(message, ATTRIBUTE.requestedTransport)
  const evenPort = find(message, ATTRIBUTE.evenPort)
  if (transport === undefined || transport.length !== 4) return ERROR.badRequest
  if (read8(transport, 0) !== UDP) return ERROR.unsupportedTransport
  const excluded = evenPort ?? find(message, ATTRIBUTE.requestedAddressFamily)
  const hasToken = find(message, ATTRIBUTE.reservationToken) !== undefined
  return hasToken && excluded !== undefined ? ERROR.badRequest : null
}

/** The first bit of EVEN-PORT asks for the port behind as well. */
const parityOf = (message: ReceivedMessage): Parity => {
  const evenPort = find(message, ATTRIBUTE.evenPort)
  if (evenPort === undefined) return 'any'
  return read8(evenPort, 0) >= 0x80 ? 'pair' : 'even'
}

const allocated = (allocation: Allocation, { message, now }: Request): Answer => {
  const { relayed, expiresAt, client, reservation } = allocation
  const reserved = reservation && { type: ATTRIBUTE.reservationToken, value: reservation.token }
  return [
    { type: ATTRIBUTE.xorRelayedAddress, value: writeXorAddress(relayed, message.transactionId) },
    uint32(ATTRIBUTE.lifetime, Math.round((expiresAt - now) / 1_000)),
    { type: ATTRIBUTE.xorMappedAddress, value: writeXorAddress(client.remote, message.transactionId) },
    ...(reserved === null ? [] : [reserved])
  ]
}

const allocate = (request: Request, allocations: Allocations): Answer => {
  const { client, message, principal, now } = request
  const { transactionId } = message
  const existing = client.allocation
  if (existing !== null) {
    // The answer was lost, and the question is asked again.
    return isSame(existing.transactionId, transactionId) && existing.username === principal.username
      ? allocated(existing, request)
      : ERROR.allocationMismatch
  }
  const problem = objection(message)
  if (problem !== null) return problem
  const addressLength = addressLengthOf(message)
  if (addressLength === null) return ERROR.addressFamilyNotSupported
  const lifetimeMs = lifetimeMsOf(message)
  if (lifetimeMs === null) return ERROR.badRequest
  const { username, grant } = principal
  const expiresAt = now + (lifetimeMs || defaultLifetimeMs)
  const opened = allocations.open(client, {
    username,
    grant,
    transactionId,
    addressLength,
    parity: parityOf(message),
    token: find(message, ATTRIBUTE.reservationToken),
    now,
    expiresAt
  })
  return typeof opened === 'number' ? opened : allocated(opened, request)
}

type WithAllocation = (request: Request, allocation: Allocation, allocations: Allocations) => Answer

const refresh: WithAllocation = ({ message, now }, allocation, allocations) => {
  const lifetimeMs = lifetimeMsOf(message)
  if (lifetimeMs === null) return ERROR.badRequest
  const isOther = addressLengthOf(message) !== allocation.relayed.address.length
  if (isOther && find(message, ATTRIBUTE.requestedAddressFamily) !== undefined)
    return ERROR.peerAddressFamilyMismatch
  if (lifetimeMs === 0) allocations.end(allocation)
  else allocation.expiresAt = now + lifetimeMs
  return [uint32(ATTRIBUTE.lifetime, lifetimeMs / 1_000)]
}

/**
 * The peer that XOR-PEER-ADDRESS names, or why the allocation may not reach it. This is the whole
 * policy: a host is looked for among those of the allocation's own call, so there is no other.
 */
const peerOf = (
  allocation: Allocation,
  { message }: Request,
  value: Uint8Array
): TransportAddress | ErrorCode => {
  const peer = readXorAddress(value, message.transactionId)
  if (peer === null) return ERROR.badRequest
  const { address } = allocation.relayed
  if (peer.address.length !== address.length) return ERROR.peerAddressFamilyMismatch
  return isSame(peer.address, address) ? peer : ERROR.forbidden
}

const createPermission: WithAllocation = (request, allocation) => {
  const named = request.message.attributes.filter(({ type }) => type === ATTRIBUTE.xorPeerAddress)
  if (named.length === 0) return ERROR.badRequest
  for (const { value } of named) {
    const peer = peerOf(allocation, request, value)
    if (typeof peer === 'number') return peer
  }
  allocation.permittedUntil = request.now + permissionMs
  return []
}

const channelBind: WithAllocation = (request, allocation) => {
  const { message, now } = request
  const number = read16(find(message, ATTRIBUTE.channelNumber) ?? new Uint8Array(), 0)
  const value = find(message, ATTRIBUTE.xorPeerAddress)
  if (number < FIRST_CHANNEL || number > LAST_CHANNEL || value === undefined) return ERROR.badRequest
  const address = peerOf(allocation, request, value)
  if (typeof address === 'number') return address
  const peer = allocation.call.allocations.get(address.port)
  if (peer?.relayed.address.length !== address.address.length) return ERROR.forbidden
  if (!allocation.channels.bind(number, peer, { now, expiresAt: now + channelMs })) return ERROR.badRequest
  allocation.permittedUntil = now + permissionMs
  return []
}

const onAllocation = new Map<number, WithAllocation>([
  [METHOD.refresh, refresh],
  [METHOD.createPermission, createPermission],
  [METHOD.channelBind, channelBind]
])

export const isTurnMethod = (method: number): boolean =>
  method === METHOD.allocate || onAllocation.has(method)

/** Does what is asked for, or says why not. */
export const answer = (request: Request, allocations: Allocations): Answer => {
  const handle = onAllocation.get(request.message.method)
  if (handle === undefined) return allocate(request, allocations)
  const { allocation } = request.client
  if (allocation === null) return ERROR.allocationMismatch
  if (allocation.username !== request.principal.username) return ERROR.wrongCredentials
  return handle(request, allocation, allocations)
}
