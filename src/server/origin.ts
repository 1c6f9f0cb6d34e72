/**
 * Which web pages may connect. A browser says where a page comes from, and without a check any page
 * on the web could sign in to a server inside somebody's network (CWE-1385).
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { OriginAllowed } from './websocket.ts'

const hostnameOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).hostname : null)

/**
 * Pages of the same host on any port (the MDN sample's page is on another than its server), origins
 * that were allowed by name, and clients that are no browser and send none. A page opened from disk has
 * the origin `null`, but so has a sandboxed frame of any page on the web: it too is allowed by name.
 */
export const originPolicy = (allowed: readonly string[]): OriginAllowed => {
  const names = new Set(allowed)
  return (origin, host) =>
    origin === undefined ||
    names.has('*') ||
    names.has(origin) ||
    (host !== undefined && hostnameOf(origin) !== null && hostnameOf(origin) === hostnameOf(`http://${host}`))
}

/**
 * Where the page behind a request comes from. For an image or a link a browser does not say whose page
 * it is, only that it is of another site: that counts as a page without an origin of its own.
 */
export const originOf = (headers: IncomingHttpHeaders): string | undefined =>
  headers.origin ?? (headers['sec-fetch-site'] === 'cross-site' ? 'null' : undefined)
