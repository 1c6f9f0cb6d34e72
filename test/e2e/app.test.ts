/** The app in Chromium, used by its buttons: two visitors, a real server, fake cameras. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { launchChromium } from '../support/browser.ts'
import { connectionsClosed, mediaArrives, received } from '../support/media.ts'
import { arriveIn, pairIn, picture, screens, seesMove, talk } from '../support/visitors.ts'

const patience = { timeout: 10_000, interval: 50 }

let browser: Browser

beforeAll(async () => {
  browser = await launchChromium()
}, 30_000)

afterAll(() => browser.close())

const arrive = (url: string, options: BrowserContextOptions = {}, from = browser) =>
  arriveIn(from, url, options)

const pair = (options?: Parameters<typeof pairIn>[1]) => pairIn(browser, options)

/** Counts, from now on, how often the page asks for camera or microphone. */
const countOpenings = async (page: Page): Promise<() => Promise<number>> => {
  const counter = await page.evaluateHandle(() => {
    const counted = { times: 0 }
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
    navigator.mediaDevices.getUserMedia = (constraints) => {
      counted.times++
      return open(constraints)
    }
    return counted
  })
  return () => counter.evaluate(({ times }) => times)
}

describe('two visitors', () => {
  test('see each other move, from a click on call through accept', async () => {
    await using people = await pair({ bob: { ...screens.phone, colorScheme: 'dark' } })
    const { ada, bob } = people
    await picture(ada.page, 'lobby')
    await picture(bob.page, 'lobby-phone')

    await ada.press('Call Bob')
    await bob.sees('Ada is calling')
    await vi.waitFor(async () => expect(await bob.page.title()).toContain('Ada is calling'), patience)
    await ada.page.getByText('Ringing…').waitFor()
    await picture(ada.page, 'ringing')
    await picture(bob.page, 'incoming-phone')

    await bob.press('Accept')
    await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
    await seesMove(ada, 'Bob')
    await seesMove(bob, 'Ada')
    await ada.page.mouse.move(640, 300)
    await ada.page.getByRole('timer', { name: 'Duration' }).waitFor()
    await picture(ada.page, 'call')
    await picture(bob.page, 'call-phone')
  })

  test('are not seen or heard by a ring alone: devices open on accept', async () => {
    await using people = await pair()
    const { ada, bob } = people
    const openings = await countOpenings(bob.page)
    await ada.press('Call Bob')
    await bob.sees('Ada is calling')
    await ada.page.getByText('Ringing…').waitFor()
    expect(await bob.page.getByLabel('Your picture').count()).toBe(0)
    expect(await openings()).toBe(0)
    await picture(bob.page, 'incoming')
    await bob.press('Accept')
    await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
    expect(await openings()).toBe(1)
  })

  test('reach every button of a call on the narrowest phone', async () => {
    await using people = await pair({ bob: screens.narrow })
    const { bob } = people
    await picture(bob.page, 'lobby-narrow')
    expect(await bob.page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
    await talk(people)
    await seesMove(bob, 'Ada')
    await bob.page.getByRole('button', { name: 'Messages' }).waitFor()
    const buttons = bob.page.getByRole('group', { name: 'Call controls' }).getByRole('button')
    await picture(bob.page, 'call-narrow')
    expect(await buttons.count()).toBe(6)
    for (const button of await buttons.all()) {
      const box = await button.boundingBox()
      if (!box) throw new Error('a button of the call is not shown')
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(44)
      expect(box.x).toBeGreaterThanOrEqual(0)
      expect(box.x + box.width).toBeLessThanOrEqual(320)
    }
  })

  test('end with a sentence for the one, and the lobby for the other', async () => {
    await using people = await pair()
    const { ada, bob } = people
    for (const [first, second, sentence] of [
      [ada, bob, 'Ada hung up.'],
      [bob, ada, 'Bob hung up.']
    ] as const) {
      await talk(people)
      await first.press('Hang up')
      await first.sees('Who is here')
      await second.sees(sentence)
      await picture(second.page, 'over')
      await Promise.all([connectionsClosed(ada.page), connectionsClosed(bob.page)])
      if (second === bob) await second.press('Back to the lobby')
      else await second.page.keyboard.press('Escape')
      await second.sees('Who is here')
    }
  })

  test('part when one declines', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await ada.press('Call Bob')
    await bob.press('Decline')
    await ada.sees('Bob declined.')
    await bob.sees('Who is here')
    await picture(ada.page, 'declined')
    await ada.press('Call again')
    await bob.sees('Ada is calling')
  })

  test('miss each other, and the missed call can be called back', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await ada.press('Call Bob')
    await bob.sees('Ada is calling')
    await ada.press('Cancel')
    await ada.sees('Who is here')
    await bob.sees('Missed calls')
    await bob.page.getByText('You missed a call from Ada.').waitFor()
    await picture(bob.page, 'missed')
    await bob.press('Call back: Ada')
    await ada.sees('Bob is calling')
  })

  test('are shown as busy to a third, who cannot call them', async () => {
    await using people = await pair()
    const cy = await arrive(people.server.url)
    await cy.join('Cy')
    await talk(people)
    const row = cy.page.getByRole('button', { name: 'Ada, in a call' })
    await row.waitFor()
    expect(await row.getAttribute('aria-disabled')).toBe('true')
    await picture(cy.page, 'lobby-busy')
    await cy.leave()
  })

  test('go on without a picture when one turns the camera off, and with it when it is on again', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await talk(people)
    await bob.press('Mute microphone')
    await bob.press('Unmute microphone')
    await bob.press('Turn camera off')
    await ada.sees('Bob')
    await ada.page.getByText('Bob sends no picture').waitFor()
    await picture(ada.page, 'call-no-picture')
    await bob.press('Turn camera on')
    await ada.page.getByText('Bob sends no picture').waitFor({ state: 'detached' })
    await seesMove(ada, 'Bob')
  })

  test('accept by Enter and decline by Escape', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await ada.press('Call Bob')
    await bob.sees('Ada is calling')
    // Keys that come with the ring are meant for something else.
    await bob.page.waitForTimeout(800)
    await bob.page.keyboard.press('Escape')
    await ada.sees('Bob declined.')
    await ada.press('Call again')
    await bob.sees('Ada is calling')
    await bob.page.waitForTimeout(800)
    await bob.page.keyboard.press('Enter')
    await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
  })
})

describe('one visitor', () => {
  test('takes another name, which the others see at once', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await bob.press('Change name')
    await bob.page.getByRole('textbox', { name: 'Your name' }).fill('아무개')
    await bob.press('Save')
    await ada.page.getByRole('button', { name: 'Call 아무개' }).waitFor()
  })

  test('whose name is taken is told which one it is instead', async () => {
    await using people = await pair()
    const other = await arrive(people.server.url)
    await other.join('Ada')
    await other.page.getByText('“Ada” was taken, so you are “Ada1” here.').waitFor()
    await other.leave()
  })

  test('who takes a name that is taken is told which one it is instead', async () => {
    await using people = await pair()
    const { bob } = people
    await bob.press('Change name')
    await bob.page.getByRole('textbox', { name: 'Your name' }).fill('Ada')
    await bob.press('Save')
    await bob.page.getByText('“Ada” was taken, so you are “Ada1” here.').waitFor()
  })

  test('with a link to no lobby is led to the main one', async () => {
    await using server = await serve({ port: 0, logLevel: 'silent' })
    const ada = await arrive(`${server.url}/?lobby=🌷`)
    await ada.page.getByLabel('Your name').fill('Ada')
    await ada.press('Join')
    await ada.page.getByText('The link to this lobby is not valid').waitFor()
    await picture(ada.page, 'bad-lobby')
    await ada.page.getByRole('link', { name: 'Go to the main lobby' }).click()
    await ada.press('Join')
    await ada.sees('Who is here')
    await ada.leave()
  })

  test('is greeted by the name of the last visit', async () => {
    await using server = await serve({ port: 0, logLevel: 'silent' })
    const ada = await arrive(server.url)
    await picture(ada.page, 'welcome')
    await ada.join('Ada')
    await picture(ada.page, 'lobby-empty')
    await ada.page.reload()
    expect(await ada.page.getByLabel('Your name').inputValue()).toBe('Ada')
    await ada.leave()
  })

  test('is spoken to in Korean, and in English on request', async () => {
    await using server = await serve({ port: 0, logLevel: 'silent' })
    const mina = await arrive(server.url, { locale: 'ko-KR' })
    await mina.page.getByRole('button', { name: '들어가기' }).waitFor()
    expect(await mina.page.locator('html').getAttribute('lang')).toBe('ko')
    await picture(mina.page, 'welcome-korean')
    await mina.page.getByRole('combobox', { name: '언어' }).selectOption('en')
    await mina.page.getByRole('button', { name: 'Join' }).waitFor()
    await mina.page.reload()
    await mina.page.getByRole('button', { name: 'Join' }).waitFor()
    await mina.leave()
  })

  test('meets only those in the same lobby', async () => {
    await using server = await serve({ port: 0, logLevel: 'silent' })
    const [ada, bob, cy] = [
      await arrive(`${server.url}/?lobby=kitchen`),
      await arrive(`${server.url}/?lobby=kitchen`),
      await arrive(server.url)
    ]
    await cy.join('Cy')
    await ada.join('Ada')
    await ada.page.getByText('Lobby “kitchen”', { exact: true }).waitFor()
    await bob.join('Bob')
    await ada.page.getByRole('button', { name: 'Call Bob' }).waitFor()
    expect(await ada.page.getByRole('button', { name: 'Call Cy' }).count()).toBe(0)
    for (const visitor of [ada, bob, cy]) await visitor.leave()
  })

  test('is told when the server goes away, and is back with it', async () => {
    const server = await serve({ port: 0, logLevel: 'silent' })
    const ada = await arrive(server.url)
    await ada.join('Ada')
    await server.close()
    await ada.page.getByText('Reconnecting…').waitFor()
    await picture(ada.page, 'reconnecting')
    await using again = await serve({ port: server.port, logLevel: 'silent' })
    await ada.page.getByText('Reconnecting…').waitFor({ state: 'detached' })
    const bob = await arrive(again.url)
    await bob.join('Bob')
    await ada.page.getByRole('button', { name: 'Call Bob' }).waitFor()
    await ada.leave()
    await bob.leave()
  })

  test('who gives no camera is told what to do, and still sees the other', async () => {
    await using server = await serve({ port: 0, logLevel: 'silent' })
    const denying = await launchChromium({ args: ['--use-fake-ui-for-media-stream=deny'] })
    const ada = await arrive(server.url)
    const bob = await arrive(server.url, {}, denying)
    await bob.page.getByText('Camera and microphone are blocked.').waitFor()
    await picture(bob.page, 'denied')
    await ada.join('Ada')
    await bob.join('Bob')
    await bob.press('Call Ada')
    await ada.press('Accept')
    await seesMove(bob, 'Ada')
    await mediaArrives(bob.page)
    await ada.page.getByText('Bob sends no picture').waitFor()
    expect(await received(ada.page)).toMatchObject({ framesDecoded: 0, audioPackets: 0 })
    await picture(bob.page, 'call-receiving-only')
    await ada.leave()
    await bob.leave()
    await denying.close()
  })
})
