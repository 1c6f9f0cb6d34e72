/** The browser of the end-to-end tests: real Chromium, with a camera and a microphone that are not. */
import { chromium, type Browser } from 'playwright-core'
import { findBrowser } from '../../scripts/lib/browser.js'
import { launcher, quoted } from './launcher.ts'

const flags = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream'
]

export interface ChromiumOptions {
  /** Plays sound on a page that nobody has clicked yet. */
  readonly autoplay?: boolean
  /** More flags; of two that are alike, Chromium takes the later. */
  readonly args?: readonly string[]
  /** What goes before the command, to run it on another host. */
  readonly on?: readonly string[]
  /** Takes every certificate for good, those of relays included. */
  readonly trustsAll?: boolean
}

/** Starts a browser of its own for a test: `await using browser = await launchChromium()` also ends it. */
export const launchChromium = async (options: ChromiumOptions = {}): Promise<Browser> => {
  const { autoplay = false, args = [], on = [], trustsAll = false } = options
  const executablePath = await findBrowser()
  if (executablePath === undefined) {
    throw new Error(
      'There is no browser: `npm test` installs one, or set PATCHCORD_BROWSER to the path of one.'
    )
  }
  const sound = autoplay ? ['--autoplay-policy=no-user-gesture-required'] : []
  const trust = trustsAll ? ['--ignore-certificate-errors'] : []
  const launch = { args: [...flags, ...sound, ...trust, ...args] }
  if (on.length === 0) return chromium.launch({ executablePath, ...launch })
  const elsewhere = await launcher(`exec ${quoted([...on, executablePath])} "$@"`)
  try {
    return await chromium.launch({ executablePath: elsewhere.file, ...launch })
  } finally {
    await elsewhere[Symbol.asyncDispose]()
  }
}
