// @ts-check
/** The fast part of the tests: what the sources can be held to without a build and without a browser. */
import { availableParallelism } from 'node:os'
import { run, tool } from './run.js'
import { vitest } from './vitest.js'

/**
 * @param {string} name
 * @param {readonly [string, string?]} command A package and its command.
 * @param {readonly string[]} [args]
 * @returns {import('./steps.js').Step}
 */
const step = (name, command, args = []) => ({
  name,
  run: () => run(process.execPath, [tool(...command), ...args])
})

const types = (/** @type {string} */ project) => ['-p', project]

// The longest first, so that the others run beside it.
export const checks = [
  vitest('Unit, conformance', ['--coverage', '--exclude=test/integration/**', '--exclude=test/e2e/**']),
  step('Types: all', ['typescript', 'tsc'], types('tsconfig.json')),
  step('Types: pure', ['typescript', 'tsc'], types('config/tsconfig.pure.json')),
  step('Types: server', ['typescript', 'tsc'], types('config/tsconfig.server.json')),
  step('Types: browser', ['typescript', 'tsc'], types('config/tsconfig.browser.json')),
  step('Lint', ['oxlint']),
  step('Format', ['oxfmt'], ['--check', '.']),
  step('Unused', ['knip'])
]

/** How many of them run at a time. */
export const lanes = Math.min(2, availableParallelism())
