/**
 * The plain files: the app at `/` and `/l/NAME`, and a folder of the user's own pages before it.
 */
import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import sirv from 'sirv'
import { SettingsError } from './settings.ts'

/** The same place from `src/server` and from `dist/server`. */
const appFolder = fileURLToPath(new URL('../../dist/app', import.meta.url))

const appHeaders = {
  'Content-Security-Policy':
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; media-src 'self' blob:; " +
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  'Permissions-Policy': 'camera=(self), microphone=(self), display-capture=(self), fullscreen=(self)',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff'
}

export type PageHandler = (request: IncomingMessage, response: ServerResponse) => void

const answer = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

/** `own`: the user's folder, or the empty string. */
export const pages = (own: string): PageHandler => {
  if (own !== '' && !existsSync(own)) throw new SettingsError(`--static: there is no folder ${own}.`)
  const ownPages = own === '' ? null : sirv(own, { dev: true, etag: true })
  const app = existsSync(appFolder)
    ? sirv(appFolder, {
        etag: true,
        setHeaders: (response) => {
          for (const [name, value] of Object.entries(appHeaders)) response.setHeader(name, value)
        }
      })
    : null

  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(response, 405, 'method-not-allowed')
    const notFound = (): void => answer(response, 404, 'not-found: There is no such page here.')
    const serveApp = (): void => {
      if (app === null) return answer(response, 503, 'not-built: The app has not been built: npm run build.')
      // A lobby's address is the app itself, which reads the lobby out of it.
      if (/^\/l\/[^/]+\/?(\?|$)/.test(request.url ?? '')) request.url = '/'
      app(request, response, notFound)
    }
    if (ownPages === null) serveApp()
    else ownPages(request, response, serveApp)
  }
}
