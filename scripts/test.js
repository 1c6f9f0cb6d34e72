// @ts-check
/** `npm test`: installs what is missing, a browser included, and then tries everything there is to try. */
import './lib/node-version.js'
import { provideAiortc } from './lib/aiortc.js'
import { provideBrowser } from './lib/browser.js'
import { checks, lanes } from './lib/checks.js'
import { provideCoturn } from './lib/coturn.js'
import { provideFirefox } from './lib/firefox.js'
import { provideNetworks } from './lib/networks.js'
import { building, installing, prepare } from './lib/prepare.js'
import { runSteps } from './lib/steps.js'
import { vitest } from './lib/vitest.js'

// What not every machine has, and which files need it.
const aiortc = { name: 'Finding aiortc', run: () => provideAiortc() }
const coturn = { name: 'Finding coturn', run: () => provideCoturn() }
const firefox = { name: 'Finding Firefox', run: () => provideFirefox() }
const networks = { name: 'Finding networks', run: () => provideNetworks() }
const elsewhere = ['aiortc', 'coturn', 'firefox', 'networks'].map((files) => `--exclude=**/${files}*.test.ts`)

// One browser at a time: media in real time wants the processor for itself.
const live = (/** @type {string} */ name, /** @type {readonly string[]} */ files) =>
  vitest(name, [...files, '--no-file-parallelism'], { live: true })
const inNode = ['terminal', 'werift', 'wrtc', 'stacks', 'load', 'peerconnection-plain']
const integration = vitest('Integration', [
  'test/integration/',
  ...elsewhere,
  ...inNode.map((files) => `--exclude=test/integration/${files}*.test.ts`)
])
const callsInNode = live(
  'Calls in Node',
  inNode.map((files) => `test/integration/${files}`)
)
const endToEnd = live('End to end', ['test/e2e/', ...elsewhere])
const apart = [
  { step: live('With aiortc', ['/aiortc.test']), needs: [aiortc], withoutBrowser: true },
  { step: live('Through coturn', ['/coturn']), needs: [coturn] },
  { step: live('Over networks', ['/networks.test', '/networks-wire.test']), needs: [networks] },
  { step: live('Firefox', ['/firefox.test']), needs: [firefox] },
  { step: live('Firefox over networks', ['/networks-firefox.test']), needs: [firefox, networks] }
]

await prepare(installing)
const [browser, ...found] = await runSteps([
  { name: 'Finding a browser', run: provideBrowser },
  aiortc,
  coturn,
  firefox,
  networks
])
const lacking = (/** @type {readonly { name: string }[]} */ needs) =>
  found.filter(
    ({ name, ok, notRun }) => (!ok || notRun !== undefined) && needs.some((need) => need.name === name)
  )
const possible = apart.filter(
  ({ needs, withoutBrowser }) => (browser?.ok || withoutBrowser) && lacking(needs).length === 0
)
const calls = [...(browser?.ok ? [endToEnd] : []), ...possible.map(({ step }) => step)]
const fast = await runSteps(checks, lanes)
const build = await runSteps([building])
const slow = build[0]?.ok ? await runSteps([integration, callsInNode, ...calls]) : []

const results = [...(browser ? [browser] : []), ...found, ...fast, ...build, ...slow]
const passed = results.reduce((sum, { tally }) => sum + tally.passed, 0)
const failed = results.reduce((sum, { tally }) => sum + tally.failed, 0)
// A run is long, and what a step wrote of its failures may be far above.
console.log(`\n${passed} passed, ${failed} failed`)
for (const { name, tally } of results) {
  for (const failure of tally.failures ?? []) console.log(`Failed: ${name}: ${failure}`)
}
for (const { step, needs } of apart) {
  const [reason] = lacking(needs).flatMap(({ notRun }) => notRun ?? [])
  if (reason !== undefined) console.log(`Not run: ${step.name}, for ${reason}.`)
}
process.exitCode = failed === 0 ? 0 : 1
