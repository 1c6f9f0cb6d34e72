/** Calls in Chromium whose media goes through the server's own relay, and through nothing else. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { launchChromium } from '../support/browser.ts'
import { connectionsClosed, mediaArrives } from '../support/media.ts'
import { type SdkPages, serveSdkPage, visit } from '../support/sdk-pages.ts'

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

test.each(['localhost', '127.0.0.1'])('two pages at %s see and hear each other through it', async (host) => {
  await using server = await serve({ port: 0, logLevel: 'silent', allowOrigin: ['*'] })
  const context = await browser.newContext()
  const urls = { page: pages.url, server: `http://${host}:${server.port}` }
  const relayed = { iceTransportPolicy: 'relay' } as const
  const ada = await visit(context, urls, { name: 'ada', ...relayed })
  const bob = await visit(context, urls, { name: 'bob', ...relayed })
  await ada.page.waitForFunction(() => window.client.line.roster.length === 1)
  await ada.dial(bob)
  await bob.reaches('ringing')
  await bob.accept()
  await Promise.all([ada.reaches('connected'), bob.reaches('connected')])
  await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
  for (const { page } of [ada, bob]) {
    expect(await page.evaluate(() => window.client.selectedPair())).toEqual(['relay', 'relay'])
  }
  await ada.hangUp()
  await bob.reaches('ended')
  await connectionsClosed(bob.page)
  await context.close()
})
