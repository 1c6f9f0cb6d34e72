/** People who use the app by its buttons, each in a browser window of their own. */
import { mkdirSync } from 'node:fs'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect, vi } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { mediaArrives, watchMedia } from './media.ts'

const album = 'dist/screenshots'

export const screens = {
  desk: { viewport: { width: 1280, height: 800 } },
  narrow: { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }
} as const satisfies Record<string, BrowserContextOptions>

/** One person's browser, as a person uses it. */
export const arriveIn = async (browser: Browser, url: string, options: BrowserContextOptions = {}) => {
  const context = await browser.newContext({ ...screens.desk, locale: 'en-US', ...options })
  const page = await context.newPage()
  await watchMedia(page)
  await page.goto(url)
  return {
    page,
    press: (name: string | RegExp) => page.getByRole('button', { name, exact: true }).click(),
    sees: (text: string | RegExp) => page.getByRole('heading', { name: text }).waitFor(),
    async join(name: string) {
      await page.getByLabel('Your name').fill(name)
      await this.press('Join')
      await this.sees('Who is here')
    },
    leave: () => context.close()
  }
}

export type Visitor = Awaited<ReturnType<typeof arriveIn>>

/** Kept for people to look at. */
export const picture = async (page: Page, name: string): Promise<void> => {
  mkdirSync(album, { recursive: true })
  await page.screenshot({ path: `${album}/${name}.png`, animations: 'disabled' })
}

interface PairOptions {
  readonly ada?: BrowserContextOptions
  readonly bob?: BrowserContextOptions
}

/** Two in a lobby of a server of their own. */
export const pairIn = async (browser: Browser, options: PairOptions = {}) => {
  const server = await serve({ port: 0, logLevel: 'silent' })
  const ada = await arriveIn(browser, server.url, options.ada)
  const bob = await arriveIn(browser, server.url, options.bob)
  await ada.join('Ada')
  await bob.join('Bob')
  return {
    server,
    ada,
    bob,
    async [Symbol.asyncDispose]() {
      await ada.leave()
      await bob.leave()
      await server.close()
    }
  }
}

export const talk = async ({ ada, bob }: { ada: Visitor; bob: Visitor }): Promise<void> => {
  await ada.press('Call Bob')
  await bob.press('Accept')
  await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
}

/** The other's picture is on the page, and moves. */
export const seesMove = async ({ page }: Visitor, name: string): Promise<void> => {
  const video = page.getByLabel(name, { exact: true })
  await video.waitFor()
  const time = () => video.evaluate((element: HTMLVideoElement) => element.currentTime)
  const before = await time()
  await vi.waitFor(async () => expect(await time()).toBeGreaterThan(before), { timeout: 30_000 })
}
