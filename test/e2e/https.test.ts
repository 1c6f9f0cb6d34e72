/** The app in Chromium as another machine opens it: by an address, over HTTP and over HTTPS with a certificate that nobody knows. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { isIPv4 } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { deviceAddresses } from '../../src/server/tls-names.ts'
import { launchChromium } from '../support/browser.ts'
import { mediaArrives, watchMedia } from '../support/media.ts'

const album = 'dist/screenshots'
const stateDir = mkdtempSync(join(tmpdir(), 'patchcord-https-'))
let browser: Browser

beforeAll(async () => {
  mkdirSync(album, { recursive: true })
  browser = await launchChromium()
}, 30_000)

afterAll(async () => {
  await browser.close()
  rmSync(stateDir, { recursive: true })
})

const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }

const arrive = async (url: string, options: BrowserContextOptions = {}): Promise<Page> => {
  const context = await browser.newContext({ locale: 'en-US', ...options })
  const page = await context.newPage()
  await watchMedia(page)
  await page.goto(url)
  return page
}

const enter = async (page: Page, name: string): Promise<void> => {
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Join', exact: true }).click()
  await page.getByRole('heading', { name: 'Who is here' }).waitFor()
}

// Of those that this machine has: without a network it has none, and nobody to open the app there.
describe.each(deviceAddresses(networkInterfaces()).filter(isIPv4).slice(0, 1))('at %s', (address) => {
  test('a page over HTTP is sent to HTTPS, where it has a camera and calls', async () => {
    await using server = await serve({ port: 0, tls: 'auto', stateDir, logLevel: 'silent' })
    const trusting = { ignoreHTTPSErrors: true, permissions: ['camera', 'microphone'] }
    const ada = await arrive(`http://${address}:${server.port}/?lobby=garden`, trusting)
    expect(ada.url()).toBe(`https://${address}:${server.port}/?lobby=garden`)
    const bob = await arrive(`https://${address}:${server.port}/?lobby=garden`, { ...trusting, ...phone })
    await enter(ada, 'Ada')
    await enter(bob, 'Bob')
    await ada.getByRole('button', { name: 'Call Bob', exact: true }).click()
    await bob.getByRole('button', { name: 'Accept', exact: true }).click()
    await Promise.all([mediaArrives(ada), mediaArrives(bob)])
    for (const page of [ada, bob]) await page.context().close()
  })

  test('a certificate that nobody knows stops a browser that was not told to go on', async () => {
    await using server = await serve({ port: 0, tls: 'auto', stateDir, logLevel: 'silent' })
    await expect(arrive(`https://${address}:${server.port}/`)).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID')
  })

  test.each([
    ['en-US', /only to pages on https.*--tls auto.*“Advanced”.*“visit this website”/s],
    ['ko-KR', /https 주소에서만.*--tls auto.*‘고급’.*‘이 웹 사이트 방문’/s]
  ])('without TLS, the page says in %s what to do for the camera', async (locale, steps) => {
    await using server = await serve({ port: 0, logLevel: 'silent' })
    const page = await arrive(`http://${address}:${server.port}/?lobby=garden`, { ...phone, locale })
    const problem = page.getByRole('status').filter({ hasText: '--tls auto' })
    expect(await problem.innerText()).toMatch(steps)
    expect(await problem.getByRole('link').getAttribute('href')).toBe(
      `https://${address}:${server.port}/?lobby=garden`
    )
    await page.screenshot({ path: `${album}/insecure-${locale}.png`, fullPage: true, animations: 'disabled' })
    await page.context().close()
  })
})
