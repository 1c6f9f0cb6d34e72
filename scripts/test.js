// @ts-check
/** `npm test`: installs what is missing, a browser included, and then tries everything there is to try. */
import './lib/node-version.js'
import { provideBrowser } from './lib/browser.js'
import { checks, lanes } from './lib/checks.js'
import { building, installing, prepare } from './lib/prepare.js'
import { runSteps } from './lib/steps.js'
import { vitest } from './lib/vitest.js'

const integration = vitest('Integration', ['test/integration/'])
// One browser at a time: media in real time wants the processor for itself.
const endToEnd = vitest('End to end', ['test/e2e/', '--no-file-parallelism'], { live: true })

await prepare(installing)
const browser = await runSteps([{ name: 'Finding a browser', run: provideBrowser }])
const fast = await runSteps(checks, lanes)
const build = await runSteps([building])
const slow = build[0]?.ok ? await runSteps(browser[0]?.ok ? [integration, endToEnd] : [integration]) : []

const tallies = [...browser, ...fast, ...build, ...slow].map(({ tally }) => tally)
const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0)
const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0)
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
