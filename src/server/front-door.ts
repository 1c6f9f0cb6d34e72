/**
 * What a TCP connection meets first. TLS, HTTP with its WebSockets, and TURN share one port, and are told
 * apart by the first byte: in each of them it is the client that speaks first.
 */
import type { Server as HttpServer } from 'node:http'
import { type Server as NetServer, type Socket, createServer } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'
import { SilentConnections } from './silent-connections.ts'

export type WayIn = 'tls' | 'turn' | 'http' | 'none'

export interface Ways {
  /** Whether this is inside TLS already. */
  readonly secure: boolean
  readonly tls: boolean
  readonly turn: boolean
}

/** The content type "handshake" of a TLS record: RFC 8446, section 5.1. */
const tlsHandshake = 0x16
/** Two zero bits, and a message type of which all that are in use fit into the rest: RFC 8489, section 5. */
const lastStunByte = 0x03

/** TURN over TCP begins with a STUN message: there are no channels yet to send data on. */
export const wayIn = (firstByte: number, { secure, tls, turn }: Ways): WayIn => {
  if (firstByte === tlsHandshake) return tls && !secure ? 'tls' : 'none'
  if (firstByte <= lastStunByte) return turn ? 'turn' : 'none'
  return 'http'
}

export interface FrontDoorOptions {
  readonly http: HttpServer
  /** What the next client's TLS is made with; without it, who speaks TLS is turned away. */
  readonly tls?: (() => SecureContext) | null
  /**
   * Takes a TURN client over, with all that it has sent still to be read. Within TLS it is a `TLSSocket`
   * (`'encrypted' in socket`). Its `close` comes after errors, too; until then it is the taker's to end, and
   * that also when the client has ended its half.
   */
  readonly turn?: ((socket: Socket) => void) | null
  /** From the connection to the first byte, the TLS handshake included. */
  readonly headerMs: number
  /** So many from one network may be silent. */
  readonly maxConnectionsPerAddress: number
}

export interface FrontDoor {
  /** Its connections come in here. Its owner listens with it, and closes it. */
  server(): NetServer
  /** Lets those go that have not said yet what they are here for. */
  close(): void
}

/** Calls `spoken` with the first byte, which stays to be read; ends a client that has nothing to say. */
const hearFirstByte = (socket: Socket, spoken: (firstByte: number) => void): void => {
  const giveUp = (): void => {
    socket.destroy()
  }
  // For as long as it lives, for it goes from hand to hand.
  socket.on('error', giveUp)
  socket.once('end', giveUp)
  socket.once('data', (chunk: Buffer) => {
    socket.removeListener('end', giveUp)
    // Or it would flow on before there is somebody to read it.
    socket.pause()
    socket.unshift(chunk)
    spoken(chunk.readUInt8())
  })
}

export const frontDoor = (options: FrontDoorOptions): FrontDoor => {
  const { http, tls = null, turn = null } = options
  const silent = new SilentConnections({
    patienceMs: options.headerMs,
    max: 8_192,
    maxPerAddress: options.maxConnectionsPerAddress
  })

  const attend = (socket: Socket, secure: boolean, spoken: () => void): void => {
    hearFirstByte(socket, (firstByte) => {
      const way = wayIn(firstByte, { secure, tls: tls !== null, turn: turn !== null })
      if (way === 'tls' && tls !== null) {
        attend(new TLSSocket(socket, { isServer: true, secureContext: tls() }), true, spoken)
        return
      }
      spoken()
      if (way === 'http') http.emit('connection', socket)
      else if (way === 'turn') turn?.(socket)
      else socket.destroy()
      socket.resume()
    })
  }

  return {
    server: () =>
      createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
        const spoken = silent.add(socket)
        if (spoken === null) socket.destroy()
        else attend(socket, false, spoken)
      }),
    close: () => silent.close()
  }
}
