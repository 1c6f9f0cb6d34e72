/** A line in Chromium: pages that are left and shown again, and networks that go and come back. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { launchChromium } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { type Fault, faultyProxy } from '../support/faulty-proxy.ts'
import { type SdkPages, type Visitor, serveSdkPage, visit } from '../support/sdk-pages.ts'

let browser: Browser
let pages: SdkPages

beforeAll(async () => {
  browser = await launchChromium()
  pages = await serveSdkPage()
}, 30_000)

afterAll(async () => {
  await browser.close()
  await pages[Symbol.asyncDispose]()
})

/** Two pages, of which the first has a network of its own. */
const meet = async () => {
  const server = await serve({ port: 0, allowOrigin: ['*'] })
  const way = await faultyProxy(server.port)
  const context = await browser.newContext()
  const join = (name: string, url: string) =>
    visit(context, { page: pages.url, server: url }, { name, media: 'nothing' })
  return {
    way,
    ada: await join('ada', way.url),
    bob: await join('bob', server.url),
    async [Symbol.asyncDispose]() {
      await context.close()
      await way[Symbol.asyncDispose]()
      await server.close()
    }
  }
}

const stateOf = ({ page }: Visitor) => page.evaluate(() => window.client.line.state)
const seenBy = ({ page }: Visitor) => page.evaluate(() => window.client.line.roster.map(({ name }) => name))

test('a page that goes elsewhere is gone for the others at once', async () => {
  await using people = await meet()
  const { ada, bob } = people
  await eventually(() => seenBy(bob)).toEqual(['ada'])
  const begun = performance.now()
  await ada.page.goto('about:blank')
  await eventually(() => seenBy(bob)).toEqual([])
  // Its session would be kept for a minute.
  expect(performance.now() - begun).toBeLessThan(10_000)
})

test.each<[string, Fault]>([
  ['refuses', 'reset'],
  ['swallows', 'silence']
])(
  'a page is back on a network that %s everything for a while',
  { timeout: 60_000 },
  async (_what, fault) => {
    await using people = await meet()
    const { ada, bob, way } = people
    await eventually(() => seenBy(bob)).toEqual(['ada'])
    const { id } = await ada.page.evaluate(() => window.client.line.self)
    const bobs = await bob.page.evaluate(() => window.client.line.self.id)
    way.block(fault)
    way.cut(fault)
    await ada.page.waitForFunction(() => window.client.line.state === 'resuming')
    await ada.page.evaluate(() => window.client.line.sendText('said meanwhile'))
    const texts = bob.page.evaluate(
      () =>
        new Promise((resolve) => {
          window.client.line.addEventListener('text', ({ detail }) => resolve(detail.text))
        })
    )
    // Long enough for probes to take the place of sockets.
    await new Promise((resolve) => {
      setTimeout(resolve, 5_000)
    })
    way.mend()
    await ada.page.waitForFunction(() => window.client.line.state === 'open')
    expect(await texts).toBe('said meanwhile')
    expect(await ada.page.evaluate(() => window.client.line.self.id)).toBe(id)
    await eventually(() => stateOf(bob)).toBe('open')
    expect(await bob.page.evaluate(() => window.client.line.self.id)).toBe(bobs)
  }
)
