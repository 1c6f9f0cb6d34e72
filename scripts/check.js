// @ts-check
/** `npm run check`: the fast part of `npm test`, for while one works. */
import { checks, lanes } from './lib/checks.js'
import { runSteps } from './lib/steps.js'

const results = await runSteps(checks, lanes)
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1
