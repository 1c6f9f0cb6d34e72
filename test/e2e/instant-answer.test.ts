/** The instant answer in Chromium: what a caller can know before the accept, and what is left to wait for after it. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { InstantAnswer } from '../../src/client/index.ts'
import { launchChromium } from '../support/browser.ts'
import { connectionsClosed, mediaArrives } from '../support/media.ts'
import { gather, two } from '../support/sdk-lobby.ts'
import { type SdkPages, type Visitor, serveSdkPage } from '../support/sdk-pages.ts'

let browser: Browser
let pages: SdkPages

beforeAll(async () => {
  // Real addresses, so that they would be seen if they were told.
  browser = await launchChromium({ args: ['--disable-features=WebRtcHideLocalIpsWithMdns'] })
  pages = await serveSdkPage()
}, 30_000)

afterAll(async () => {
  await browser.close()
  await pages[Symbol.asyncDispose]()
})

const both = { ada: 'camera and microphone', bob: 'camera and microphone' } as const
const patience = { timeout: 30_000, interval: 50 }
const isVirtual = (address: string) => address.startsWith('198.51.100.')

/** The addresses in descriptions and candidates; 0.0.0.0 stands for none. */
const addressesIn = (heard: readonly string[]) =>
  heard
    .flatMap((text) => [
      ...text.matchAll(/(?:candidate:\S+ \d+ \S+ \d+ (\S+) \d+ typ|^c=IN IP4 (\S+)|raddr (\S+))/gm)
    ])
    .map(([, candidate, connection, related]) => candidate ?? connection ?? related ?? '')
    .filter((address) => address !== '0.0.0.0')

const ring = async (ada: Visitor, bob: Visitor) => {
  await ada.dial(bob)
  await Promise.all([ada.reaches('ringing'), bob.reaches('ringing')])
}

/** Both have a path, and nobody has been asked yet. */
const prepare = async (ada: Visitor, bob: Visitor) => {
  await ring(ada, bob)
  for (const { page } of [ada, bob]) {
    await page.waitForFunction(() => window.peerConnections.at(-1)?.connectionState === 'connected')
  }
}

const frames = ({ page }: Visitor) => page.evaluate(() => window.client.frames)

/** Milliseconds from the accept to the first frame of the caller at the callee's, and the other way round. */
const accept = async (ada: Visitor, bob: Visitor) => {
  for (const { page } of [ada, bob]) await page.evaluate(() => window.client.watch())
  const acceptedAt = await bob.page.evaluate(() => {
    const now = Date.now()
    void window.client.accept()
    return now
  })
  const firstFrame = (visitor: Visitor) =>
    vi.waitFor(async () => {
      const [first] = await frames(visitor)
      if (first === undefined) throw new Error(`${visitor.name} sees nothing`)
      return first - acceptedAt
    }, patience)
  return { atCallee: await firstFrame(bob), atCaller: await firstFrame(ada) }
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN

describe('before the accept', () => {
  test('a caller is told of the callee relayed addresses alone, and nothing comes from others', async () => {
    await using lobby = await gather({ browser, pages }, both)
    const { ada, bob } = two(lobby)
    await prepare(ada, bob)
    await ada.page.waitForTimeout(1_000)

    const told = addressesIn(await ada.page.evaluate(() => window.client.heard))
    expect(told.length).toBeGreaterThan(0)
    expect(told.filter((address) => !isVirtual(address))).toEqual([])
    const senders = await ada.page.evaluate(() => window.client.senders())
    expect(senders.length).toBeGreaterThan(0)
    expect(senders.filter((address) => !isVirtual(address))).toEqual([])
    expect(await ada.page.evaluate(() => window.client.call.remoteStream.getTracks().length)).toBe(0)
    expect(await bob.page.evaluate(() => window.client.call.remoteStream.getTracks().length)).toBe(0)
    expect(await bob.page.evaluate(() => window.client.selectedPair())).toEqual(['relay', 'relay'])
  })

  test.each<[string, InstantAnswer, number]>([
    ['nothing is opened where the answer is not instant', 'off', 0],
    ['a connection is opened where all may be told', 'all', 1]
  ])('%s', async (_name, instantAnswer, connections) => {
    await using lobby = await gather({ browser, pages }, both, { instantAnswer })
    const { ada, bob } = two(lobby)
    if (instantAnswer === 'off') await ring(ada, bob)
    else await prepare(ada, bob)
    await ada.page.waitForTimeout(500)
    expect(await bob.state()).toMatchObject({ connections, problems: [] })
    const told = addressesIn(await ada.page.evaluate(() => window.client.heard))
    expect(told.some((address) => !isVirtual(address))).toBe(instantAnswer === 'all')
  })

  test('all is closed by a decline', async () => {
    await using lobby = await gather({ browser, pages }, both)
    const { ada, bob } = two(lobby)
    await prepare(ada, bob)
    await bob.decline()
    await Promise.all([ada.reaches('ended'), bob.reaches('ended')])
    await Promise.all([connectionsClosed(ada.page), connectionsClosed(bob.page)])
    expect((await ada.state()).calls.at(-1)?.endReason).toBe('declined')
    expect((await bob.state()).calls.at(-1)?.endReason).toBe('declined')
  })
})

describe('after the accept', () => {
  // A machine that stops for half a second freezes any picture, but not three times in a row.
  test('the direct path is found, and no frame freezes on the way', { retry: 2 }, async () => {
    await using lobby = await gather({ browser, pages }, both)
    const { ada, bob } = two(lobby)
    await prepare(ada, bob)
    await accept(ada, bob)
    for (const { page } of [ada, bob]) {
      await vi.waitFor(async () => {
        const pair = await page.evaluate(() => window.client.selectedPair())
        expect(pair).toHaveLength(2)
        expect(pair).not.toContain('relay')
      }, patience)
    }
    await ada.page.waitForTimeout(1_500)
    for (const visitor of [ada, bob]) {
      await mediaArrives(visitor.page)
      const shown = await frames(visitor)
      const longest = Math.max(...shown.slice(1).map((at, before) => at - (shown[before] ?? at)))
      console.log(`${visitor.name} sees ${shown.length} frames, the longest for ${longest} ms`)
      expect(longest).toBeLessThan(500)
      expect((await visitor.state()).problems).toEqual([])
    }
  })

  test.each<InstantAnswer>(['off', 'relay', 'all'])(
    'both see each other: %s',
    async (instantAnswer) => {
      const times: { readonly atCallee: number; readonly atCaller: number }[] = []
      await using lobby = await gather({ browser, pages }, both, { instantAnswer })
      const { ada, bob } = two(lobby)
      for (let round = 0; round < 5; round += 1) {
        if (instantAnswer === 'off') await ring(ada, bob)
        else await prepare(ada, bob)
        times.push(await accept(ada, bob))
        await ada.hangUp()
        await Promise.all([ada.reaches('ended'), bob.reaches('ended')])
      }
      const callee = median(times.map(({ atCallee }) => atCallee))
      const caller = median(times.map(({ atCaller }) => atCaller))
      console.log(
        `${instantAnswer}: from the accept to the first frame, callee ${callee} ms, caller ${caller} ms`
      )
      expect((await ada.state()).problems).toEqual([])
      expect((await bob.state()).problems).toEqual([])
    },
    180_000
  )
})
