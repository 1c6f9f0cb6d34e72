/** The examples as they are, in Chromium. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { launchChromium } from '../support/browser.ts'
import { connectionsClosed, mediaArrives, watchMedia } from '../support/media.ts'

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

let folder: string
let browser: Browser
let server: RunningServer
let url: string

/** Of the sources at hand: what is in `dist` may be older. */
const bundle = (from: string, to: string, options: BuildOptions = {}) =>
  build({ entryPoints: [at(from)], outfile: join(folder, to), bundle: true, format: 'esm', ...options })

beforeAll(async () => {
  await mkdir(at('.cache'), { recursive: true })
  // Within the repository, where its packages are found.
  folder = await mkdtemp(at('.cache/examples-'))
  await copyFile(at('examples/browser/index.html'), join(folder, 'browser.html'))
  await writeFile(join(folder, 'react.html'), '<!doctype html><script type="module" src="react.js"></script>')
  await bundle('src/client/index.ts', 'sdk.js')
  await bundle('examples/react/app.tsx', 'react.js', {
    jsx: 'automatic',
    jsxImportSource: 'react',
    alias: { patchcord: at('src/client/index.ts'), react: 'preact/compat', 'react-dom': 'preact/compat' }
  })
  server = await serve({ port: 0, static: folder, logLevel: 'silent' })
  url = `http://localhost:${server.port}`
  browser = await launchChromium({ args: ['--disable-features=WebRtcHideLocalIpsWithMdns'] })
}, 30_000)

afterAll(async () => {
  await browser.close()
  await server.close()
  await rm(folder, { recursive: true })
})

const open = async (context: BrowserContext, path: string): Promise<Page> => {
  const page = await context.newPage()
  await watchMedia(page)
  await page.route('**/patchcord.js', (route) => route.fulfill({ path: join(folder, 'sdk.js') }))
  await page.goto(`${url}/${path}`)
  return page
}

/** One page for each of two, in windows of their own. */
const two = async (path: string) => {
  const contexts = [await browser.newContext(), await browser.newContext()] as const
  const ada = await open(contexts[0], `${path}?name=Ada`)
  const bob = await open(contexts[1], `${path}?name=Bob`)
  return {
    ada,
    bob,
    async [Symbol.asyncDispose]() {
      for (const context of contexts) await context.close()
    }
  }
}

test('the page without a build makes a call, once the other has said yes', async () => {
  await using pages = await two('browser.html')
  const { ada, bob } = pages
  bob.on('dialog', (dialog) => void dialog.accept())
  await ada.getByRole('button', { name: 'Call Bob' }).click()
  await Promise.all([mediaArrives(ada), mediaArrives(bob)])

  await bob.getByRole('button', { name: 'Hang up' }).click()
  await ada.waitForFunction(() => document.title === 'The call has ended: hung-up')
  await Promise.all([connectionsClosed(ada), connectionsClosed(bob)])
})

test('the hook makes a call, shows its phases, and signs out with its page', async () => {
  await using pages = await two('react.html')
  const { ada, bob } = pages
  await ada.getByRole('button', { name: 'Call Bob' }).click()
  await bob.getByRole('heading', { name: 'Ada: ringing' }).waitFor()
  await bob.getByRole('button', { name: 'Accept' }).click()
  await ada.getByRole('heading', { name: 'Bob: connected' }).waitFor()
  await Promise.all([mediaArrives(ada), mediaArrives(bob)])

  await ada.getByRole('button', { name: 'Hang up' }).click()
  await bob.getByText('The call has ended: hung-up').waitFor()
  await bob.getByRole('button', { name: 'Call Ada' }).waitFor()
  await ada.close()
  await bob.getByRole('button', { name: 'Call Ada' }).waitFor({ state: 'detached' })
})
