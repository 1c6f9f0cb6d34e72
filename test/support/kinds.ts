/** The kinds of client, each used as a person uses it: by what it shows, and by its buttons. */
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { connectionsClosed, mediaStops } from './media.ts'

export interface Kind {
  readonly name: string
  readonly path: string
  /** After a call, its page has to be loaded again before the next. */
  readonly callsOnce: boolean
  use(page: Page): Client
}

/** One client on its page. Each step waits until the page has done it. */
export interface Client {
  readonly page: Page
  signIn(name: string): Promise<void>
  /** Calls the peer that it shows under this name. */
  call(name: string): Promise<void>
  /** Takes the call that comes in. */
  answer(): Promise<void>
  hangUp(): Promise<void>
  /** The other side has ended the call: the page says so, and its connection shows it. */
  ended(): Promise<void>
}

const saying = (locator: Locator, text: string | RegExp): Promise<void> =>
  locator.filter({ hasText: text }).waitFor()

const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click()

/** What happens without a person. */
const byItself = async (): Promise<void> => {}

export const app: Kind = {
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
}

/** A page with a form to sign in, and a list of names to click on. */
const listingPage = (name: string, path: string): Kind => ({
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
      call: (name) => press(page, name),
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
export const roomPage: Kind = {
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
}
