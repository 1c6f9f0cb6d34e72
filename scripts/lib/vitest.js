// @ts-check
/** Runs parts of the test suite, and counts. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, run, tool } from './run.js'

/** @typedef {import('./steps.js').Tally} Tally */

/**
 * What vitest's JSON report says. A file that could not even be loaded has no tests, and counts as one that failed.
 *
 * @param {string} file
 * @returns {Tally}
 */
export const tallyOf = (file) => {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(file, 'utf8'))
  const broken = testResults.filter(
    (/** @type {{ status: string, assertionResults: readonly unknown[] }} */ { status, assertionResults }) =>
      status === 'failed' && assertionResults.length === 0
  )
  return { passed: numPassedTests, failed: numFailedTests + broken.length }
}

/**
 * A step that runs vitest.
 *
 * @param {string} name
 * @param {readonly string[]} args
 * @param {{ live?: boolean }} [options] Live, its tests are named while they run.
 * @returns {import('./steps.js').Step}
 */
export const vitest = (name, args, { live = false } = {}) => ({
  name,
  live,
  run: async () => {
    const report = join(root, '.cache', 'reports', `${name.replace(/\W+/g, '-').toLowerCase()}.json`)
    rmSync(report, { force: true })
    const reporters = [
      `--reporter=${live ? 'verbose' : 'dot'}`,
      '--reporter=json',
      `--outputFile.json=${report}`
    ]
    const command = [tool('vitest'), 'run', ...args, ...reporters]
    const outcome = await run(
      process.execPath,
      command,
      live ? { stdio: ['ignore', 'inherit', 'inherit'] } : {}
    )
    return { ...outcome, ...(existsSync(report) && { tally: tallyOf(report) }) }
  }
})
