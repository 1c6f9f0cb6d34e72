/** What is shared in a call beside camera and microphone, in Chromium, against a real server. */
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { launchChromium } from '../support/browser.ts'
import { mdnPage } from '../support/kinds.ts'
import { mediaArrives, watchMedia } from '../support/media.ts'
import { middleMan } from '../support/middle-man.ts'
import { type SdkPages, type Visitor, serveSdkPage, talk, visit } from '../support/sdk-pages.ts'

const patience = { timeout: 30_000, interval: 50 }

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

const cameraWidth = 640

/** What the signs are agreed on over carries texts and files, too. */
const channelOpens = ({ page }: Visitor) =>
  page.waitForFunction(() => window.client.call.verification.state === 'ready', undefined, patience)

/** Two in a call. */
const talking = async () => {
  const server = await serve({ port: 0, logLevel: 'silent' })
  const context = await browser.newContext()
  const urls = { page: pages.url, server: server.url }
  const ada = await visit(context, urls, { name: 'ada' })
  const bob = await visit(context, urls, { name: 'bob' })
  for (const { page } of [ada, bob]) await page.waitForFunction(() => window.client.line.roster.length === 1)
  await talk(ada, bob)
  await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
  await Promise.all([ada, bob].map(channelOpens))
  return {
    ada,
    bob,
    async [Symbol.asyncDispose]() {
      await context.close()
      await server.close()
    }
  }
}

const noProblems = async (...visitors: readonly Visitor[]): Promise<void> => {
  for (const visitor of visitors) expect((await visitor.state()).problems).toEqual([])
}

const share = ({ page }: Visitor, width: number) =>
  page.evaluate((width) => window.client.share(width), width)

const stopSharing = ({ page }: Visitor) => page.evaluate(() => window.client.call.stopSharing())

const screenComes = ({ page }: Visitor) =>
  page.waitForFunction(() => window.client.call.remoteScreen !== null, undefined, patience)

const screenGoes = ({ page }: Visitor) =>
  page.waitForFunction(() => window.client.call.remoteScreen === null, undefined, patience)

/** The width of what is seen: frames of it were decoded. */
const sees = ({ page }: Visitor, which: 'remoteStream' | 'remoteScreen', frames?: number) =>
  page.evaluate(([which, frames]) => window.client.look(which, frames), [which, frames] as const)

/** A browser whose machine is busy sends a smaller picture for a while. */
const seesCamera = (visitor: Visitor) =>
  vi.waitFor(async () => expect(await sees(visitor, 'remoteStream')).toBe(cameraWidth), patience)

const videoTracks = ({ page }: Visitor) =>
  page.evaluate(() => window.client.call.remoteStream.getVideoTracks().length)

const sections = ({ page }: Visitor) =>
  page.evaluate(() => window.peerConnections.at(-1)?.currentLocalDescription?.sdp.match(/^m=/gm)?.length ?? 0)

describe('in a call, two pages', () => {
  test('write to each other', async () => {
    await using people = await talking()
    const { ada, bob } = people
    for (const { page, name } of [ada, bob]) {
      await page.evaluate((name) => {
        for (let number = 1; number <= 50; number += 1)
          window.client.call.sendMessage(`${number}. of ${name} 👋`)
      }, name)
    }
    for (const [to, from] of [
      [ada, 'bob'],
      [bob, 'ada']
    ] as const) {
      await to.page.waitForFunction(() => window.client.messages.length === 50)
      expect(await to.page.evaluate(() => window.client.messages)).toEqual(
        Array.from({ length: 50 }, (_, at) => `${at + 1}. of ${from} 👋`)
      )
    }
  })

  test('hand over a file of some megabytes, unharmed', async () => {
    await using people = await talking()
    const { ada, bob } = people
    const sent = ada.page.evaluate(async () => {
      const bytes = new Uint8Array(5_000_001)
      for (let at = 0; at < bytes.length; at += 65_536)
        crypto.getRandomValues(bytes.subarray(at, at + 65_536))
      const file = new File([bytes], 'holiday.bin', { type: 'application/x-holiday' })
      await window.client.call.sendFile(file)
      return [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
    })
    await bob.page.waitForFunction(() => window.client.files.length === 1)
    const arrived = await bob.page.evaluate(async () => {
      const [file] = window.client.files
      const blob = await file?.accept()
      const bytes = (await blob?.arrayBuffer()) ?? new ArrayBuffer(0)
      const hash = [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
      return { name: file?.name, type: blob?.type, size: bytes.byteLength, hash }
    })
    expect(arrived).toEqual({
      name: 'holiday.bin',
      type: 'application/x-holiday',
      size: 5_000_001,
      hash: await sent
    })
  })

  test('say that they do not want a file', async () => {
    await using people = await talking()
    const { ada, bob } = people
    const sent = ada.page.evaluate(() =>
      window.client.call.sendFile(new Blob(['x'])).then(
        () => 'sent',
        (error: unknown) => (error instanceof Error && 'code' in error ? error.code : 'unknown')
      )
    )
    await bob.page.waitForFunction(() => window.client.files.length === 1)
    await bob.page.evaluate(() => window.client.files[0]?.decline())
    expect(await sent).toBe('file-failed')
  })

  test('hear who is muted, and what was muted is not so after the call', async () => {
    await using people = await talking()
    const { ada, bob } = people
    expect(await bob.page.evaluate(() => window.client.call.remoteMuted)).toEqual({
      audio: false,
      video: false
    })
    const enabled = () =>
      ada.page.evaluate(() => window.client.call.localStream?.getAudioTracks().map((track) => track.enabled))
    await ada.page.evaluate(() => window.client.call.mute('audio'))
    await bob.page.waitForFunction(() => window.client.call.remoteMuted.audio)
    expect(await enabled()).toEqual([false])
    await ada.page.evaluate(() => window.client.call.unmute('audio'))
    await bob.page.waitForFunction(() => !window.client.call.remoteMuted.audio)
    expect(await enabled()).toEqual([true])
    await ada.page.evaluate(() => window.client.call.mute('audio'))
    await bob.page.waitForFunction(() => window.client.call.remoteMuted.audio)
    await bob.hangUp()
    await ada.reaches('ended')
    expect(await enabled()).toEqual([true])
  })

  test('read how the call goes', async () => {
    await using people = await talking()
    // The first are of the relay, and of no time to count in.
    const reading = await people.ada.page.evaluate(async () => {
      let last = null
      for await (const reading of window.client.call.quality({ everyMs: 500 })) {
        last = reading
        const { path, received, sent, roundTripMs } = reading
        const { bitsPerSecond, framesPerSecond } = received.video
        const flows = bitsPerSecond > 10_000 && (framesPerSecond ?? 0) > 0 && sent.audio.bitsPerSecond > 1_000
        if (path === 'direct' && flows && roundTripMs !== null && roundTripMs < 1_000) break
      }
      return last
    })
    expect(['good', 'fair', 'poor']).toContain(reading?.rating)
    expect(reading?.roundTripMs).toBeLessThan(1_000)
  })

  test('compare the same four signs', async () => {
    await using people = await talking()
    const codes = []
    for (const { page } of [people.ada, people.bob])
      codes.push(await page.evaluate(() => window.client.call.verification))
    expect(codes[0]).toMatchObject({ code: [{}, {}, {}, {}] })
    expect(codes[1]).toEqual(codes[0])
  })
})

test('a server that stands between the two is found out: their signs differ', async () => {
  await using server = await serve({ port: 0, logLevel: 'silent' })
  await using context = await browser.newContext()
  await using middle = await middleMan(context, server.port)
  const urls = { page: pages.url, server: middle.url }
  const ada = await visit(context, urls, { name: 'ada', instantAnswer: 'off' })
  const bob = await visit(context, urls, { name: 'bob', instantAnswer: 'off' })
  await ada.page.waitForFunction(() => window.client.line.roster.length === 1)
  await talk(ada, bob)
  // It does all that it can not to be noticed: they see, hear and read each other.
  await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
  await Promise.all([ada, bob].map(channelOpens))
  await ada.page.evaluate(() => window.client.call.sendMessage('Only for you'))
  await bob.page.waitForFunction(() => window.client.messages.includes('Only for you'))
  const overheard = await middle.page.evaluate(() => window.overheard)
  expect(overheard.map((text) => /"type":"(\w+)"/.exec(text)?.[1])).toEqual(
    expect.arrayContaining(['commit', 'nonce', 'reveal', 'text'])
  )

  const codes = []
  for (const { page } of [ada, bob]) codes.push(await page.evaluate(() => window.client.call.verification))
  expect(codes[0]).not.toEqual(codes[1])
})

describe('a screen', () => {
  test('is seen beside the camera, and does not stay', async () => {
    await using people = await talking()
    const { ada, bob } = people
    await share(ada, 320)
    await screenComes(bob)
    expect(await sees(bob, 'remoteScreen')).toBe(320)
    expect(await videoTracks(bob)).toBe(1)
    await seesCamera(bob)
    await stopSharing(ada)
    await screenGoes(bob)
    expect(await videoTracks(bob)).toBe(1)
    await seesCamera(bob)
    await noProblems(ada, bob)
  })

  test('takes up no more room however often it is shared', async () => {
    await using people = await talking()
    const { ada, bob } = people
    const before = await sections(ada)
    for (let round = 0; round < 8; round += 1) {
      const width = 200 + 20 * round
      await share(ada, width)
      await screenComes(bob)
      await vi.waitFor(async () => expect(await sees(bob, 'remoteScreen')).toBe(width), patience)
      await stopSharing(ada)
      await screenGoes(bob)
    }
    expect(await sections(ada)).toBe(before + 1)
    await noProblems(ada, bob)
  })

  test('is followed by another one at once', async () => {
    await using people = await talking()
    const { ada, bob } = people
    await share(ada, 320)
    await screenComes(bob)
    await vi.waitFor(async () => expect(await sees(bob, 'remoteScreen')).toBe(320), patience)
    for (const width of [240, 400, 280]) {
      await share(ada, width)
      await vi.waitFor(async () => expect(await sees(bob, 'remoteScreen')).toBe(width), patience)
    }
    await noProblems(ada, bob)
  })

  test('is shown by both at the same moment, a hundred times', async () => {
    await using people = await talking()
    const { ada, bob } = people
    const both = [ada, bob]
    const before = await sections(ada)
    const took: number[] = []
    for (let round = 1; round <= 100; round += 1) {
      const begin = performance.now()
      await Promise.all(both.map((one) => share(one, 160)))
      await Promise.all(both.map(({ page }) => page.evaluate(() => window.client.screenMoves())))
      expect(await Promise.all(both.map(videoTracks))).toEqual([1, 1])
      await Promise.all(both.map(stopSharing))
      await Promise.all(both.map(screenGoes))
      took.push(performance.now() - begin)
    }
    // Those that get stuck are helped by a deadline of seconds: it is not what resolves them.
    expect(took.toSorted((a, b) => a - b)[50]).toBeLessThan(400)
    expect(await sections(ada)).toBe(before + 2)
    // They did cross.
    const unanswered = await Promise.all(
      both.map(({ page }) => page.evaluate(() => window.client.unanswered))
    )
    expect(Math.max(...unanswered)).toBeGreaterThan(5)
    await Promise.all(both.map(seesCamera))
    await noProblems(ada, bob)
  }, 180_000)
})

test('a page of another protocol sees the screen instead of the camera, and is unverified', async () => {
  const here = fileURLToPath(new URL('../pages', import.meta.url))
  await using server = await serve({ port: 0, logLevel: 'silent', static: here })
  await using context = await browser.newContext()
  const ada = await visit(context, { page: pages.url, server: server.url }, { name: 'ada' })
  const there = await context.newPage()
  await watchMedia(there)
  await there.goto(new URL(mdnPage.path, server.url).href)
  const bob = mdnPage.use(there)
  await bob.signIn('bob')
  await ada.page.waitForFunction(() => window.client.line.roster.length === 1)
  await ada.page.evaluate(() => window.client.dial('bob'))
  await Promise.all([mediaArrives(ada.page), mediaArrives(there)])

  const isShown = (width: number) =>
    there.waitForFunction(
      (width) =>
        [...document.querySelectorAll('video')].some(
          ({ srcObject, videoWidth, id }) => id === 'remote' && srcObject && videoWidth === width
        ),
      width
    )
  await isShown(cameraWidth)
  await share(ada, 320)
  await isShown(320)
  await stopSharing(ada)
  await isShown(cameraWidth)

  expect(await ada.page.evaluate(() => window.client.call.verification)).toEqual({ state: 'unavailable' })
  const refused = await ada.page.evaluate(() => {
    try {
      window.client.call.sendMessage('Hello')
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : 'unknown'
    }
    return 'sent'
  })
  expect(refused).toBe('not-connected')
  await noProblems(ada)
})
