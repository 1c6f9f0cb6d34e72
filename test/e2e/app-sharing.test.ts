/** What two can do in a call of the app beside talking, and the links on which a call begins by itself. */
import { readFileSync } from 'node:fs'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { launchChromium } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { mediaArrives } from '../support/media.ts'
import type { Visitor } from '../support/visitors.ts'
import { arriveIn, pairIn, picture, screens, seesMove, talk } from '../support/visitors.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchChromium()
}, 30_000)

afterAll(() => browser.close())

const arrive = (url: string, options: BrowserContextOptions = {}, from = browser) =>
  arriveIn(from, url, options)

const pair = (options?: Parameters<typeof pairIn>[1]) => pairIn(browser, options)

/** From now on whoever is asked for a screen gives this one. */
const offerScreen = async (page: Page): Promise<void> => {
  await page.evaluate(() => {
    navigator.mediaDevices.getDisplayMedia = async () => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 })
      const pen = canvas.getContext('2d')
      let shown = 0
      setInterval(() => {
        if (!pen) return
        pen.fillStyle = '#f5f2ea'
        pen.fillRect(0, 0, 1280, 720)
        pen.fillStyle = '#12372b'
        pen.font = '64px sans-serif'
        pen.fillText(`Slide ${(shown += 1)}`, 90, 160)
      }, 50)
      return canvas.captureStream(20)
    }
  })
}

const signsOf = async ({ page }: Visitor): Promise<string> => {
  await page.mouse.move(300, 300)
  await page.getByRole('button', { name: 'Compare these signs' }).click()
  const list = page.locator('.verification-signs')
  await list.waitFor()
  return list.innerText()
}

describe('in a call, two visitors', () => {
  test('have the same four signs to compare', async () => {
    await using people = await pair({ bob: screens.narrow })
    await talk(people)
    const signs = await signsOf(people.ada)
    expect(signs.trim().split(/\s+/).length).toBeGreaterThanOrEqual(8)
    expect(await signsOf(people.bob)).toBe(signs)
    await picture(people.ada.page, 'signs')
    await picture(people.bob.page, 'signs-narrow')
  })

  test('are told who is muted', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await talk(people)
    await bob.press('Mute microphone')
    await ada.page.getByText('muted', { exact: true }).waitFor()
    await picture(ada.page, 'call-muted')
    await bob.press('Unmute microphone')
    await ada.page.getByText('muted', { exact: true }).waitFor({ state: 'detached' })
  })

  test('are told at once when the other came in muted', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await ada.press('Call Bob')
    await ada.press('Mute microphone')
    await bob.press('Accept')
    await bob.page.getByText('muted', { exact: true }).waitFor()
  })

  test('see the screen of the other large, and the camera beside it', async () => {
    await using people = await pair({ ada: screens.narrow })
    const { ada, bob } = people
    await offerScreen(bob.page)
    await talk(people)
    await seesMove(ada, 'Bob')
    await bob.press('Share screen')
    await seesMove(ada, 'Screen of Bob')
    await seesMove(ada, 'Bob')
    const widths = await Promise.all(
      ['Screen of Bob', 'Bob'].map(async (name) => {
        const box = await ada.page.getByLabel(name, { exact: true }).boundingBox()
        return box?.width ?? 0
      })
    )
    expect(widths[0]).toBeGreaterThan(2 * (widths[1] ?? 0))
    await bob.page.getByText('You share your screen').waitFor()
    await picture(ada.page, 'screen-narrow')
    await picture(bob.page, 'screen-own')
    await bob.press('Stop sharing')
    await ada.page.getByLabel('Screen of Bob').waitFor({ state: 'detached' })
    await seesMove(ada, 'Bob')
  })

  test('write to each other, and hand over a file that the other wants', async () => {
    await using people = await pair({ bob: { ...screens.narrow, colorScheme: 'dark' } })
    const { ada, bob } = people
    await talk(people)
    // What the signs are agreed on over carries texts and files, too.
    for (const { page } of [ada, bob])
      await page.getByRole('button', { name: 'Compare these signs' }).waitFor()
    await ada.press('Messages')
    await ada.page.getByLabel('Write a message').fill('Hello, Bob. <b>Not bold</b>')
    await ada.page.keyboard.press('Enter')
    await bob.press('Messages, 1 new')
    await bob.page.getByText('Hello, Bob. <b>Not bold</b>', { exact: true }).waitFor()

    const buffer = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251))
    const file = { name: 'plan.html', mimeType: 'text/html', buffer }
    await ada.page.locator('input[type=file]').setInputFiles(file)
    await bob.page.getByText('plan.html').waitFor()
    await picture(bob.page, 'chat-narrow')
    await bob.press('Accept')
    const link = bob.page.getByRole('link', { name: 'Save' })
    await link.waitFor()
    const [download] = await Promise.all([bob.page.waitForEvent('download'), link.click()])
    expect(download.suggestedFilename()).toBe('plan.html')
    const path = await download.path()
    expect(readFileSync(path).equals(buffer)).toBe(true)
    await ada.page.getByText('complete').waitFor()

    await bob.page.locator('input[type=file]').setInputFiles({ ...file, name: 'no.html' })
    await ada.press('Decline')
    await bob.page.getByText('declined or cut off').waitFor()
    await picture(ada.page, 'chat')
    await bob.page.keyboard.press('Escape')
    const focused = () => bob.page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
    await eventually(focused).toBe('Messages')
    await ada.press('Hang up')
    await bob.sees('Ada hung up.')
    await bob.page.getByRole('link', { name: 'Save' }).waitFor()
    await picture(bob.page, 'over-received-narrow')
  })
})

describe('on a link for two', () => {
  test('both are in a call as soon as both have joined, and a third is told that it is full', async () => {
    await using server = await serve({ port: 0, logLevel: 'silent' })
    const link = `${server.url}/l/garden`
    const ada = await arrive(link)
    await picture(ada.page, 'link')
    await ada.press('Join')
    await ada.sees('Waiting for the other person')
    await picture(ada.page, 'link-waiting')
    const bob = await arrive(link, { ...screens.narrow, colorScheme: 'dark' })
    await bob.page.getByLabel('Your name').fill('Bob')
    await picture(bob.page, 'link-narrow')
    await bob.press('Join')
    await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
    await seesMove(ada, 'Bob')

    const cy = await arrive(link)
    await cy.press('Join')
    await cy.sees('This link is for two, and both are here.')
    await picture(cy.page, 'link-full')
    expect(await cy.page.getByRole('link', { name: 'New link for two' }).getAttribute('href')).toMatch(
      /^\/l\/[\w-]{22}$/
    )

    await bob.press('Hang up')
    await bob.sees('You ended the call with guest.')
    await ada.sees('Bob hung up.')
    await picture(bob.page, 'link-over-narrow')
    await bob.press('Call again')
    await ada.press('Accept')
    await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
    for (const visitor of [ada, bob, cy]) await visitor.leave()
  })

  test('whoever waits is still reached after the server was restarted, and called once', async () => {
    const server = await serve({ port: 0, logLevel: 'silent' })
    const ada = await arrive(`${server.url}/l/garden`)
    await ada.press('Join')
    await ada.sees('Waiting for the other person')
    await server.close()
    await ada.page.getByText('Reconnecting…').waitFor()
    await using again = await serve({ port: server.port, logLevel: 'silent' })
    const bob = await arrive(`${again.url}/l/garden`)
    await bob.press('Join')
    await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
    await bob.press('Hang up')
    await ada.sees(/hung up/)
    await ada.page.waitForTimeout(4000)
    await ada.sees(/hung up/)
    await bob.sees(/You ended the call/)
    for (const visitor of [ada, bob]) await visitor.leave()
  })
})
