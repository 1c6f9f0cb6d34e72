/**
 * The way of data from one allocation to another of the same call: ChannelData and Send indications
 * in, ChannelData and Data indications out. RFC 8656, sections 11 and 12. Nothing is made per packet:
 * headers are rewritten where they stand.
 */
import { FAMILY_V4, FAMILY_V6 } from '../stun/address.ts'
import { padded, read8, read16, read32, write16, write32 } from '../stun/bytes.ts'
import { ATTRIBUTE, HEADER_BYTES, MAGIC_COOKIE } from '../stun/message.ts'
import type { Allocation, Packet } from './allocation.ts'

export const CHANNEL_HEADER_BYTES = 4
export const FIRST_CHANNEL = 0x4000
/** As RFC 5766 has it; RFC 8656 would end at 0x4fff, but libwebrtc and coturn's client go on to here. */
export const LAST_CHANNEL = 0x7fff
/** Method and class in one: RFC 8489, figure 3. */
const SEND_INDICATION = 0x0016
export const DATA_INDICATION = 0x0017
const LAST_REQUIRED = 0x7fff

export const isChannelData = ({ bytes, start, end }: Packet): boolean =>
  end - start >= CHANNEL_HEADER_BYTES && read8(bytes, start) >> 6 === 1

export const isSendIndication = ({ bytes, start, end }: Packet): boolean =>
  end - start >= HEADER_BYTES &&
  read16(bytes, start) === SEND_INDICATION &&
  read32(bytes, start + 4) === MAGIC_COOKIE &&
  read16(bytes, start + 2) === end - start - HEADER_BYTES

/** Leaves of the packet what is inside; answers for whom it is, or `null` if for nobody. */
const openChannelData = (from: Allocation, packet: Packet, now: number): Allocation | null => {
  const { bytes, start, end } = packet
  const length = read16(bytes, start + 2)
  if (start + CHANNEL_HEADER_BYTES + length > end) return null
  packet.start = start + CHANNEL_HEADER_BYTES
  packet.end = packet.start + length
  return from.channels.peerOf(read16(bytes, start), now)
}

/** Whom the XOR-PEER-ADDRESS at this place means. An address is looked for among those of the same call, and nowhere else. */
const peerAt = (from: Allocation, { bytes, start }: Packet, at: number): Allocation | null => {
  const { address } = from.relayed
  const family = address.length === 4 ? FAMILY_V4 : FAMILY_V6
  if (read16(bytes, at + 2) !== 4 + address.length || read8(bytes, at + 5) !== family) return null
  // The mask is the cookie and the transaction id, as they stand in the header.
  for (let byte = 0; byte < address.length; byte += 1) {
    if ((read8(bytes, at + 8 + byte) ^ read8(bytes, start + 4 + byte)) !== address[byte]) return null
  }
  const peer = from.call.allocations.get(read16(bytes, at + 6) ^ (MAGIC_COOKIE >>> 16))
  return peer?.relayed.address.length === address.length ? peer : null
}

const openIndication = (from: Allocation, packet: Packet, now: number): Allocation | null => {
  const { bytes, start, end } = packet
  let peer = 0
  let data = 0
  for (let at = start + HEADER_BYTES; at < end; at += 4 + padded(read16(bytes, at + 2))) {
    if (at + 4 + read16(bytes, at + 2) > end) return null
    const type = read16(bytes, at)
    if (type === ATTRIBUTE.xorPeerAddress) peer ||= at
    else if (type === ATTRIBUTE.data) data ||= at
    else if (type <= LAST_REQUIRED && type !== ATTRIBUTE.dontFragment) return null
  }
  if (peer === 0 || data === 0 || from.permittedUntil <= now) return null
  const to = peerAt(from, packet, peer)
  packet.start = data + 4
  packet.end = packet.start + read16(bytes, data + 2)
  return to
}

/**
 * Makes room before and behind what is in the packet, by moving it where there is none. Behind are zeros
 * then: what has been there may be of a packet of somebody else.
 */
const makeRoom = (packet: Packet, before: number, behind: number): void => {
  const { bytes, start, end } = packet
  if (start >= before && end + behind <= bytes.length) {
    for (let at = end; at < end + behind; at += 1) bytes[at] = 0
    return
  }
  const roomy = new Uint8Array(before + end - start + behind)
  roomy.set(bytes.subarray(start, end), before)
  packet.bytes = roomy
  packet.start = before
  packet.end = roomy.length - behind
}

const wrapAsChannelData = (packet: Packet, number: number, isStream: boolean): void => {
  const length = packet.end - packet.start
  const padding = isStream ? padded(length) - length : 0
  makeRoom(packet, CHANNEL_HEADER_BYTES, padding)
  packet.start -= CHANNEL_HEADER_BYTES
  packet.end += padding
  write16(packet.bytes, packet.start, number)
  write16(packet.bytes, packet.start + 2, length)
}

const wrapAsIndication = (packet: Packet, from: Allocation, to: Allocation): void => {
  const { address, port } = from.relayed
  const length = packet.end - packet.start
  const padding = padded(length) - length
  const header = HEADER_BYTES + 8 + address.length + 4
  makeRoom(packet, header, padding)
  packet.start -= header
  packet.end += padding
  const { bytes, start } = packet
  write16(bytes, start, DATA_INDICATION)
  write16(bytes, start + 2, packet.end - start - HEADER_BYTES)
  write32(bytes, start + 4, MAGIC_COOKIE)
  bytes.set(to.transactionId, start + 8)
  to.indications += 1
  write32(bytes, start + 16, to.indications)
  const peer = start + HEADER_BYTES
  write16(bytes, peer, ATTRIBUTE.xorPeerAddress)
  write16(bytes, peer + 2, 4 + address.length)
  write16(bytes, peer + 4, address.length === 4 ? FAMILY_V4 : FAMILY_V6)
  write16(bytes, peer + 6, port ^ (MAGIC_COOKIE >>> 16))
  for (let byte = 0; byte < address.length; byte += 1) {
    bytes[peer + 8 + byte] = read8(address, byte) ^ read8(bytes, start + 4 + byte)
  }
  const data = peer + 8 + address.length
  write16(bytes, data, ATTRIBUTE.data)
  write16(bytes, data + 2, length)
}

/**
 * Rewrites a packet of data for the allocation that it is for, and answers which one that is; `null` if
 * it is for none that may have it.
 */
export const forward = (from: Allocation, packet: Packet, now: number): Allocation | null => {
  const open = isChannelData(packet) ? openChannelData : openIndication
  const to = open(from, packet, now)
  if (to === null || to.permittedUntil <= now) return null
  const bytes = packet.end - packet.start
  for (const account of from.accounts) if (!account.spend(bytes, now)) return null
  from.call.packets += 1
  from.call.bytes += bytes
  const channel = to.channels.numberOf(from, now)
  if (channel === 0) wrapAsIndication(packet, from, to)
  else wrapAsChannelData(packet, channel, to.client.isStream)
  return to
}
