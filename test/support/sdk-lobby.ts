/** A server with some pages of the SDK on it, over a way that a test can cut. */
import type { Browser, BrowserContext } from 'playwright-core'
import { serve } from '../../src/server/serve.ts'
import { type CuttableWay, cuttableWay } from './cuttable.ts'
import type { Media } from './sdk-page.ts'
import { type SdkPages, type SdkOptions, type Visitor, visit } from './sdk-pages.ts'

export interface SdkLobby extends AsyncDisposable {
  readonly way: CuttableWay
  readonly visitors: readonly Visitor[]
  /** The server is another one from now on, and knows nothing. */
  restart(): Promise<void>
}

/** One client for each name, who all see each other. */
export const gather = async (
  { browser, pages }: { readonly browser: Browser; readonly pages: SdkPages },
  clients: Readonly<Record<string, Media>>,
  options: SdkOptions = {}
): Promise<SdkLobby> => {
  let server = await serve({ port: 0, logLevel: 'silent' })
  const way = await cuttableWay(server.port)
  const contexts: BrowserContext[] = []
  const visitors: Visitor[] = []
  for (const [name, media] of Object.entries(clients)) {
    // A window of its own: one that another covers is drawn once a second.
    const context = await browser.newContext()
    contexts.push(context)
    visitors.push(await visit(context, { page: pages.url, server: way.url }, { ...options, name, media }))
  }
  for (const { page } of visitors) {
    await page.waitForFunction((others) => window.client.line.roster.length === others, visitors.length - 1)
  }
  return {
    way,
    visitors,
    async restart() {
      const { port } = server
      await server.close()
      server = await serve({ port, logLevel: 'silent' })
    },
    async [Symbol.asyncDispose]() {
      for (const context of contexts) await context.close()
      await way[Symbol.asyncDispose]()
      await server.close()
    }
  }
}

export const two = ({ visitors }: SdkLobby): { readonly ada: Visitor; readonly bob: Visitor } => {
  const [ada, bob] = visitors
  if (!ada || !bob) throw new Error('two are due')
  return { ada, bob }
}
