/**
 * Moves the events of the room demo over Socket.IO 4, by polling and WebSocket, and serves its client
 * at `/socket.io/socket.io.js`, where the demo's page looks for it.
 */
import type { IncomingMessage, Server as HttpServer } from 'node:http'
import { Server, type Socket } from 'socket.io'
import { Adapter } from 'socket.io-adapter'
import * as v from 'valibot'
import type { ClientMessage, ServerMessage } from '../core/signal.ts'
import { type RoomsEvent, type RoomsSaid, rooms, roomsCodec } from '../dialects/rooms.ts'
import { encodeOnce } from './encode-once.ts'
import { addressBook } from './network.ts'
import { originOf } from './origin.ts'
import { shortMemory } from './short-memory.ts'
import type { Hub, TransportLimits } from './transport.ts'
import type { OriginAllowed } from './websocket.ts'

export interface RoomsTransport {
  /** Ends all its connections; the HTTP server is its owner's to close. */
  close(): void
}

export interface RoomsTransportOptions {
  /** Has its other `request` listeners already: Socket.IO takes its own path away from them. */
  readonly http: HttpServer
  readonly hub: Hub
  readonly limits: TransportLimits
  readonly originAllowed: OriginAllowed
  readonly pingMs?: number
  /** Sessions of Socket.IO, also those that have not said yet what they are here for. */
  readonly maxConnections?: number
  /** From one network; loopback does not count. */
  readonly maxConnectionsPerAddress?: number
  /** How long a session may take to say it. */
  readonly joinMs?: number
}

/** The `ready` that a page said, for it says it once and may lose its connection later. */
type Ready = Extract<RoomsSaid, { joins: readonly string[] }>

/** How long, and of how many pages, a `ready` is remembered after they have gone. */
const absence = { ms: 120_000, max: 10_000, now: Date.now }

/** What a client of Socket.IO shows when it comes back: the secret it was given before. */
const credentials = v.object({ pid: v.string() })

type EngineSocket = Socket['conn']

interface MeasuredEvent {
  readonly event: RoomsEvent['event']
  readonly payload: RoomsEvent['payload']
  readonly size: number
}

const encode = encodeOnce((message: ServerMessage): readonly MeasuredEvent[] =>
  roomsCodec
    .encode(message)
    .map(({ event, payload }) => ({ event, payload, size: JSON.stringify(payload).length }))
)

const serverOf = (options: RoomsTransportOptions): Server => {
  const { http, limits, originAllowed, pingMs = 20_000, joinMs = 5_000 } = options
  const { maxConnections = 100_000, maxConnectionsPerAddress = 1_000 } = options
  const addresses = addressBook(maxConnectionsPerAddress)
  const hasRoom = ({ url = '', socket }: IncomingMessage): boolean =>
    // Of a session that is there already, this is only the next request.
    new URLSearchParams(url.split('?', 2)[1]).has('sid') ||
    (io.engine.clientsCount < maxConnections && !addresses.isFull(socket.remoteAddress ?? ''))

  const io = new Server(http, {
    destroyUpgrade: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: limits.maxFrameBytes,
    pingInterval: pingMs,
    pingTimeout: pingMs,
    allowEIO3: true,
    // For the other origins that are allowed; those that are not get no further than `allowRequest`.
    cors: { origin: true },
    connectTimeout: joinMs,
    allowRequest(request, callback) {
      const { headers } = request
      callback(null, originAllowed(originOf(headers), headers.host) && hasRoom(request))
    },
    // For its secrets only: this adapter keeps no messages.
    connectionStateRecovery: {},
    adapter: Adapter
  })
  io.engine.on('connection', (session: EngineSocket) => {
    const { remoteAddress } = session
    addresses.add(remoteAddress)
    session.once('close', () => addresses.remove(remoteAddress))
  })
  return io
}

export const roomsTransport = (options: RoomsTransportOptions): RoomsTransport => {
  const io = serverOf(options)
  const present = new Map<string, Ready>()
  const absent = shortMemory<Ready>(absence)

  io.of('/').adapter.persistSession = ({ sid, pid }) => {
    const ready = present.get(sid)
    if (ready !== undefined) absent.keep(pid, ready)
  }
  io.on('connection', (socket) => {
    const page = attend(socket, options, (ready) => present.set(socket.id, ready))
    socket.on('disconnect', () => present.delete(socket.id))
    const returning = v.safeParse(credentials, socket.handshake.auth)
    const ready = returning.success ? absent.take(returning.output.pid) : undefined
    if (ready !== undefined) page.comeBack(ready)
  })
  return {
    close() {
      io.engine.close()
    }
  }
}

const attend = (
  socket: Socket,
  { hub, limits }: RoomsTransportOptions,
  joined: (ready: Ready) => void
): { comeBack(ready: Ready): void } => {
  const send = boundedSend(socket, limits.maxQueuedBytes)
  let signedIn = false
  /** The name that was asked for last. A page says its name with every text. */
  let asked = ''
  let joins: readonly string[] = []

  const deliver = (message: ServerMessage): void => {
    if (message.type === 'welcome' || message.type === 'renamed') asked = message.asked
    if (message.type === 'welcome') signedIn = true
    encode(message).forEach(send)
  }
  const connection = hub.connect(rooms, socket.handshake.address, {
    deliver,
    close(refusal) {
      if (refusal !== null) deliver({ type: 'refused', ...refusal })
      socket.disconnect(true)
    }
  })
  if ('code' in connection) {
    deliver({ type: 'refused', ...connection })
    socket.disconnect(true)
    return { comeBack() {} }
  }

  const receive = (message: ClientMessage): void => {
    if (message.type !== 'rename' || message.name !== asked) connection.receive(message)
  }
  const join = (ready: Ready): void => {
    // One that has come back is signed in already when it says so itself.
    if (signedIn && ready.joins.join() === joins.join()) return
    if (!signedIn) {
      joins = ready.joins
      joined(ready)
    }
    ready.messages.forEach(receive)
  }
  const hear = (said: RoomsSaid): void => {
    if ('joins' in said) join(said)
    else if (joins.includes(said.room)) said.messages.forEach(receive)
    else connection.malformed('said in a room that was not joined')
  }
  socket.onAny((event: string, payload: unknown) => {
    const decoded = roomsCodec.decode({ event, payload })
    if (decoded.ok) hear(decoded.message)
    else connection.malformed(decoded.reason)
  })
  socket.on('disconnect', () => connection.closed())
  return {
    /** Whoever came while the page was away said so in vain, and waits to be called or told. */
    comeBack(ready) {
      join(ready)
      receive({ type: 'ready' })
    }
  }
}

/** Sends until more is waiting than a page may leave unread; then it is let go. */
const boundedSend = (socket: Socket, maxQueuedBytes: number): ((frame: MeasuredEvent) => void) => {
  let queued = 0
  socket.conn.on('drain', () => {
    queued = 0
  })
  return ({ event, payload, size }) => {
    queued += size
    if (queued > maxQueuedBytes) socket.conn.close(true)
    else socket.emit(event, payload)
  }
}
