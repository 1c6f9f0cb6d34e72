/** Calls between Firefox and Chromium, and between Firefox and itself, against a real server. */
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { launchChromium } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { launchFirefox } from '../support/firefox.ts'
import { type PageClient, app, terminalNative, terminalWrtc } from '../support/kinds.ts'
import { connectionsClosed, mediaArrives, watchMedia } from '../support/media.ts'
import { type SdkPages, type Visitor, serveSdkPage, talk, visit } from '../support/sdk-pages.ts'

// Two browsers at once, on machines that may be busy with others.
type Kind = 'Firefox' | 'Chromium'

let browsers: Readonly<Record<Kind, Browser>>
let pages: SdkPages
let server: RunningServer

beforeAll(async () => {
  const [Firefox, Chromium] = await Promise.all([launchFirefox(), launchChromium()])
  browsers = { Firefox, Chromium }
  pages = await serveSdkPage()
  server = await serve({ port: 0, logLevel: 'silent', allowOrigin: ['*'] })
})

afterAll(async () => {
  await Promise.all([browsers.Firefox.close(), browsers.Chromium.close()])
  await pages[Symbol.asyncDispose]()
  await server.close()
})

interface Meeting extends AsyncDisposable {
  readonly ada: Visitor
  readonly bob: Visitor
}

const meet = async (
  kinds: readonly [Kind, Kind],
  iceTransportPolicy: RTCIceTransportPolicy
): Promise<Meeting> => {
  const contexts: BrowserContext[] = []
  const enter = async (kind: Kind, name: string): Promise<Visitor> => {
    const context = await browsers[kind].newContext()
    contexts.push(context)
    return visit(context, { page: pages.url, server: server.url }, { name, iceTransportPolicy })
  }
  const [ada, bob] = [await enter(kinds[0], 'ada'), await enter(kinds[1], 'bob')]
  await ada.page.waitForFunction(() => window.client.line.roster.length === 1)
  return {
    ada,
    bob,
    async [Symbol.asyncDispose]() {
      for (const context of contexts) await context.close()
    }
  }
}

const pairings: readonly (readonly [Kind, Kind])[] = [
  ['Firefox', 'Chromium'],
  ['Chromium', 'Firefox'],
  ['Firefox', 'Firefox']
]

describe.each(pairings)('%s calls %s, and both see and hear,', (...kinds) => {
  test.each(['all', 'relay'] as const)('with the candidates of policy %s', async (policy) => {
    await using people = await meet(kinds, policy)
    const { ada, bob } = people
    await talk(ada, bob)
    await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
    for (const { page } of [ada, bob]) {
      // What comes before the partner's candidate is told is taken for one of an unknown type: each side speaks for itself.
      const own = async () => (await page.evaluate(() => window.client.selectedPair()))[0]
      // A call begins over the relay, and then goes over to the direct path.
      await eventually(own).toMatch(policy === 'relay' ? /^relay$/ : /^(host|prflx)$/)
    }
    await bob.hangUp()
    await ada.reaches('ended')
    await Promise.all([connectionsClosed(ada.page), connectionsClosed(bob.page)])
    expect([(await ada.state()).problems, (await bob.state()).problems]).toEqual([[], []])
  })
})

const enterApp = async (context: BrowserContext, name: string): Promise<PageClient> => {
  const page = await context.newPage()
  await watchMedia(page)
  await page.goto(server.url)
  const client = app.use(page)
  await client.signIn(name)
  return client
}

test.each(pairings)('the app in %s calls the app in %s', async (here, there) => {
  await using caller = await browsers[here].newContext({ locale: 'en-US' })
  await using callee = await browsers[there].newContext({ locale: 'en-US' })
  const [ada, bob] = [await enterApp(caller, 'ada'), await enterApp(callee, 'bob')]
  // As with every click of a person: Firefox gives no window a camera that is not in front.
  await ada.page.bringToFront()
  await ada.call('bob')
  await bob.page.bringToFront()
  await bob.answer()
  await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
  await ada.page.bringToFront()
  await ada.hangUp()
  await bob.ended()
})

describe.each([terminalNative, terminalWrtc])('$name and the app in Firefox', (terminal) => {
  const enterTerminal = (name: string) =>
    terminal.enter({ browser: browsers.Firefox, url: server.url, name, wire: [] })

  test.each(['the app', 'the terminal'])('%s calls, and hangs up', async (who) => {
    await using context = await browsers.Firefox.newContext({ locale: 'en-US' })
    const bob = await enterApp(context, 'bob')
    await using ada = await enterTerminal('ada')
    await bob.page.bringToFront()
    const [caller, callee, name] =
      who === 'the app' ? ([bob, ada, 'ada'] as const) : ([ada, bob, 'bob'] as const)
    await caller.call(name)
    await callee.answer()
    await Promise.all([mediaArrives(bob.page), ada.mediaArrives()])
    await caller.hangUp()
    await callee.ended()
  })
})
