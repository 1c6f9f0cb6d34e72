/** The SDK in Chromium, against a real server: real calls, with fake cameras. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { launchChromium } from '../support/browser.ts'
import { connectionsClosed, mediaArrives, received } from '../support/media.ts'
import type { Media } from '../support/sdk-page.ts'
import { gather, two } from '../support/sdk-lobby.ts'
import { type SdkPages, type Visitor, serveSdkPage, talk } from '../support/sdk-pages.ts'

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

const both = { ada: 'camera and microphone', bob: 'camera and microphone' } as const

const pair = async (media: Readonly<Record<string, Media>> = both) => {
  const lobby = await gather({ browser, pages }, media)
  return {
    ...two(lobby),
    way: lobby.way,
    restart: () => lobby.restart(),
    [Symbol.asyncDispose]: () => lobby[Symbol.asyncDispose]()
  }
}

/** Who was quick to prepare has nothing left to connect. */
const phasesOf = async (visitor: Visitor) =>
  (await visitor.state()).phases.map((phases) => phases.filter((phase) => phase !== 'connecting'))

const patience = { timeout: 30_000, interval: 100 }

/** Of the ICE that is in use at this side. */
const ufragOf = ({ page }: Visitor) =>
  page.evaluate(() => {
    const { sdp = '' } = window.peerConnections.at(-1)?.currentLocalDescription ?? {}
    return /a=ice-ufrag:(\S+)/.exec(sdp)?.[1]
  })

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
    expect(await ada.state()).toMatchObject({ problems: [] })
    expect(await bob.state()).toMatchObject({ problems: [] })
    expect(await phasesOf(ada)).toEqual([['calling', 'ringing', 'connected', 'ended']])
    expect(await phasesOf(bob)).toEqual([['ringing', 'connected', 'ended']])
  })

  test('open no camera of the callee before it accepts', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await ada.dial(bob)
    await Promise.all([ada.reaches('ringing'), bob.reaches('ringing')])
    await ada.page.waitForTimeout(500)
    const sent = await bob.page.evaluate(() =>
      window.peerConnections.flatMap((connection) => connection.getSenders().map(({ track }) => track))
    )
    expect(sent.filter((track) => track !== null)).toEqual([])

    await bob.decline()
    expect(await ended(ada)).toBe('declined')
    expect(await ended(bob)).toBe('declined')
    expect(await bob.state()).toMatchObject({ problems: [] })
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

  // A word of the server that takes more than a second is not waited for, but that is not so three times in a row.
  test(
    'end with the same word when the caller cancels while the accept is on its way',
    { retry: 2 },
    async () => {
      await using people = await pair()
      const { ada, bob } = people
      for (let round = 1; round <= 10; round += 1) {
        await ada.dial(bob)
        await Promise.all([ada.reaches('ringing'), bob.reaches('ringing')])
        await Promise.all(round % 2 === 0 ? [bob.accept(), ada.hangUp()] : [ada.hangUp(), bob.accept()])
        const reasons = [await ended(ada), await ended(bob)]
        expect(reasons[0]).toBe(reasons[1])
      }
    }
  )

  test('go on seeing and hearing each other while there is no way to the server, and after it', async () => {
    await using people = await pair()
    const { ada, bob, way } = people
    await talk(ada, bob)
    way.cut()
    for (const { page } of [ada, bob]) {
      await page.waitForFunction(() => window.client.line.state === 'resuming')
      await mediaArrives(page)
    }
    way.mend()
    for (const { page } of [ada, bob]) await page.waitForFunction(() => window.client.line.state === 'open')
    await bob.hangUp()
    expect([await ended(ada), await ended(bob)]).toEqual(['hung-up', 'hung-up'])
    expect(await phasesOf(ada)).toEqual([['calling', 'ringing', 'connected', 'ended']])
  })

  test('go on seeing and hearing each other through a restart of the server, which knows their call again', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await talk(ada, bob)
    await people.restart()
    await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
    for (const { page } of [ada, bob]) await page.waitForFunction(() => window.client.line.state === 'open')
    await ada.page.evaluate(() => window.client.showCanvas(320))
    await bob.page.waitForFunction(() => window.client.frameWidth().then((width) => width === 320))
    await ada.hangUp()
    expect([await ended(ada), await ended(bob)]).toEqual(['hung-up', 'hung-up'])
    expect(await phasesOf(bob)).toEqual([['ringing', 'connected', 'ended']])
  }, 60_000)

  test('make good descriptions that could not be applied', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await talk(ada, bob)
    await ada.page.waitForTimeout(1_000)
    const fail = (times: number) =>
      ada.page.evaluate((times) => {
        const [connection] = window.peerConnections
        if (connection === undefined) throw new Error('one is due')
        const apply = connection.setRemoteDescription.bind(connection)
        let left = times
        connection.setRemoteDescription = (description) =>
          (left -= 1) < 0 ? apply(description) : Promise.reject(new Error('not now'))
      }, times)
    await fail(1)
    await ada.page.evaluate(() => window.client.share(320))
    await bob.page.waitForFunction(() => window.client.call.remoteScreen !== null)
    // What fails twice is rolled back, and offered anew.
    const before = await ufragOf(bob)
    await fail(2)
    await ada.page.evaluate(() => window.dispatchEvent(new Event('online')))
    await vi.waitFor(async () => expect(await ufragOf(bob)).not.toBe(before), patience)
    await vi.waitFor(async () => {
      const states = await Promise.all(
        [ada, bob].map(({ page }) => page.evaluate(() => window.peerConnections[0]?.signalingState))
      )
      expect(states).toEqual(['stable', 'stable'])
    }, patience)
    await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
    expect((await ada.state()).problems).toEqual(['not now', 'not now', 'not now'])
    expect((await bob.state()).problems).toEqual([])
  })

  test('start ICE over when they are on another network, and see and hear each other all the time', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await talk(ada, bob)
    // The first path may still be being replaced by a direct one.
    await ada.page.waitForTimeout(1_000)
    const before = [await ufragOf(ada), await ufragOf(bob)]
    for (const { page } of [ada, bob]) await page.evaluate(() => window.dispatchEvent(new Event('online')))
    await vi.waitFor(async () => {
      expect(await ufragOf(ada)).not.toBe(before[0])
      expect(await ufragOf(bob)).not.toBe(before[1])
    }, patience)
    await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
    expect((await ada.state()).problems).toEqual([])
    expect((await bob.state()).problems).toEqual([])
  })

  test('who share their screens at the same moment both see both, time after time', async () => {
    await using people = await pair()
    const { ada, bob } = people
    await talk(ada, bob)
    const rounds = 100
    for (let round = 1; round <= rounds; round += 1) {
      await Promise.all([ada, bob].map(({ page }) => page.evaluate(() => window.client.share(160))))
      for (const { page } of [ada, bob])
        await page.waitForFunction(() => window.client.call.remoteScreen !== null)
      await Promise.all([ada, bob].map(({ page }) => page.evaluate(() => window.client.call.stopSharing())))
      for (const { page } of [ada, bob])
        await page.waitForFunction(() => window.client.call.remoteScreen === null)
    }
    await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
    for (const visitor of [ada, bob]) {
      const { problems, calls } = await visitor.state()
      expect(problems).toEqual([])
      expect(calls).toHaveLength(1)
    }
  }, 240_000)

  test('who call each other at once hold one call, time after time', async () => {
    await using people = await pair()
    const { ada, bob } = people
    const rounds = 200
    for (let round = 1; round <= rounds; round += 1) {
      await Promise.all([ada.dial(bob), bob.dial(ada)])
      await Promise.all([ada.reaches('connected'), bob.reaches('connected')])
      const [adas, bobs] = await Promise.all([ada.state(), bob.state()])
      expect([adas.calls.length, bobs.calls.length]).toEqual([round, round])
      expect(adas.calls.at(-1)?.id).toBe(bobs.calls.at(-1)?.id)
      if (round === rounds) await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])

      await (round % 2 === 0 ? ada : bob).hangUp()
      expect([await ended(ada), await ended(bob)]).toEqual(['hung-up', 'hung-up'])
    }
    const [adas, bobs] = await Promise.all([ada.state(), bob.state()])
    // Who gives way has opened a connection for nothing: they did collide.
    expect(adas.connections + bobs.connections).toBeGreaterThan(2 * rounds)
    expect([adas.problems, bobs.problems]).toEqual([[], []])
  }, 480_000)

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
  await using people = await gather({ browser, pages }, { ...both, cyd: 'nothing' })
  const [ada, bob, cyd] = people.visitors
  if (!ada || !bob || !cyd) throw new Error('three are due')
  await talk(ada, bob)
  await cyd.dial(bob)
  expect(await ended(cyd)).toBe('busy')
  await mediaArrives(bob.page)
  expect((await bob.state()).calls).toHaveLength(1)
})
