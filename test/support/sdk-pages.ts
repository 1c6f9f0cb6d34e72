/** Serves the page of sdk-page.ts, and opens it for as many clients as a test wants. */
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { BrowserContext, Page } from 'playwright-core'
import { listening } from './listening.ts'
import { watchMedia } from './media.ts'
import type { ConnectOptions } from '../../src/client/index.ts'
import type { Media } from './sdk-page.ts'

export const sdkPage = '<!doctype html><title>SDK</title><script type="module" src="/page.js"></script>'

/** Its script, `/page.js`. */
export const sdkPageScript = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('sdk-page.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    write: false
  })
  return outputFiles.map(({ text }) => text).join('\n')
}

export interface SdkPages extends AsyncDisposable {
  readonly url: string
}

/** The page, on a port of its own: it is not the server's own page. */
export const serveSdkPage = async (): Promise<SdkPages> => {
  const script = await sdkPageScript()
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : sdkPage)
  })
  return {
    url: `http://localhost:${await listening(server)}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    }
  }
}

export type SdkOptions = Omit<ConnectOptions, 'name' | 'media' | 'signal' | 'rtc' | 'trace'>

/** A signed-in client in a page of its own. */
export class Visitor {
  readonly page: Page
  readonly name: string

  constructor(page: Page, name: string) {
    this.page = page
    this.name = name
  }

  dial(other: Visitor): Promise<void> {
    return this.page.evaluate((name) => window.client.dial(name), other.name)
  }

  accept(): Promise<void> {
    return this.page.evaluate(() => window.client.accept())
  }

  decline(): Promise<void> {
    return this.page.evaluate(() => window.client.call.decline())
  }

  hangUp(): Promise<void> {
    return this.page.evaluate(() => window.client.call.hangUp())
  }

  /** Waits until its latest call is in this phase. */
  async reaches(phase: string): Promise<void> {
    await this.page.waitForFunction(
      (phase) => window.client.calls.length > 0 && window.client.call.phase === phase,
      phase
    )
  }

  /** Everything about its calls that others cannot see. */
  state() {
    return this.page.evaluate(() => ({
      calls: window.client.calls.map(({ id, direction, endReason }) => ({ id, direction, endReason })),
      phases: window.client.phases,
      problems: window.client.problems,
      connections: window.peerConnections.length
    }))
  }
}

export const visit = async (
  context: BrowserContext,
  urls: { readonly page: string; readonly server: string },
  {
    media = 'camera and microphone',
    ...options
  }: SdkOptions & { readonly name: string; readonly media?: Media }
): Promise<Visitor> => {
  const page = await context.newPage()
  await watchMedia(page)
  await page.goto(urls.page)
  await page.evaluate(({ server, media, options }) => window.client.signIn(server, media, options), {
    server: urls.server,
    media,
    options
  })
  return new Visitor(page, options.name)
}

/** A call from its start until both are connected. */
export const talk = async (caller: Visitor, callee: Visitor): Promise<void> => {
  await caller.dial(callee)
  await callee.reaches('ringing')
  await callee.accept()
  await Promise.all([caller.reaches('connected'), callee.reaches('connected')])
}
