/** Where a server is, and whether it is there. */
import { CallError } from './errors.ts'
import type { WebSocketLike } from './platform.ts'

/** The server's WebSocket, of the page or folder that it serves at `url`. */
export const socketUrl = (url: string | URL): string => {
  const resolved = URL.canParse('ws', url) ? new URL('ws', url) : null
  if (resolved === null || !/^(http|ws)s?:$/.test(resolved.protocol)) {
    throw new CallError('unreachable', `${url} is no address like https://calls.example.org.`)
  }
  resolved.protocol = resolved.protocol.replace('http', 'ws')
  return resolved.href
}

/** Asks for the server as a page asks for a file, which costs a browser less than a socket; tells once that it knows. */
export const openProbe = (
  url: string,
  reach: (url: string, signal: AbortSignal) => Promise<boolean>,
  tell: (answers: boolean) => void
): Pick<WebSocketLike, 'send' | 'close'> => {
  const control = new AbortController()
  const healthUrl = url.replace(/^ws(.*)ws$/, 'http$1healthz')
  reach(healthUrl, control.signal).then(tell, () => tell(false))
  return { send: () => {}, close: () => control.abort() }
}
