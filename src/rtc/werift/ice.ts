/** What has to be set within werift's ICE, since its configuration has no word for it. Its version is pinned for this. */
import { setTimeout } from 'node:timers/promises'
import { type RTCIceServer, type RTCPeerConnection, parseIceServers } from 'werift'
import { searchAnew } from './path-search.ts'
import { Relays, tendRelays } from './relays.ts'

interface IceConfiguration {
  readonly iceServers: RTCIceServer[]
  readonly iceTransportPolicy: 'all' | 'relay'
}

/** How long a description waits for candidates, so that the first ones are in it. */
const gatherMs = 100

/** How long what was the path before a restart may still be used. RFC 7675, section 5.1, allows for thirty seconds. */
const formerPathMs = 15_000

const prepared = new WeakSet<object>()

type IceTransport = RTCPeerConnection['iceTransports'][number]

const describeEarly = (transport: IceTransport): void => {
  const gather = transport.gather.bind(transport)
  transport.gather = async () => {
    const timer = new AbortController()
    const time = setTimeout(gatherMs, undefined, { signal: timer.signal }).catch(() => {})
    await Promise.race([gather(), time])
    timer.abort()
  }
}

const closingOf = ({ connection }: IceTransport): AbortSignal => {
  const closing = new AbortController()
  const close = connection.close.bind(connection)
  connection.close = () => {
    closing.abort(new Error('The connection is closed.'))
    return close()
  }
  return closing.signal
}

/**
 * Once a section of a description was inactive, as that of a screen that is shared no more, werift takes the partner's
 * next start of ICE for the choice of another path among those that are known, and looks for none.
 */
const startOverAlways = (transport: IceTransport): void => {
  const take = transport.setRemoteParams.bind(transport)
  Reflect.set(transport, 'renominating', false)
  transport.setRemoteParams = (parameters) => take(parameters)
}

/** Werift is silent from the moment at which ICE starts over until there is another path, though the old one is as good. */
const sendOverFormerPath = ({ connection }: IceTransport, relays: Relays): void => {
  let former: { readonly pair: NonNullable<typeof connection.nominated>; readonly until: number } | null =
    null
  const restart = connection.restart.bind(connection)
  const send = connection.send.bind(connection)
  connection.restart = () => {
    const pair = connection.nominated
    if (pair) former = { pair, until: performance.now() + formerPathMs }
    void relays.startOver(formerPathMs)
    return restart()
  }
  connection.send = async (data) => {
    if (connection.nominated || former === null || performance.now() > former.until) return send(data)
    await former.pair.protocol.sendData(data, former.pair.remoteAddr)
  }
}

/** Werift calls a connection failed when it is asked twice to begin, as it is where ICE starts over before. */
const encryptOnce = (dtls: RTCPeerConnection['dtlsTransports'][number]): void => {
  const start = dtls.start.bind(dtls)
  let started: Promise<void> | null = null
  dtls.start = () => (started ??= start())
}

/** Before candidates are gathered, and once for all of a connection. */
export const prepareIce = ({ iceTransports, dtlsTransports, config }: RTCPeerConnection): void => {
  tendRelays()
  const { stunServer } = parseIceServers(config.iceServers)
  for (const transport of iceTransports) {
    // Werift takes one of Google's for one that was left out.
    if (stunServer === undefined) delete transport.connection.stunServer
    if (prepared.has(transport)) continue
    prepared.add(transport)
    describeEarly(transport)
    startOverAlways(transport)
    const closing = closingOf(transport)
    searchAnew(transport, closing)
    sendOverFormerPath(transport, new Relays(transport.connection, closing))
  }
  for (const dtls of dtlsTransports) {
    if (prepared.has(dtls)) continue
    prepared.add(dtls)
    encryptOnce(dtls)
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

/** As much of werift's as is needed to look for a path. */
interface Encrypted {
  readonly state: string
  readonly iceTransport: { start(): Promise<void> }
}

/**
 * After an ICE restart: werift looks for a path only while there is no encryption yet, and would wait for the other
 * side to do so. Called when both descriptions are there. Where there is a path already, found by the other side alone,
 * werift would have no consent to send on it (RFC 7675), and be silent for good.
 */
export const startIceOver = ({ dtlsTransports }: { readonly dtlsTransports: readonly Encrypted[] }): void => {
  for (const { state, iceTransport } of dtlsTransports) {
    // Where it finds no path its state says so.
    if (state === 'connected') iceTransport.start().catch(() => {})
  }
}
