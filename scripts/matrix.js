// @ts-check
/** `npm run matrix`: every kind of client calls every other in a real browser; prints the table. */
import './lib/node-version.js'
import { provideBrowser } from './lib/browser.js'
import { building, installing, prepare } from './lib/prepare.js'
import { runSteps } from './lib/steps.js'
import { vitest } from './lib/vitest.js'

await prepare(installing, building)
const results = await runSteps([
  { name: 'Finding a browser', run: provideBrowser },
  vitest('Matrix', ['test/e2e/matrix'], { live: true })
])
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1
