/** `npm test`: installs what is missing, a browser included, and then tries everything there is to try. */
import './lib/node-version.js'
import { provideBrowser } from './lib/browser.js'
import { checks, lanes } from './lib/checks.js'
import { install, isInstalled } from './lib/install.js'
import { root, run } from './lib/run.js'
import { runChain, runSteps } from './lib/steps.js'
import { vitest } from './lib/vitest.js'

if (!isInstalled(root)) await runChain([{ name: 'install', run: install }])

const results = [
  ...(await runSteps([{ name: 'browser', run: provideBrowser }])),
  ...(await runSteps(checks, lanes)),
  ...(await runSteps([
    { name: 'build', run: () => run(process.execPath, ['scripts/build.js']) },
    vitest('integration', ['test/integration/']),
    // One browser at a time: media in real time wants the processor for itself.
    vitest('end to end', ['test/e2e/', '--no-file-parallelism'], { live: true })
  ]))
]
const passed = results.reduce((sum, { tally }) => sum + tally.passed, 0)
const failed = results.reduce((sum, { tally }) => sum + tally.failed, 0)
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
