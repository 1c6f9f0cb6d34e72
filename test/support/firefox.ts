/** Firefox for end-to-end tests, driven as Chromium is: with a camera and a microphone that are not. */
import { type Browser, firefox } from 'playwright-core'
import { findFirefox } from '../../scripts/lib/firefox.js'
import { type BridgeOptions, bidiBridge } from './bidi-bridge.ts'
import { launcher, quoted } from './launcher.ts'

const firefoxUserPrefs = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  // Pages of other hosts that come without TLS may have a camera all the same.
  'media.devices.insecure.enabled': true,
  'media.getusermedia.insecure.enabled': true,
  // Sound on a page that nobody has clicked yet.
  'media.autoplay.default': 0,
  // Two pages of a machine without any network have nothing but loopback between them, and no mDNS.
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false
}

/** Firefox says where its driver reaches it; what it says is passed on, with the bridge before it. */
const script = (command: readonly string[], bridge: string): string => `
${quoted(command)} "$@" 2>&1 | while IFS= read -r line; do
  case $line in
    *'BiDi listening on ws://'*) echo "WebDriver BiDi listening on ${bridge}/\${line##* on }" ;;
    *) echo "$line" ;;
  esac
done`

/** Starts a browser of its own for a test: `await using browser = await launchFirefox()` also ends it. */
export const launchFirefox = async ({
  on = [],
  trustsAll = false
}: Partial<BridgeOptions> = {}): Promise<Browser> => {
  const path = findFirefox()
  if (path === undefined) {
    throw new Error(
      'There is no Firefox: `npm test` installs it where it can, or set PATCHCORD_FIREFOX to the path of one.'
    )
  }
  const bridge = await bidiBridge({ on, trustsAll })
  const { file, folder, ...launch } = await launcher(script([...on, path], bridge.url))
  const release = async (): Promise<void> => {
    await bridge[Symbol.asyncDispose]()
    await launch[Symbol.asyncDispose]()
  }
  try {
    const browser = await firefox.launch({
      // Any channel of Mozilla's own makes Playwright speak WebDriver BiDi, which every Firefox understands.
      channel: 'moz-firefox',
      executablePath: file,
      firefoxUserPrefs,
      // Firefox refuses to run as root in the home of somebody else.
      env: { ...process.env, HOME: folder }
    })
    browser.on('disconnected', () => void release())
    return browser
  } catch (error) {
    await release()
    throw error
  }
}
