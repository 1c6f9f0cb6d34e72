// @ts-check
/** Runs parts of the test suite, and counts. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root, run, tool } from './run.js'

/** @typedef {import('./steps.js').Tally} Tally */

/**
 * What is used of a file's part of the report.
 *
 * @typedef {object} FileReport
 * @property {string} name
 * @property {string} status
 * @property {string} message
 * @property {readonly { status: string, fullName: string, failureMessages: readonly string[] }[]} assertionResults
 */

const firstLine = (/** @type {string | undefined} */ text = '') => text.split('\n', 1)[0] ?? ''

const linesKept = 10
const charactersKept = 200

/** How what it said ended, where that is more than a line: for one, what went over the wire last. */
const lastLines = (/** @type {string | undefined} */ text = '') => {
  const lines = text.split('\n').slice(1)
  const stack = lines.findIndex((line) => /^\s+at /.test(line))
  return lines
    .slice(0, stack < 0 ? lines.length : stack)
    .filter((line) => line.trim() !== '')
    .slice(-linesKept)
    .map((line) => `\n  ${line.slice(0, charactersKept)}`)
    .join('')
}

/**
 * The failed tests of a file: its path, the test, and how what it said began and ended.
 *
 * @param {FileReport} file
 */
const failuresOf = ({ name, status, message, assertionResults }) => {
  const path = relative(root, name)
  if (assertionResults.length === 0) return status === 'failed' ? [`${path}: ${firstLine(message)}`] : []
  return assertionResults
    .filter((test) => test.status === 'failed')
    .map(
      ({ fullName, failureMessages: [message] }) =>
        `${path} > ${fullName}: ${firstLine(message)}${lastLines(message)}`
    )
}

/**
 * What vitest's JSON report says. A file that could not even be loaded has no tests, and counts as one that failed.
 *
 * @param {string} file
 * @returns {Tally}
 */
export const tallyOf = (file) => {
  const { numPassedTests, testResults } = JSON.parse(readFileSync(file, 'utf8'))
  const failures = testResults.flatMap(failuresOf)
  return { passed: numPassedTests, failed: failures.length, failures }
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
