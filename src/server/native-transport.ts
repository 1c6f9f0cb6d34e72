/** Moves the frames of `patchcord.1` over WebSockets at `/ws`. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { encodeOnce } from './encode-once.ts'
import { join, split } from './native-frames.ts'
import { NativeSessions } from './native-sessions.ts'
import type { WayHere } from './public-address.ts'
import { steadyNow } from './steady-now.ts'
import type { Hub, TransportLimits } from './transport.ts'
import type { WebSockets } from './websocket.ts'

export const nativeProtocol = 'patchcord.1'

/** A frame that goes to many is put together once. */
const wire = encodeOnce(join)

/** What a proxy says of those it speaks for: RFC 7239 and 9110, and what was usual before. */
const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip']

/** As the client names this server. */
const wayOf = ({ headers }: IncomingMessage): WayHere => {
  const url = `http://${headers.host ?? ''}`
  return {
    host: URL.canParse(url) ? new URL(url).hostname : '',
    proxied: proxyHeaders.some((name) => name in headers)
  }
}

const after = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

export interface NativeTransport {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Waits for nobody any more; the sockets are not its own to close. */
  close(): void
}

export const nativeTransport = (options: {
  readonly hub: Hub
  readonly sockets: WebSockets
  readonly limits: TransportLimits
  readonly resumeMs: number
}): NativeTransport => {
  const { hub, sockets, limits, resumeMs } = options
  const { maxQueuedBytes } = limits
  const acceptor = sockets.acceptor((offered) => (offered.has(nativeProtocol) ? nativeProtocol : false))
  const sessions = new NativeSessions({ hub, maxQueuedBytes, resumeMs, now: steadyNow, after })

  const attend = (socket: WebSocket, address: string, way: WayHere): void => {
    const attended = sockets.attend(socket, {
      message: (data) => handlers.message(split(data)),
      malformed: (reason) => handlers.malformed(reason),
      closed: (cause) => handlers.closed(cause)
    })
    const handlers = sessions.attend({
      address,
      way,
      send: (frame) => attended.send(wire(frame)),
      close: (code, reason) => attended.close(code, reason)
    })
  }

  return {
    upgrade(request, socket, head) {
      acceptor.handleUpgrade(request, socket, head, (webSocket) => {
        attend(webSocket, request.socket.remoteAddress ?? '', wayOf(request))
      })
    },
    close: () => sessions.close()
  }
}
