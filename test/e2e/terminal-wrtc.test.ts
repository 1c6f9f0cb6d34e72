/** The terminal client over libwebrtc calls what runs in a browser, and is called: both see and hear, and either can hang up. */
import { afterAll, beforeAll, test } from 'vitest'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../support/browser.ts'
import { type Kind, app, hangingGetPage, mdnPage, terminalWrtc } from '../support/kinds.ts'
import { tryCell } from '../support/matrix.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchChromium({ autoplay: true })
})

afterAll(() => browser.close())

const pairs: readonly (readonly [Kind, Kind])[] = [app, mdnPage, hangingGetPage].flatMap((page) => [
  [terminalWrtc, page] as const,
  [page, terminalWrtc] as const
])

test.each(pairs.map(([caller, callee]) => [caller.name, callee.name, { caller, callee }] as const))(
  '%s calls %s',
  { timeout: 60_000 },
  (_caller, _callee, cell) => tryCell(browser, { ...cell, impossible: null })
)
