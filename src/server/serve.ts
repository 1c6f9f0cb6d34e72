/**
 * The composition root: one port for the app, for every dialect and for the user's own pages.
 */
import { createServer, type IncomingMessage, Server as HttpServer, type ServerResponse } from 'node:http'
import { type AddressInfo, type Server as NetServer, isIPv6 } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Logger, pino } from 'pino'
import * as v from 'valibot'
import { type FrontDoor, frontDoor } from './front-door.ts'
import { SwitchboardHub } from './hub.ts'
import { iceServices, wantsOwnRelay } from './ice-services.ts'
import { mdnTransport } from './mdn-transport.ts'
import { isLoopbackHost } from './network.ts'
import { nativeProtocol, nativeTransport } from './native-transport.ts'
import { originOf, originPolicy } from './origin.ts'
import { type PageHandler, pages } from './pages.ts'
import { type PeerconnectionTransport, peerconnectionTransport } from './peerconnection-transport.ts'
import { reachOf } from './public-address.ts'
import { type RelayService, relayService } from './relay-service.ts'
import { roomsTransport } from './rooms-transport.ts'
import { type Settings, SettingsError, settingsFrom } from './settings.ts'
import { type Tls, tlsOf } from './tls.ts'
import { httpsLocation } from './to-https.ts'
import { refuseUpgrade, webSockets } from './websocket.ts'

export interface RunningServer extends AsyncDisposable {
  /** Where this machine reaches it. */
  readonly url: string
  /** Where other devices reach it over HTTPS; `null` without TLS. */
  readonly elsewhere: readonly string[] | null
  readonly port: number
  /** Tells the clients that it goes, and waits until all is closed. */
  close(): Promise<void>
}

interface Options extends Partial<Settings> {
  readonly log?: Logger
}

/** What the system says about a port that cannot be had, in one sentence that says what to change. */
const explained = (error: NodeJS.ErrnoException, port: string, host: string): SettingsError => {
  const where = host === '' ? port : `${host}, ${port}`
  const why: Record<string, string> = {
    EADDRINUSE: `Something else listens on ${where} already: stop it, or choose another with --port.`,
    EACCES: `Listening on ${where} is not allowed for this user: choose a port above 1023.`,
    EADDRNOTAVAIL: `${host} is no address of this machine: change --host.`
  }
  return new SettingsError(why[error.code ?? ''] ?? `Cannot listen on ${where}: ${error.message}`, {
    cause: error
  })
}

/** Listens, or says in one sentence why it cannot. */
const listen = async (server: NetServer, port: number, host: string): Promise<number> => {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => reject(explained(error, `port ${port}`, host))
    server.once('error', fail)
    server.listen({ port, backlog: 4_096, ...(host === '' ? {} : { host }) }, () => {
      server.removeListener('error', fail)
      resolve()
    })
  })
  const address = server.address()
  return isAddress(address) ? address.port : port
}

const isAddress = (address: string | AddressInfo | null): address is AddressInfo =>
  address !== null && typeof address !== 'string'

const closed = async (server: NetServer): Promise<void> => {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
}

/** How many free TCP ports are tried, of which the same number over UDP may be somebody else's. */
const maxTries = 10

/** The one port number: TCP for the front door, UDP for the relay. */
const listenBothWays = async (
  { door, relay }: { readonly door: FrontDoor; readonly relay: RelayService | null },
  { port: wanted, host }: Settings
): Promise<{ readonly main: NetServer; readonly port: number }> => {
  for (let tries = 1; ; tries += 1) {
    const main = door.server()
    const port = await listen(main, wanted, host)
    try {
      await relay?.listen(port, host)
      return { main, port }
    } catch (error) {
      await closed(main)
      if (!(error instanceof Error)) throw error
      if (wanted !== 0 || tries === maxTries) throw explained(error, `UDP port ${port}`, host)
    }
  }
}

/** A port beside the main one, with the same behind it. */
const alsoListen = async (door: FrontDoor, port: number, host: string): Promise<NetServer> => {
  const also = door.server()
  await listen(also, port, host)
  return also
}

const offers = (request: IncomingMessage, protocol: string): boolean =>
  (request.headers['sec-websocket-protocol'] ?? '').split(',').some((offered) => offered.trim() === protocol)

const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?', 1)[0] ?? ''

/**
 * How many clients this process has descriptors for, when some are left for requests that come and
 * go: without them, not even those who are here could say anything.
 */
const affordableConnections = (): number => {
  // Or it would look up the names of all peers that this process is connected to.
  Object.assign(process.report, { excludeNetwork: true })
  const limits = v.safeParse(openFiles, process.report.getReport())
  if (!limits.success) return Infinity
  const { soft } = limits.output.userLimits.open_files
  return soft * 0.97 - 32
}

/** Absent on Windows, and a word where there is no limit. */
const openFiles = v.object({ userLimits: v.object({ open_files: v.object({ soft: v.number() }) }) })

/**
 * What no part has foreseen ends the one request that brought it, and is told to the operator. The
 * parts listen to the second server, so that this holds for those too that listen for themselves.
 */
const guarded = (http: HttpServer, log: Logger): HttpServer => {
  const parts = new HttpServer()
  http.on('request', (request, response) => {
    try {
      parts.emit('request', request, response)
    } catch (error) {
      log.error({ err: error, url: request.url }, 'a request failed')
      if (response.headersSent) request.socket.destroy()
      else response.writeHead(500, { Connection: 'close' }).end()
    }
  })
  http.on('upgrade', (request, socket, head) => {
    try {
      parts.emit('upgrade', request, socket, head)
    } catch (error) {
      log.error({ err: error, url: request.url }, 'an upgrade failed')
      socket.destroy()
    }
  })
  http.on('clientError', (problem, socket) => {
    try {
      parts.emit('clientError', problem, socket)
    } catch (error) {
      log.error({ err: error }, 'a broken request failed')
      socket.destroy()
    }
  })
  return parts
}

/** Whether a page was asked for that has to be asked for over HTTPS; if so, that is the answer. */
const toHttps = ({ method, url, headers, socket }: IncomingMessage, response: ServerResponse): boolean => {
  if ('encrypted' in socket) return false
  const location = httpsLocation({ method, url, headers, remoteAddress: socket.remoteAddress ?? '' })
  if (location !== null) response.writeHead(307, { Location: location }).end()
  return location !== null
}

const httpOf = ({ headerMs }: Settings): HttpServer => {
  const http = createServer({
    // The hanging-GET clients speak HTTP/1.0 without a Host, and end every connection themselves.
    requireHostHeader: false,
    headersTimeout: headerMs,
    requestTimeout: headerMs * 3,
    connectionsCheckingInterval: Math.min(headerMs, 5_000),
    keepAliveTimeout: 10_000
  })
  // It never listens itself, but only one that does watches over these times.
  http.emit('listening')
  return http
}

interface Parts {
  readonly hub: SwitchboardHub
  readonly hangingGet: PeerconnectionTransport
  readonly page: PageHandler
  readonly tls: Tls | null
}

/** Answers what is neither a WebSocket nor of Socket.IO. What devices ask for comes before any redirect. */
const answering =
  ({ hub, hangingGet, page, tls }: Parts) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    if (hangingGet.handle(request, response)) return
    if (pathOf(request) === '/healthz') {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.end(`${JSON.stringify({ status: 'ok', connections: hub.connections })}\n`)
    } else if (tls === null || !toHttps(request, response)) page(request, response)
  }

interface Surroundings {
  readonly log: Logger
  readonly tls: Tls | null
}

/** All parts, put together but not yet listening. */
const assemble = (settings: Settings, { log, tls }: Surroundings) => {
  const { maxFrameBytes, maxQueuedBytes, messageBurst: burst, messagesPerSecond: perSecond } = settings
  const limits = { maxFrameBytes, maxQueuedBytes }
  const affordable = affordableConnections()
  const maxConnections = Math.min(settings.maxConnections, Math.floor(affordable * 0.8))
  const maxStreams = Math.min(settings.relayAllocations, Math.floor(affordable * 0.2))
  const relay = wantsOwnRelay(settings)
    ? relayService(settings, { log, hasTls: tls !== null, maxConnections: maxStreams })
    : null
  const hub = new SwitchboardHub({
    limits: { ...settings, maxConnections, burst, perSecond },
    ice: iceServices(settings, relay),
    onLifecycle: (event, details) => log.info(details, event)
  })
  const originAllowed = originPolicy(settings.allowOrigin)
  const sockets = webSockets({ limits, pingMs: settings.pingMs })
  const http = httpOf(settings)
  const parts = guarded(http, log)
  const nativeEnd = nativeTransport({ hub, sockets, limits, resumeMs: settings.resumeMs })
  const mdnEnd = mdnTransport({ hub, sockets })
  const hangingGet = peerconnectionTransport({
    hub,
    limits,
    waitGraceMs: settings.waitGraceMs,
    originAllowed
  })
  parts.on('request', answering({ hub, hangingGet, page: pages(settings.static), tls }))
  parts.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Socket.IO listens for itself.
    if (pathOf(request).startsWith('/socket.io/')) return
    if (!originAllowed(originOf(request.headers), request.headers.host)) refuseUpgrade(socket, 403)
    else if (pathOf(request) === '/ws' && offers(request, nativeProtocol))
      nativeEnd.upgrade(request, socket, head)
    else if (mdnEnd.wants(request)) mdnEnd.upgrade(request, socket, head)
    else refuseUpgrade(socket, 400)
  })
  parts.on('clientError', (error, socket) => hangingGet.salvage(error, socket))
  const roomsEnd = roomsTransport({
    http: parts,
    hub,
    limits,
    maxConnections,
    maxConnectionsPerAddress: settings.maxConnectionsPerAddress,
    originAllowed,
    pingMs: settings.pingMs
  })

  const door = frontDoor({ ...settings, http, tls: tls?.context ?? null, turn: relay?.attend ?? null })
  const close = (): void => {
    tls?.close()
    door.close()
    hub.close()
    hangingGet.close()
    roomsEnd.close()
    nativeEnd.close()
    sockets.close()
  }
  return { http, door, relay, close }
}

const everywhere = new Set(['', '0.0.0.0', '::'])

const urlFor = (scheme: 'http' | 'https', host: string, port: number): string =>
  `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`

/** As a browser of this machine takes it; an address that stands for all of them is no destination. */
const urlOf = (host: string, port: number, secure: boolean): string =>
  everywhere.has(host)
    ? urlFor('http', 'localhost', port)
    : urlFor(secure && !isLoopbackHost(host) ? 'https' : 'http', host, port)

const elsewhereOf = (
  tls: Tls | null,
  { host, tlsCert }: Settings,
  port: number
): readonly string[] | null => {
  if (tls === null || isLoopbackHost(host)) return tls && []
  const isOneAddress = tlsCert === '' && !everywhere.has(host)
  return (isOneAddress ? [host] : tls.namesElsewhere()).map((name) => urlFor('https', name, port))
}

const start = async (settings: Settings, surroundings: Surroundings): Promise<RunningServer> => {
  const { http, door, relay, close } = assemble(settings, surroundings)
  const servers: NetServer[] = []
  const closeAll = async (): Promise<void> => {
    close()
    http.closeAllConnections()
    await Promise.all([closed(http), relay?.close(), ...servers.map(closed)])
  }
  try {
    const { main, port } = await listenBothWays({ door, relay }, settings)
    servers.push(main)
    for (const also of settings.also) servers.push(await alsoListen(door, also, settings.host))
    const url = urlOf(settings.host, port, surroundings.tls !== null)
    const elsewhere = elsewhereOf(surroundings.tls, settings, port)
    surroundings.log.info({ port, also: settings.also }, 'listening')
    return { url, elsewhere, port, close: closeAll, [Symbol.asyncDispose]: closeAll }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/**
 * Starts a server. Rejects with a `SettingsError` whose message says what to change.
 *
 * @example
 * await using server = await serve({ port: 0 })
 * console.log(server.url)
 */
export const serve = async ({ log: given, ...options }: Options = {}): Promise<RunningServer> => {
  const settings = settingsFrom(options)
  const log = given ?? pino({ level: settings.logLevel }, pino.destination(2))
  for (const address of settings.publicIp.filter((address) => reachOf(address) === 'private')) {
    log.warn(`--public-ip: ${address} is a private address, which nobody outside its network reaches.`)
  }
  const tls = await tlsOf(settings, log)
  try {
    return await start(settings, { log, tls })
  } catch (error) {
    tls?.close()
    throw error
  }
}
