/** Datagrams that anybody could have sent, and that werift does not survive: they are dropped before it sees them. */
import type { RTCPeerConnection } from 'werift'

/** Of DTLS records: the type of an alert, and where the epoch stands, which is 0 before there is encryption. */
const ALERT = 21
const epochAt = 3

/** Werift would end the media. RFC 6347, section 4.1.2.7. */
export const isPlainAlert = (datagram: Uint8Array): boolean =>
  datagram[0] === ALERT && datagram[epochAt] === 0 && datagram[epochAt + 1] === 0

const headerBytes = 12
const hasExtension = 0x10
const csrcCount = 0x0f

/** By the second byte, where both come to one port. RFC 5761, section 4. */
const isRtcp = (type: number): boolean => type >= 192 && type <= 223

/**
 * RTP whose header is longer than the packet. Werift reads it before it asks whether it is genuine, and goes through
 * the 262,140 bytes that an extension may claim to have, for minutes. RFC 3550, sections 5.1 and 5.3.1.
 */
export const isBrokenRtp = (datagram: Uint8Array): boolean => {
  const [flags = 0, type = 0] = datagram
  if (flags >> 6 !== 2 || isRtcp(type)) return false
  const extensionAt = headerBytes + 4 * (flags & csrcCount)
  if ((flags & hasExtension) === 0) return extensionAt > datagram.length
  const [high = 0, low = 0] = datagram.subarray(extensionAt + 2)
  return extensionAt + 4 + 4 * ((high << 8) | low) > datagram.length
}

const guarded = new WeakSet<object>()

/** From the first description on: before it, werift does not listen. */
export const guardDatagrams = ({ dtlsTransports }: RTCPeerConnection): void => {
  for (const dtls of dtlsTransports) {
    const { onData } = dtls.iceTransport.connection
    if (guarded.has(onData)) continue
    guarded.add(onData)
    const execute = onData.execute
    onData.execute = (datagram) => {
      if (isBrokenRtp(datagram) || (dtls.state === 'connected' && isPlainAlert(datagram))) return
      execute(datagram)
    }
  }
}
