/** Calls in Chromium whose media goes through a real coturn, and through nothing else. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { launchChromium } from '../support/browser.ts'
import { type Coturn, startCoturn } from '../support/coturn.ts'
import { connectionsClosed, mediaArrives } from '../support/media.ts'
import { type SdkPages, serveSdkPage, visit } from '../support/sdk-pages.ts'

const turnSecret = 'shared by both'
let coturn: Coturn
let browser: Browser
let pages: SdkPages

beforeAll(async () => {
  coturn = await startCoturn(turnSecret)
  browser = await launchChromium()
  pages = await serveSdkPage()
}, 30_000)

afterAll(async () => {
  await browser.close()
  await pages[Symbol.asyncDispose]()
  await coturn[Symbol.asyncDispose]()
})

test('two pages see and hear each other through it', async () => {
  await using server = await serve({
    port: 0,
    logLevel: 'silent',
    allowOrigin: ['*'],
    turnUrl: [coturn.url],
    turnSecret
  })
  const context = await browser.newContext()
  const urls = { page: pages.url, server: server.url }
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
  const { calls } = await ada.state()
  const users = coturn.log.matchAll(/user <\d+:(\w+):([\w-]+)>: incoming packet ALLOCATE processed, success/g)
  const known = Array.from(users, ([, call, peer]) => ({ call, peer }))
  expect(new Set(known.map(({ call }) => call))).toEqual(new Set(calls.map(({ id }) => id)))
  expect(new Set(known.map(({ peer }) => peer)).size).toBe(2)
  await ada.hangUp()
  await bob.reaches('ended')
  await connectionsClosed(bob.page)
  await context.close()
})
