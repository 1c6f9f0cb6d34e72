/** The hanging GET alone on a free port, and connections on which a test says exactly what it likes. */
import { once } from 'node:events'
import { createServer, type ServerOptions } from 'node:http'
import { connect, type Socket } from 'node:net'
import {
  type PeerconnectionTransportOptions,
  peerconnectionTransport
} from '../../src/server/peerconnection-transport.ts'
import type { Hub } from '../../src/server/transport.ts'
import { listening } from './listening.ts'
import { type StrictResponse, readStrictly } from './strict-response.ts'

export interface PeerconnectionServer<H extends Hub> extends AsyncDisposable {
  readonly hub: H
  readonly port: number
  /** A connection that has sent these bytes; closed with the server at the latest. */
  say(bytes: string | Buffer): Socket
  /** The response to these bytes. */
  ask(bytes: string | Buffer): Promise<StrictResponse>
}

export interface PeerconnectionServerOptions extends Partial<PeerconnectionTransportOptions> {
  readonly http?: ServerOptions
}

export const servePeerconnection = async <H extends Hub>(
  hub: H,
  { http = {}, ...options }: PeerconnectionServerOptions = {}
): Promise<PeerconnectionServer<H>> => {
  const transport = peerconnectionTransport({
    hub,
    limits: { maxFrameBytes: 64 * 1024, maxQueuedBytes: 256 * 1024 },
    originAllowed: () => true,
    ...options
  })
  const server = createServer({ requireHostHeader: false, ...http })
  server.on('request', (request, response) => {
    if (!transport.handle(request, response)) response.writeHead(404, { Connection: 'close' }).end()
  })
  server.on('clientError', (error, socket) => transport.salvage(error, socket))
  const port = await listening(server)
  const sockets: Socket[] = []

  const say = (bytes: string | Buffer): Socket => {
    const socket = connect(port, '127.0.0.1')
    // A test that waits for an answer sees the connection close.
    socket.on('error', () => {})
    socket.write(bytes)
    sockets.push(socket)
    return socket
  }
  return {
    hub,
    port,
    say,
    ask: (bytes) => readStrictly(say(bytes)),
    async [Symbol.asyncDispose]() {
      transport.close()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}

/** A POST as the stock client sends it. */
export const post = (path: string, body: string): string =>
  `POST ${path} HTTP/1.0\r\nContent-Length: ${Buffer.byteLength(body)}\r\nContent-Type: text/plain\r\n\r\n${body}`

export const get = (path: string): string => `GET ${path} HTTP/1.0\r\n\r\n`
