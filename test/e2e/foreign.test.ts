/** The SDK in Chromium as a client of the other wires: it calls their unmodified pages, and they call it. */
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { launchChromium } from '../support/browser.ts'
import type { ForeignWire } from '../support/foreign-page.ts'
import { hangingGetPage, mdnPage, roomPage } from '../support/kinds.ts'
import { listening } from '../support/listening.ts'
import { connectionsClosed, mediaArrives, watchMedia } from '../support/media.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

let browser: Browser
let url: string
let page: ReturnType<typeof createServer>

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [here('../support/foreign-page.ts')],
    bundle: true,
    format: 'esm',
    write: false
  })
  const script = outputFiles.map(({ text }) => text).join('\n')
  page = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>')
  })
  url = `http://localhost:${await listening(page)}/`
  browser = await launchChromium({ args: ['--disable-features=WebRtcHideLocalIpsWithMdns'] })
}, 30_000)

afterAll(async () => {
  await browser.close()
  page.closeAllConnections()
  page.close()
})

const visit = async (wire: ForeignWire, server: string): Promise<Page> => {
  const page = await browser.newPage()
  await watchMedia(page)
  await page.goto(url)
  await page.waitForFunction(() => 'foreign' in window)
  await page.evaluate(([wire, server]) => window.foreign.signIn(wire, server), [wire, server] as const)
  return page
}

const dial = async (page: Page, name: string): Promise<void> => {
  await page.waitForFunction(
    (name) => window.foreign.line?.roster.some((peer) => peer.name === name) ?? false,
    name
  )
  await page.evaluate((name) => window.foreign.dial(name), name)
}

const reaches = async (page: Page, phase: string): Promise<void> => {
  await page.waitForFunction((phase) => window.foreign.call?.phase === phase, phase)
}

const serving = () => serve({ port: 0, logLevel: 'silent', static: here('../pages') })

test.each([
  ['mdn', mdnPage],
  ['peerconnection', hangingGetPage]
] as const)(
  'over %s it and an unmodified page call each other, see and hear, and hear of the end',
  async (wire, kind) => {
    await using server = await serving()
    await using ada = await visit(wire, server.url)
    await using there = await browser.newPage()
    await watchMedia(there)
    await there.goto(new URL(kind.path, server.url).href)
    const bob = kind.use(there)
    await bob.signIn('bob')

    await dial(ada, 'bob')
    await Promise.all([mediaArrives(ada), mediaArrives(there)])
    await ada.evaluate(() => window.foreign.call?.hangUp())
    await bob.ended()
    await reaches(ada, 'ended')
    await connectionsClosed(ada)

    await bob.call('ada')
    await Promise.all([mediaArrives(ada), mediaArrives(there)])
    await bob.hangUp()
    await reaches(ada, 'ended')
    expect(await ada.evaluate(() => [window.foreign.call?.endReason, ...window.foreign.problems])).toEqual([
      'hung-up'
    ])
  },
  60_000
)

test('over rooms it calls an unmodified page that comes, and both see and hear', async () => {
  await using server = await serving()
  await using ada = await visit('rooms', server.url)
  await using there = await browser.newPage()
  await watchMedia(there)
  await there.goto(new URL(roomPage.path, server.url).href)
  const bob = roomPage.use(there)
  await bob.signIn('bob')
  await dial(ada, 'room')
  await Promise.all([mediaArrives(ada), mediaArrives(there)])
  await ada.evaluate(() => window.foreign.call?.hangUp())
  await bob.ended()
  await reaches(ada, 'ended')
  expect(await ada.evaluate(() => window.foreign.problems)).toEqual([])
}, 60_000)
