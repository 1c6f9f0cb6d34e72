/** What has to be set within werift's ICE, since its configuration has no word for it. Its version is pinned for this. */
import { setTimeout } from 'node:timers/promises'
import { type RTCIceServer, type RTCPeerConnection, parseIceServers } from 'werift'

interface IceConfiguration {
  readonly iceServers: RTCIceServer[]
  readonly iceTransportPolicy: 'all' | 'relay'
}

/** How long a description waits for candidates, so that the first ones are in it. */
const gatherMs = 100

const patient = new WeakSet<object>()

/** Before candidates are gathered: asks no STUN server that nobody has named, and describes before the last has come. */
export const prepareIce = ({ iceTransports, config }: RTCPeerConnection): void => {
  const { stunServer } = parseIceServers(config.iceServers)
  for (const transport of iceTransports) {
    // Werift takes one of Google's for one that was left out.
    if (stunServer === undefined) delete transport.connection.stunServer
    if (patient.has(transport)) continue
    patient.add(transport)
    const gather = transport.gather.bind(transport)
    transport.gather = async () => {
      const timer = new AbortController()
      const time = setTimeout(gatherMs, undefined, { signal: timer.signal }).catch(() => {})
      await Promise.race([gather(), time])
      timer.abort()
    }
  }
}

/** For connections that have been made already, too, of which werift would leave all as it was. */
export const reconfigure = (
  peerConnection: RTCPeerConnection,
  { iceServers, iceTransportPolicy }: IceConfiguration
): void => {
  peerConnection.setConfiguration({ iceServers, iceTransportPolicy })
  const { stunServer, turnServer, turnUsername, turnPassword, turnTransport } = parseIceServers(iceServers)
  for (const { connection } of peerConnection.iceTransports) {
    if (stunServer === undefined) delete connection.stunServer
    else connection.stunServer = stunServer
    if (turnServer === undefined) delete connection.turnServer
    else connection.turnServer = turnServer
    Object.assign(connection.options, {
      turnUsername,
      turnPassword,
      turnTransport,
      forceTurn: iceTransportPolicy === 'relay'
    })
  }
}

/**
 * After an ICE restart: werift looks for a path only while there is no encryption yet, and would wait for the other
 * side to do so. Called when both descriptions are there.
 */
export const startIceOver = ({ dtlsTransports }: RTCPeerConnection): void => {
  for (const { state, iceTransport } of dtlsTransports) {
    if (state !== 'connected' || iceTransport.connection.nominated !== undefined) continue
    // Where it finds no path its state says so.
    iceTransport.start().catch(() => {})
  }
}

/** Of DTLS records: the type of an alert, and where the epoch stands, which is 0 before there is encryption. */
const ALERT = 21
const epochAt = 3

const isPlainAlert = (datagram: Uint8Array): boolean =>
  datagram[0] === ALERT && datagram[epochAt] === 0 && datagram[epochAt + 1] === 0

const guarded = new WeakSet<object>()

/** Anybody could have sent them, and werift believes them. RFC 6347, section 4.1.2.7. */
export const dropForgedAlerts = ({ dtlsTransports }: RTCPeerConnection): void => {
  for (const dtls of dtlsTransports) {
    const { onData } = dtls.iceTransport.connection
    if (guarded.has(onData)) continue
    guarded.add(onData)
    const execute = onData.execute
    onData.execute = (datagram) => {
      if (dtls.state !== 'connected' || !isPlainAlert(datagram)) execute(datagram)
    }
  }
}
