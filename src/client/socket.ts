/** One WebSocket that speaks `patchcord.1`: frames in, frames out. */
import {
  type NativeServerMessage,
  frameText,
  parseFrame,
  receiveFromServer
} from '../dialects/native-client.ts'
import type { NativeFrame, Received, ServerSessionMessage } from '../dialects/native-frame.ts'
import { CallError } from './errors.ts'
import type { Platform } from './platform.ts'

/** A message of a later version is `null`: it has a number all the same. */
export type FromServer = Received<NativeServerMessage | ServerSessionMessage | null>

export interface SocketHandlers {
  opened(): void
  received(frame: FromServer): void
  /** The server does not keep to the protocol. */
  violated(reason: string): void
  /** Once, whoever closed it. */
  closed(code: number, reason: string): void
}

export interface Socket {
  send(frame: NativeFrame): void
  close(code: number): void
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

export const openSocket = (
  url: string,
  { WebSocket }: Pick<Platform, 'WebSocket'>,
  handlers: SocketHandlers
): Socket => {
  const socket = new WebSocket(url, 'patchcord.1')
  socket.addEventListener('open', () => handlers.opened())
  socket.addEventListener('close', ({ code, reason }) => handlers.closed(code, reason))
  // What has gone wrong is not said, and a close follows.
  socket.addEventListener('error', () => {})
  socket.addEventListener('message', ({ data }) => {
    if (typeof data !== 'string') return handlers.violated('not text')
    const received = receiveFromServer(parseFrame(data))
    if (received.ok) handlers.received(received.message)
    else handlers.violated(received.reason)
  })
  return {
    send: (frame) => socket.send(frameText(frame)),
    close: (code) => socket.close(code)
  }
}

/** Asks for the server as a page asks for a file, which costs a browser less than a socket; closes once it knows. */
export const openProbe = (
  url: string,
  reach: (url: string, signal: AbortSignal) => Promise<boolean>,
  handlers: Pick<SocketHandlers, 'opened' | 'closed'>
): Socket => {
  const control = new AbortController()
  const close = (): void => {
    control.abort()
    handlers.closed(1006, '')
  }
  const healthUrl = url.replace(/^ws(.*)ws$/, 'http$1healthz')
  reach(healthUrl, control.signal).then((answers) => (answers ? handlers.opened() : close()), close)
  return { send: () => {}, close }
}
