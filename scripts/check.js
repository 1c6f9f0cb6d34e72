// @ts-check
/** `npm run check`: the fast part of `npm test`, for while one works. */
import './lib/node-version.js'
import { checks, lanes } from './lib/checks.js'
import { installing, prepare } from './lib/prepare.js'
import { runSteps } from './lib/steps.js'

await prepare(installing)
const results = await runSteps(checks, lanes)
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1
