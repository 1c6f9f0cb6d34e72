/**
 * Moves the frames of MDN's sample over WebSockets on any path of the server: whoever offers the
 * subprotocol `json` speaks it. The lobby is in the path, `/l/NAME`, and else is `main`.
 */
import { randomInt } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { ClientMessage, ServerMessage } from '../core/signal.ts'
import { idFrame, mdn, mdnCodec } from '../dialects/mdn.ts'
import { encodeOnce } from './encode-once.ts'
import { type Hub, turnedAway } from './transport.ts'
import type { WebSockets } from './websocket.ts'

export interface MdnTransport {
  /** Whether an upgrade request is for this dialect. */
  wants(request: IncomingMessage): boolean
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

export interface MdnTransportOptions {
  readonly hub: Hub
  readonly sockets: WebSockets
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Close codes of RFC 6455, section 7.4.1. */
const NORMAL = 1000
const POLICY_VIOLATION = 1008

const isJson = (subprotocol: string): boolean => subprotocol.trim().toLowerCase() === 'json'

/** A name that is no proper escape stays as it is, and is refused for what it then contains. */
const lobbyOf = ({ url = '/' }: IncomingMessage): string => {
  const escaped = /^\/l\/([^/?]+)/.exec(url)?.[1] ?? 'main'
  try {
    return decodeURIComponent(escaped)
  } catch {
    return escaped
  }
}

/** The same for every reader, and large. */
const encodeRoster = encodeOnce((message: Extract<ServerMessage, { type: 'roster' }>) =>
  mdnCodec.encode({ message, reader: { id: 0, name: null }, now: 0 })
)

export const mdnTransport = (options: MdnTransportOptions): MdnTransport => {
  const { hub, sockets, now = Date.now } = options
  const acceptor = sockets.acceptor((offered) => Array.from(offered).find(isJson) ?? false)

  const attend = (socket: WebSocket, request: IncomingMessage): void => {
    const id = randomInt(1, 2 ** 47)
    const lobby = lobbyOf(request)
    let name: string | null = null

    const signedInFirst = (message: ClientMessage): ClientMessage =>
      message.type === 'rename' && name === null ? { type: 'sign-in', name: message.name, lobby } : message

    const deliver = (message: ServerMessage): void => {
      if (message.type === 'welcome' || message.type === 'renamed') name = message.you.name
      const frames =
        message.type === 'roster'
          ? encodeRoster(message)
          : mdnCodec.encode({ message, reader: { id, name }, now: now() })
      for (const frame of frames) attended.send(frame)
    }

    const attended = sockets.attend(socket, {
      message(data) {
        const decoded = mdnCodec.decode(data.toString())
        if (decoded.ok) connection.receive(signedInFirst(decoded.message))
        else connection.malformed(decoded.reason)
      },
      malformed: (reason) => connection.malformed(reason),
      closed: () => connection.closed()
    })
    attended.send(idFrame(id))

    const opened = hub.connect(mdn, request.socket.remoteAddress ?? '', {
      deliver,
      close(refusal) {
        if (refusal !== null) deliver({ type: 'refused', ...refusal })
        attended.close(refusal === null ? NORMAL : POLICY_VIOLATION, refusal?.code ?? '')
      }
    })
    const connection = 'code' in opened ? turnedAway : opened
    if ('code' in opened) {
      deliver({ type: 'refused', ...opened })
      attended.close(POLICY_VIOLATION, opened.code)
    }
  }

  return {
    wants: ({ headers }) => (headers['sec-websocket-protocol'] ?? '').split(',').some(isJson),
    upgrade(request, socket, head) {
      acceptor.handleUpgrade(request, socket, head, (webSocket) => attend(webSocket, request))
    }
  }
}
