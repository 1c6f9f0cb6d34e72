/**
 * The care that every WebSocket gets, whatever its dialect: a half-open one is noticed, a slow reader
 * is let go, and a close comes to an end even when the peer never answers it.
 */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { TransportLimits } from './transport.ts'

/** Whether a page of this origin may connect to this host; both as in the request's headers. */
export type OriginAllowed = (origin: string | undefined, host: string | undefined) => boolean

export interface WebSocketsOptions {
  readonly limits: TransportLimits
  /** A socket is pinged this often, and dropped when nothing came from it within the next such time. */
  readonly pingMs?: number
  /** What a peer has to answer a close before its socket is destroyed. */
  readonly closeMs?: number
}

export interface SocketHandlers {
  /** A text frame, as UTF-8 that has been checked. */
  message(data: Buffer): void
  /** A binary frame, or one that breaks RFC 6455; after the latter the socket closes. */
  malformed(reason: string): void
  /** The socket is of no more use. Once, whoever ended it; nothing else follows. */
  closed(cause: CloseCause): void
}

/**
 * `left`: the peer said that it goes, with 1000 or 1001. `broken`: it does not keep to RFC 6455, or to the largest
 * message. `peer`: it vanished, or closed with another word. `silent`: it did not answer. `too-slow`: it
 * did not read what it was sent. `server`: we closed it.
 */
export type CloseCause = 'left' | 'broken' | 'peer' | 'silent' | 'too-slow' | 'server'

export interface AttendedSocket {
  /** One text frame. Does nothing once the socket is of no more use. */
  send(data: string | Buffer): void
  /** `reason` is at most 123 bytes of UTF-8: RFC 6455, section 5.5. */
  close(code: number, reason: string): void
}

export interface WebSockets {
  /** Answers upgrade requests with the subprotocol that `select` picks among those offered. */
  acceptor(select: (offered: ReadonlySet<string>) => string | false): WebSocketServer
  attend(socket: WebSocket, handlers: SocketHandlers): AttendedSocket
  /** Ends every socket with 1001, "going away". */
  close(): void
}

/** Close codes of RFC 6455, section 7.4.1. */
const NORMAL = 1000
const GOING_AWAY = 1001
const TRY_AGAIN_LATER = 1013

export const webSockets = (options: WebSocketsOptions): WebSockets => {
  const { limits, pingMs = 20_000, closeMs = 3_000 } = options
  const heartbeat = startHeartbeat(pingMs)
  const open = new Set<AttendedSocket>()

  return {
    acceptor(select) {
      // `closeTimeout` is newer than the published types of `ws`, which a literal would be checked against.
      const settings = {
        noServer: true,
        clientTracking: false,
        perMessageDeflate: false,
        maxPayload: limits.maxFrameBytes,
        closeTimeout: closeMs,
        handleProtocols: select
      }
      return new WebSocketServer(settings)
    },

    attend(socket, handlers) {
      const ending = endOnce(handlers)
      const attended: AttendedSocket = {
        send(data) {
          if (ending.ended) return
          socket.send(data, { binary: false })
          if (socket.bufferedAmount <= limits.maxQueuedBytes) return
          socket.close(TRY_AGAIN_LATER, 'too-slow')
          ending.end('too-slow')
        },
        close(code, reason) {
          socket.close(code, reason)
          ending.end('server')
        }
      }
      listen(socket, handlers, ending)
      heartbeat.watch(socket, () => {
        socket.terminate()
        ending.end('silent')
      })
      open.add(attended)
      socket.on('close', () => open.delete(attended))
      return attended
    },

    close() {
      heartbeat.stop()
      for (const attended of open) attended.close(GOING_AWAY, 'shutting-down')
    }
  }
}

interface Ending {
  readonly ended: boolean
  end(cause: CloseCause): void
}

const endOnce = (handlers: SocketHandlers): Ending => {
  let ended = false
  return {
    get ended() {
      return ended
    },
    end(cause) {
      if (ended) return
      ended = true
      handlers.closed(cause)
    }
  }
}

const listen = (socket: WebSocket, handlers: SocketHandlers, ending: Ending): void => {
  socket.on('message', (data, isBinary) => {
    if (ending.ended) return
    if (isBinary || !Buffer.isBuffer(data)) handlers.malformed('binary where text is due')
    else handlers.message(data)
  })
  socket.on('error', (error) => {
    if (!ending.ended) handlers.malformed(error.message)
    ending.end('broken')
  })
  socket.on('close', (code) => ending.end(code === NORMAL || code === GOING_AWAY ? 'left' : 'peer'))
}

interface Heartbeat {
  watch(socket: WebSocket, silent: () => void): void
  stop(): void
}

/** The pings of many sockets leave in this many portions, so that they do not hold up a call. */
const PORTIONS = 16

/** One timer for all sockets: whoever let a whole round pass without a sign of life is silent. */
const startHeartbeat = (pingMs: number): Heartbeat => {
  interface Watched {
    readonly socket: WebSocket
    readonly silent: () => void
    heard: boolean
  }
  const portions = Array.from({ length: PORTIONS }, () => new Set<Watched>())
  let watchedSoFar = 0
  let turn = 0

  const timer = setInterval(() => {
    for (const watched of portions[turn++ % PORTIONS] ?? []) {
      if (watched.heard) watched.socket.ping()
      else watched.silent()
      watched.heard = false
    }
  }, pingMs / PORTIONS)
  timer.unref()

  return {
    watch(socket, silent) {
      const watched: Watched = { socket, silent, heard: true }
      const portion = portions[watchedSoFar++ % PORTIONS]
      portion?.add(watched)
      for (const sign of ['message', 'ping', 'pong'] as const) {
        socket.on(sign, () => {
          watched.heard = true
        })
      }
      socket.on('close', () => portion?.delete(watched))
    },
    stop() {
      clearInterval(timer)
    }
  }
}

/** Answers an upgrade request with an HTTP status instead of a WebSocket. */
export const refuseUpgrade = (socket: Duplex, status: number): void => {
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
  )
}
