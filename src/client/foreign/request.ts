/**
 * One HTTP request, as libwebrtc's `peerconnection_server` can read it: it wants `Content-Length` and
 * `Content-Type` in exactly this spelling, and each request on a connection of its own, which the client
 * closes. A browser does so by itself; Node's `fetch` does not, but its `http` does.
 */
import type { Answered } from '../../dialects/peerconnection-client.ts'

export interface Asked {
  readonly path: string
  /** A POST where there is one. */
  readonly body?: string
  readonly signal: AbortSignal
  /** To be sent even if the page goes. */
  readonly outlivesPage?: boolean
}

export type Response = Answered & { readonly status: number }

/** Rejects when there is no answer. */
export type Request = (asked: Asked) => Promise<Response>

/** An answer that is larger than this is none. */
const maxBytes = 4 * 1024 * 1024

/** As C's `atoi` reads it, which no server gives anything else to. */
const pragmaOf = (header: string | null | undefined): number | null =>
  header && /^\d{1,10}$/.test(header) ? Number(header) : null

const fetchRequest =
  (base: string): Request =>
  async ({ path, body, signal, outlivesPage = false }) => {
    const how = { signal, cache: 'no-store', keepalive: outlivesPage } as const
    const response = await fetch(
      base + path,
      body === undefined ? how : { ...how, method: 'POST', body, headers: { 'Content-Type': 'text/plain' } }
    )
    const text = await response.text()
    if (text.length > maxBytes) throw new Error('The answer is too large.')
    return { status: response.status, pragma: pragmaOf(response.headers.get('Pragma')), body: text }
  }

/** The part of Node's `http` that is used. */
interface NodeResponse extends AsyncIterable<Uint8Array> {
  readonly statusCode?: number
  readonly headers: { readonly pragma?: string }
}
interface NodeRequest {
  on(type: 'error', listener: (error: Error) => void): void
  end(body: string): void
}
interface NodeHttp {
  request(
    url: string,
    options: {
      readonly method: string
      readonly path: string
      readonly agent: false
      readonly signal: AbortSignal
      readonly headers: Readonly<Record<string, string>>
    },
    listener: (response: NodeResponse) => void
  ): NodeRequest
}

const isHttp = (module: unknown): module is NodeHttp =>
  typeof module === 'object' && module !== null && 'request' in module

interface NodeProcess {
  getBuiltinModule(name: string): unknown
}

const isNode = (process: unknown): process is NodeProcess =>
  typeof process === 'object' && process !== null && 'getBuiltinModule' in process

/** Not imported, so that a page can load the same file. */
const nodeHttp = (name: 'node:http' | 'node:https'): NodeHttp | null => {
  const process: unknown = Reflect.get(globalThis, 'process')
  const module = isNode(process) ? process.getBuiltinModule(name) : null
  return isHttp(module) ? module : null
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Names are sent as they are, which here means a character for each byte. */
const rawPath = (path: string): string =>
  Array.from(bytesOf(path), (byte) => String.fromCharCode(byte)).join('')

const read = async (response: NodeResponse): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > maxBytes) throw new Error('The answer is too large.')
  }
  return text
}

const nodeRequest =
  (base: string, http: NodeHttp): Request =>
  ({ path, body, signal }) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'Content-Length': String(bytesOf(body).length) }
      const type = body === undefined ? {} : { 'Content-Type': 'text/plain' }
      const request = http.request(
        base,
        {
          method: body === undefined ? 'GET' : 'POST',
          path: new URL(base).pathname.replace(/\/$/, '') + rawPath(path),
          agent: false,
          signal,
          // Which the stock server leaves to its clients, whatever it says itself.
          headers: { ...length, ...type, Connection: 'close' }
        },
        (response) => {
          const { statusCode: status = 0, headers } = response
          read(response).then((body) => resolve({ status, pragma: pragmaOf(headers.pragma), body }), reject)
        }
      )
      request.on('error', reject)
      request.end(body ?? '')
    })

/** `base` is where the server is, without a slash at its end. */
export const requestTo = (base: string): Request => {
  const http = nodeHttp(base.startsWith('https:') ? 'node:https' : 'node:http')
  return http === null ? fetchRequest(base) : nodeRequest(base, http)
}
