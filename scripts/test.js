// @ts-check
/** `npm test`: installs what is missing, a browser included, and then tries everything there is to try. */
import './lib/node-version.js'
import { provideBrowser } from './lib/browser.js'
import { checks, lanes } from './lib/checks.js'
import { provideCoturn } from './lib/coturn.js'
import { building, installing, prepare } from './lib/prepare.js'
import { runSteps } from './lib/steps.js'
import { vitest } from './lib/vitest.js'

const needsCoturn = '**/coturn*.test.ts'
const integration = vitest('Integration', ['test/integration/', `--exclude=${needsCoturn}`])
// One browser at a time: media in real time wants the processor for itself.
const endToEnd = vitest('End to end', ['test/e2e/', `--exclude=${needsCoturn}`, '--no-file-parallelism'], {
  live: true
})
const throughCoturn = vitest('Through coturn', ['/coturn', '--no-file-parallelism'], { live: true })

await prepare(installing)
const found = await runSteps([
  { name: 'Finding a browser', run: provideBrowser },
  { name: 'Finding coturn', run: () => provideCoturn() }
])
const [browser, coturn] = found
const fast = await runSteps(checks, lanes)
const build = await runSteps([building])
const withBrowser = coturn?.ok && coturn.notRun === undefined ? [endToEnd, throughCoturn] : [endToEnd]
const slow = build[0]?.ok ? await runSteps([integration, ...(browser?.ok ? withBrowser : [])]) : []

const results = [...found, ...fast, ...build, ...slow]
const passed = results.reduce((sum, { tally }) => sum + tally.passed, 0)
const failed = results.reduce((sum, { tally }) => sum + tally.failed, 0)
console.log(`\n${passed} passed, ${failed} failed`)
if (coturn?.notRun !== undefined) console.log(`Not run: calls through coturn, for ${coturn.notRun}.`)
process.exitCode = failed === 0 ? 0 : 1
