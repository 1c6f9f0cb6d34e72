/** The kinds of client, each used as a person uses it: by what it shows, and by its buttons. */
import type { Browser, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { connectionsClosed, mediaArrives, mediaStops, watchMedia } from './media.ts'
import { terminalProcess } from './terminal.ts'
import { recordWire } from './wire.ts'

/** Where a client is to go, and what it needs there. */
export interface Place {
  readonly browser: Browser
  readonly url: string
  readonly name: string
  /** Takes what it says and hears, as lines to read when a test has failed. */
  readonly wire: string[]
}

export interface Kind {
  readonly name: string
  /** After a call, it has to begin anew before the next. */
  readonly callsOnce: boolean
  /** Signs in. */
  enter(place: Place): Promise<Client>
}

/** One client, signed in. Each step waits until the client has done it. */
export interface Client extends AsyncDisposable {
  /** Calls the peer that it shows under this name. */
  call(name: string): Promise<void>
  /** Takes the call that comes in. */
  answer(): Promise<void>
  hangUp(): Promise<void>
  /** The other side has ended the call: the client says so, and its connection shows it. */
  ended(): Promise<void>
  /** It sees and hears the other side, and goes on to. */
  mediaArrives(): Promise<void>
}

/** A client on its page, before it has signed in. */
export interface PageClient extends Pick<Client, 'call' | 'answer' | 'hangUp' | 'ended'> {
  readonly page: Page
  signIn(name: string): Promise<void>
}

interface PageKind extends Kind {
  readonly path: string
  use(page: Page): PageClient
}

const pageKind = (kind: Omit<PageKind, 'enter'>): PageKind => ({
  ...kind,
  async enter({ browser, url, name, wire }) {
    const page = await browser.newPage()
    page.setDefaultTimeout(30_000)
    await watchMedia(page)
    recordWire(page, name, wire)
    await page.goto(new URL(kind.path, url).href)
    const client = kind.use(page)
    await client.signIn(name)
    return {
      ...client,
      mediaArrives: () => mediaArrives(page),
      [Symbol.asyncDispose]: () => page.close()
    }
  }
})

const saying = (locator: Locator, text: string | RegExp): Promise<void> =>
  locator.filter({ hasText: text }).waitFor()

const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click()

/** What happens without a person. */
const byItself = async (): Promise<void> => {}

export const app = pageKind({
  name: 'App',
  path: '/',
  callsOnce: false,
  use: (page) => ({
    page,
    async signIn(name) {
      await page.getByLabel('Your name').fill(name)
      await press(page, 'Join')
      await page.getByRole('heading', { name: 'Who is here' }).waitFor()
    },
    call: (name) => press(page, `Call ${name}`),
    answer: () => press(page, 'Accept'),
    hangUp: () => press(page, 'Hang up'),
    async ended() {
      await page.getByRole('heading', { name: /hung up|left/ }).waitFor()
      await connectionsClosed(page)
      await press(page, 'Back to the lobby')
    }
  })
})

/** A page with a form to sign in, and a list of names to click on. */
const listingPage = (name: string, path: string): PageKind =>
  pageKind({
    name,
    path,
    callsOnce: false,
    use(page) {
      const free = () => saying(page.getByRole('status'), 'free')
      return {
        page,
        async signIn(name) {
          await page.getByLabel('Name').fill(name)
          await press(page, 'Sign in')
          await free()
        },
        async call(name) {
          // What crossed its hang-up has opened a call again, which then ends, too.
          await free()
          await press(page, name)
        },
        answer: byItself,
        hangUp: () => press(page, 'Hang up'),
        async ended() {
          await free()
          await connectionsClosed(page)
          const errors = page.getByRole('list', { name: 'Log' }).getByText('error:')
          expect(await errors.allTextContents(), 'what went wrong in the page').toEqual([])
        }
      }
    }
  })

export const mdnPage = listingPage('MDN page', '/mdn.html')

export const hangingGetPage = listingPage('Hanging-GET page', '/hanging-get.html')

/**
 * Its protocol has no word for the end of a call. So it hangs up by leaving; and told of a hang-up it
 * can only show the announcement, keep its connection, and receive nothing more on it.
 */
export const roomPage = pageKind({
  name: 'Room page',
  path: '/room.html',
  callsOnce: true,
  use(page) {
    const chat = page.getByRole('list', { name: 'Chat' }).getByRole('listitem')
    return {
      page,
      /** It goes by the name that it last said something under, and is in when it hears itself. */
      async signIn(name) {
        await page.getByLabel('Your name').fill(name)
        await page.getByLabel('Message').fill('hello')
        await press(page, 'Send')
        await saying(chat, `${name}: hello`)
      },
      call: byItself,
      answer: byItself,
      async hangUp() {
        await page.goto('about:blank')
      },
      async ended() {
        await saying(chat, /hung up|left/)
        await mediaStops(page)
      }
    }
  }
})

/** The terminal client as a program uses it, over one of the protocols that it speaks. */
const terminalKind = (
  name: string,
  protocol: 'native' | 'peerconnection',
  ...more: readonly string[]
): Kind => ({
  name,
  callsOnce: false,
  async enter({ url, name, wire }) {
    const { hostname, port } = new URL(url)
    const where = ['--server', hostname, '--port', port, '--protocol', protocol]
    const client = terminalProcess([
      '--headless',
      ...where,
      '--name',
      name,
      '--stats',
      '1',
      '--size',
      '320x180',
      ...more
    ])
    client.onNews = (news) => wire.push(`${name} ${JSON.stringify(news)}`)
    await client.hears('signed-in')
    const ended = async (): Promise<void> => {
      await client.hears('ended')
      client.forget()
    }
    return {
      async call(name) {
        client.do({ do: 'call', peer: await client.sees(name) })
      },
      async answer() {
        await client.hears('call', ({ direction }) => direction === 'incoming')
        client.do({ do: 'accept' })
      },
      async hangUp() {
        client.do({ do: 'hang-up' })
        await ended()
      },
      ended,
      mediaArrives: () => client.mediaArrives(),
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]()
    }
  }
})

export const terminalNative = terminalKind('Terminal', 'native')

export const terminalHangingGet = terminalKind('Terminal (GET)', 'peerconnection')

/** Over libwebrtc. */
export const terminalWrtc = terminalKind('Terminal (wrtc)', 'native', '--stack', 'wrtc')
