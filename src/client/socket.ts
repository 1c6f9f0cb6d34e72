/** One WebSocket that speaks `patchcord.1`: vocabulary in, vocabulary out. */
import { undecodable } from '../core/codec.ts'
import type { ClientMessage } from '../core/signal.ts'
import {
  type NativeServerMessage,
  frameText,
  nativeClientCodec,
  parseFrame
} from '../dialects/native-client.ts'
import { CallError } from './errors.ts'
import type { Platform } from './platform.ts'

export interface SocketHandlers {
  opened(): void
  message(message: NativeServerMessage): void
  /** Once, whoever closed it; `reason` says why if it was not the network. */
  closed(reason: string | null): void
}

export interface Socket {
  send(message: ClientMessage): void
  close(): void
}

/** The server's WebSocket, of the page or folder that it serves at `url`. */
export const socketUrl = (url: string | URL): string => {
  const resolved = URL.canParse('ws', url) ? new URL('ws', url) : null
  if (resolved === null || !/^(http|ws)s?:$/.test(resolved.protocol)) {
    throw new CallError(
      'unreachable',
      `${url} is no address of a server: use one like https://calls.example.org.`
    )
  }
  resolved.protocol = resolved.protocol.replace('http', 'ws')
  return resolved.href
}

/** A server that does not keep to the protocol is let go. */
export const openSocket = (
  url: string,
  { WebSocket }: Pick<Platform, 'WebSocket'>,
  handlers: SocketHandlers
): Socket => {
  const socket = new WebSocket(url, 'patchcord.1')
  let violation: string | null = null
  socket.addEventListener('open', () => handlers.opened())
  socket.addEventListener('close', () => handlers.closed(violation))
  socket.addEventListener('message', ({ data }) => {
    if (violation !== null) return
    const message =
      typeof data === 'string' ? nativeClientCodec.decode(parseFrame(data)) : undecodable('not text')
    if (!message.ok) {
      violation = message.reason
      socket.close()
    } else if (message.message !== null) handlers.message(message.message)
  })
  return {
    send(message) {
      for (const frame of nativeClientCodec.encode(message)) socket.send(frameText(frame))
    },
    close: () => socket.close()
  }
}
