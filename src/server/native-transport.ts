/**
 * Moves the frames of `patchcord.1` over WebSockets at `/ws`. The text of a message is split at its
 * first line break; the body behind it stays the bytes it came as, and leaves as such.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Body, ServerMessage } from '../core/signal.ts'
import type { NativeFrame } from '../dialects/native-header.ts'
import { native, nativeCodec } from '../dialects/native.ts'
import { encodeOnce } from './encode-once.ts'
import type { WayHere } from './public-address.ts'
import { type Hub, turnedAway } from './transport.ts'
import type { WebSockets } from './websocket.ts'

export const nativeProtocol = 'patchcord.1'

/** "Policy violation", RFC 6455, section 7.4.1: for whom the hub lets go. */
const POLICY_VIOLATION = 1008
const NORMAL = 1000

const lineBreak = 0x0a

/** Bytes that are decoded only when somebody has to look inside. */
class BytesBody implements Body {
  readonly bytes: Buffer
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
  get size(): number {
    return this.bytes.length
  }
  text(): string {
    return this.bytes.toString()
  }
}

const none = new BytesBody(Buffer.alloc(0))

const split = (data: Buffer): NativeFrame => {
  const end = data.indexOf(lineBreak)
  if (end < 0) return { header: data.toString(), body: none }
  return { header: data.toString('utf8', 0, end), body: new BytesBody(data.subarray(end + 1)) }
}

const bytesOf = (body: Body): Buffer => (body instanceof BytesBody ? body.bytes : Buffer.from(body.text()))

const join = ({ header, body }: NativeFrame): string | Buffer =>
  body.size === 0 ? header : Buffer.concat([Buffer.from(`${header}\n`), bytesOf(body)])

const encode = encodeOnce((message: ServerMessage) => nativeCodec.encode(message).map(join))

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

export interface NativeTransport {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

export const nativeTransport = (options: {
  readonly hub: Hub
  readonly sockets: WebSockets
}): NativeTransport => {
  const { hub, sockets } = options
  const acceptor = sockets.acceptor((offered) => (offered.has(nativeProtocol) ? nativeProtocol : false))

  const attend = (socket: WebSocket, address: string, way: WayHere): void => {
    const attended = sockets.attend(socket, {
      message(data) {
        const message = nativeCodec.decode(split(data))
        if (message.ok) connection.receive(message.message)
        else connection.malformed(message.reason)
      },
      malformed: (reason) => connection.malformed(reason),
      closed: () => connection.closed()
    })
    const deliver = (message: ServerMessage): void => {
      for (const frame of encode(message)) attended.send(frame)
    }
    const opened = hub.connect(native, address, {
      way,
      deliver,
      close(refusal) {
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
    upgrade(request, socket, head) {
      acceptor.handleUpgrade(request, socket, head, (webSocket) => {
        attend(webSocket, request.socket.remoteAddress ?? '', wayOf(request))
      })
    }
  }
}
