/** The SDK in Chromium, against a real server: real calls, with fake cameras. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { launchChromium } from '../support/browser.ts'
import { cuttableWay } from '../support/cuttable.ts'
import { connectionsClosed, mediaArrives, received } from '../support/media.ts'
import type { Media } from '../support/sdk-page.ts'
import { type SdkPages, type Visitor, serveSdkPage, talk, visit } from '../support/sdk-pages.ts'

let browser: Browser
let pages: SdkPages

beforeAll(async () => {
  browser = await launchChromium({ args: ['--disable-features=WebRtcHideLocalIpsWithMdns'] })
  pages = await serveSdkPage()
}, 30_000)

afterAll(async () => {
  await browser.close()
  await pages[Symbol.asyncDispose]()
})

/** A server with some clients on it. */
const gather = async (clients: Readonly<Record<string, Media>>) => {
  const server = await serve({ port: 0, logLevel: 'silent' })
  const way = await cuttableWay(server.port)
  const context = await browser.newContext()
  const visitors: Visitor[] = []
  for (const [name, media] of Object.entries(clients)) {
    visitors.push(await visit(context, { page: pages.url, server: way.url }, { name, media }))
  }
  const everybodySeesAll = async () => {
    for (const { page } of visitors) {
      await page.waitForFunction((others) => window.client.line.roster.length === others, visitors.length - 1)
    }
  }
  await everybodySeesAll()
  return {
    way,
    visitors,
    async [Symbol.asyncDispose]() {
      await context.close()
      await way[Symbol.asyncDispose]()
      await server.close()
    }
  }
}

const both = { ada: 'camera and microphone', bob: 'camera and microphone' } as const

const pair = async (media: Readonly<Record<string, Media>> = both) => {
  const gathered = await gather(media)
  const [ada, bob] = gathered.visitors
  if (!ada || !bob) throw new Error('two are due')
  return { way: gathered.way, ada, bob, [Symbol.asyncDispose]: () => gathered[Symbol.asyncDispose]() }
}

const ended = async (visitor: Visitor) => {
  await visitor.reaches('ended')
  await connectionsClosed(visitor.page)
  return (await visitor.state()).calls.at(-1)?.endReason
}

describe('two pages', () => {
  test('see and hear each other, until one hangs up', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await talk(ada, bob)
    await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])

    await bob.hangUp()
    expect(await ended(ada)).toBe('hung-up')
    expect(await ended(bob)).toBe('hung-up')
    expect(await ada.state()).toMatchObject({
      phases: [['calling', 'ringing', 'connecting', 'connected', 'ended']],
      problems: []
    })
    expect(await bob.state()).toMatchObject({
      phases: [['ringing', 'connecting', 'connected', 'ended']],
      problems: []
    })
  })

  test('open no connection of the callee before it accepts', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await ada.dial(bob)
    await Promise.all([ada.reaches('ringing'), bob.reaches('ringing')])
    await ada.page.waitForTimeout(500)
    expect(await ada.state()).toMatchObject({ connections: 1 })
    expect(await bob.state()).toMatchObject({ connections: 0 })

    await bob.decline()
    expect(await ended(ada)).toBe('declined')
    expect(await ended(bob)).toBe('declined')
    expect(await bob.state()).toMatchObject({ connections: 0, problems: [] })
  })

  test('hear that the caller has changed its mind', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await ada.dial(bob)
    await bob.reaches('ringing')
    await ada.hangUp()
    expect(await ended(bob)).toBe('cancelled')
    expect(await ended(ada)).toBe('cancelled')
  })

  test('end a call whose other page is gone', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await talk(ada, bob)
    await bob.page.close()
    expect(await ended(ada)).toBe('left')
  })

  test('go on seeing and hearing each other while the server is away, until it has forgotten them', async () => {
    await using people = await pair()
    const { ada, bob, way } = people
    await talk(ada, bob)
    way.cut()
    for (const { page } of [ada, bob]) {
      await page.waitForFunction(() => window.client.line.state === 'resuming')
      await mediaArrives(page)
    }
    expect((await ada.state()).phases).toEqual([['calling', 'ringing', 'connecting', 'connected']])
    expect((await bob.state()).phases).toEqual([['ringing', 'connecting', 'connected']])

    way.mend()
    expect([await ended(ada), await ended(bob)]).toEqual(['left', 'left'])
    await ada.page.waitForFunction(() => window.client.line.state === 'open')
  })

  test('who call each other at once hold one call, time after time', async () => {
    await using people = await pair()
    const { ada, bob } = people
    for (let round = 1; round <= 20; round += 1) {
      await Promise.all([ada.dial(bob), bob.dial(ada)])
      await Promise.all([ada.reaches('connected'), bob.reaches('connected')])
      const [adas, bobs] = await Promise.all([ada.state(), bob.state()])
      expect([adas.calls.length, bobs.calls.length]).toEqual([round, round])
      expect(adas.calls.at(-1)?.id).toBe(bobs.calls.at(-1)?.id)
      if (round === 20) await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])

      await (round % 2 === 0 ? ada : bob).hangUp()
      expect([await ended(ada), await ended(bob)]).toEqual(['hung-up', 'hung-up'])
    }
    const [adas, bobs] = await Promise.all([ada.state(), bob.state()])
    // Who gives way has opened a connection for nothing: they did collide.
    expect(adas.connections + bobs.connections).toBeGreaterThan(2 * 20)
    expect([adas.problems, bobs.problems]).toEqual([[], []])
  }, 60_000)

  test('replace a picture in the middle of a call', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await talk(ada, bob)
    await mediaArrives(bob.page)
    await ada.page.evaluate(() => window.client.showCanvas(320))
    await bob.page.waitForFunction(() => window.client.frameWidth().then((width) => width === 320))
    expect((await ada.state()).problems).toEqual([])
  })
})

describe('a page without a camera', () => {
  test('is called, and sees and hears its caller', async () => {
    await using people = await pair({ ada: 'camera and microphone', bob: 'nothing' })
    const { ada, bob } = people
    await talk(ada, bob)
    await mediaArrives(bob.page)
    expect(await received(ada.page)).toMatchObject({ framesDecoded: 0, audioPackets: 0 })
  })

  test('calls, and sees and hears its callee', async () => {
    await using people = await pair({ ada: 'nothing', bob: 'camera and microphone' })
    const { ada, bob } = people
    await talk(ada, bob)
    await mediaArrives(ada.page)
    expect(await received(bob.page)).toMatchObject({ framesDecoded: 0, audioPackets: 0 })
  })

  test('begins to send in the middle of a call, also when both do so at once', async () => {
    await using people = await pair({ ada: 'nothing', bob: 'nothing' })
    const { ada, bob } = people
    await talk(ada, bob)
    await Promise.all([ada, bob].map(({ page }) => page.evaluate(() => window.client.showCanvas(320))))
    await Promise.all(
      [ada, bob].map(({ page }) =>
        vi.waitFor(async () => expect((await received(page)).framesDecoded).toBeGreaterThan(5), 10_000)
      )
    )
    expect((await ada.state()).problems).toEqual([])
    expect((await bob.state()).problems).toEqual([])
  })
})

test('a third page hears that the callee is busy, and the call goes on', async () => {
  await using people = await gather({ ...both, cyd: 'nothing' })
  const [ada, bob, cyd] = people.visitors
  if (!ada || !bob || !cyd) throw new Error('three are due')
  await talk(ada, bob)
  await cyd.dial(bob)
  expect(await ended(cyd)).toBe('busy')
  await mediaArrives(bob.page)
  expect((await bob.state()).calls).toHaveLength(1)
})
