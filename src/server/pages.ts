/**
 * The plain files: the app at `/` and `/l/NAME`, the SDK at `/patchcord.js`, and a folder of the user's own pages
 * before them.
 */
import { existsSync, realpathSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import send from 'send'
import * as v from 'valibot'
import { SettingsError } from './settings.ts'

/** The same places from `src/server` and from `dist/server`. */
const builtApp = fileURLToPath(new URL('../../dist/app', import.meta.url))
const builtSdk = fileURLToPath(new URL('../../dist/client', import.meta.url))

/** For pages that take the SDK from the server they call on, from wherever they come themselves. */
const sdkHeaders = { 'Access-Control-Allow-Origin': '*', 'X-Content-Type-Options': 'nosniff' }

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

/** What `send` says of a file that it cannot send. */
const failure = v.object({ status: v.number() })

/** Empty if the file has gone in the meantime. */
const realPathOf = (path: string): string => (existsSync(path) ? realpathSync(path) : '')

interface Miss {
  readonly response: ServerResponse
  readonly next: () => void
}

/** After half of a file there is no other answer; before it there is, without the headers of that file. */
const miss = ({ response, next }: Miss, error: unknown): void => {
  if (response.headersSent) {
    if (!response.writableEnded) response.destroy()
    return
  }
  const parsed = v.safeParse(failure, error)
  const status = parsed.success ? parsed.output.status : 500
  for (const name of response.getHeaderNames()) {
    if (status !== 416 || name !== 'content-range') response.removeHeader(name)
  }
  if (status === 404) next()
  else
    answer(
      response,
      status,
      status === 416 ? 'bad-range: There is no such part.' : 'unreadable: That page cannot be sent.'
    )
}

type Folder = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/** The files of a folder, without those whose name begins with a dot and links that lead out of it. */
const filesOf = (folder: string, headers: Readonly<Record<string, string>>): Folder => {
  const root = realpathSync(folder)
  return (request, response, next) => {
    const [path = ''] = (request.url ?? '').split('?', 1)
    send(request, path, { root, dotfiles: 'ignore', extensions: ['html'], cacheControl: false })
      .on('file', (file: string) => {
        if (!realPathOf(file).startsWith(root + sep)) notFound(response)
      })
      .on('headers', () => {
        response.setHeader('Cache-Control', 'no-cache')
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      })
      .on('error', (error: unknown) => miss({ response, next }, error))
      .pipe(response)
  }
}

const notFound = (response: ServerResponse): void =>
  answer(response, 404, 'not-found: There is no such page here.')

/** `own`: the user's folder, or the empty string; then where the app and the SDK were built. */
export const pages = (own: string, appFolder = builtApp, sdkFolder = builtSdk): PageHandler => {
  if (own !== '' && !statSync(own, { throwIfNoEntry: false })?.isDirectory()) {
    throw new SettingsError(`--static: there is no folder ${own}.`)
  }
  const ownPages = own === '' ? null : filesOf(own, {})
  const app = existsSync(appFolder) ? filesOf(appFolder, appHeaders) : null
  const sdk = existsSync(sdkFolder) ? filesOf(sdkFolder, sdkHeaders) : null

  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(response, 405, 'method-not-allowed')
    const serveApp = (): void => {
      if (sdk !== null && /^\/patchcord\.js(\?|$)/.test(request.url ?? '')) {
        request.url = '/index.js'
        return sdk(request, response, () => notFound(response))
      }
      if (app === null) return answer(response, 503, 'not-built: The app has not been built: npm run build.')
      // A lobby's address is the app itself, which reads the lobby out of it.
      if (/^\/l\/[^/]+\/?(\?|$)/.test(request.url ?? '')) request.url = '/'
      app(request, response, () => notFound(response))
    }
    if (ownPages === null) serveApp()
    else ownPages(request, response, serveApp)
  }
}
