/**
 * Which requests over plain HTTP are sent to HTTPS: those of a person with a browser on another machine,
 * where without HTTPS there is no camera. Devices and programs may know no TLS, and are served as they ask.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback } from './network.ts'

export interface PlainRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly remoteAddress: string
}

/** What a browser says when it opens a page, rather than something for one. Plain HTTP hears the first of it only from the newest. */
const opensPage = (headers: IncomingHttpHeaders): boolean => {
  const mode = headers['sec-fetch-mode']
  if (mode !== undefined) return mode === 'navigate'
  return headers['upgrade-insecure-requests'] === '1' || /\btext\/html\b/.test(headers.accept ?? '')
}

/** A proxy has taken the request, and may have done so over HTTPS. */
const isForwarded = (headers: IncomingHttpHeaders): boolean =>
  'forwarded' in headers || 'x-forwarded-proto' in headers || 'x-forwarded-for' in headers

const hostAndPort = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

/** Where such a request should go, or `null` if it should stay. */
export const httpsLocation = ({ method, url = '', headers, remoteAddress }: PlainRequest): string | null => {
  if (method !== 'GET' && method !== 'HEAD') return null
  const { host = '' } = headers
  if (isLoopback(remoteAddress) || isForwarded(headers) || !opensPage(headers)) return null
  if (!hostAndPort.test(host) || !url.startsWith('/')) return null
  // It is this port that speaks both, also where it is the one that HTTP leaves out.
  return `https://${/:\d+$/.test(host) ? host : `${host}:80`}${url}`
}
