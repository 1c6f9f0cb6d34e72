// @ts-check
/** Runs steps one after the other, or a few at a time, and prints one line for each. */

/**
 * @typedef {import('./run.js').Outcome} Outcome
 * @typedef {{ passed: number, failed: number, failures?: readonly string[] }} Tally Failures begin with a line each.
 *
 * `notRun` says why a step could not do its work here, which is no failure but has to be told.
 * @typedef {Outcome & { tally?: Tally, notRun?: string }} StepOutcome
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {() => Promise<StepOutcome>} run
 * @property {boolean} [live] It prints while it runs; its outcome then has no output.
 *
 * @typedef {Outcome & { name: string, tally: Tally, notRun?: string }} Result
 */

const seconds = (/** @type {number} */ since) =>
  `${((performance.now() - since) / 1000).toFixed(1)} s`.padStart(8)

/** A step that fails without a failed test counts as one, so that only a good run has none. */
const tallied = (/** @type {StepOutcome} */ { ok, tally = { passed: 0, failed: 0 } }) =>
  ok || tally.failed > 0 ? tally : { ...tally, failed: 1, failures: ['it failed; what it wrote is above'] }

/**
 * @param {Step} step
 * @param {boolean} alone No other step prints meanwhile, so its name can stand there while it runs.
 * @returns {Promise<Result>}
 */
const runStep = async ({ name, run, live = false }, alone) => {
  const label = name.padEnd(20)
  const since = performance.now()
  if (alone) process.stdout.write(live ? `${name}\n` : label)
  const outcome = await run()
  const { ok, output, notRun } = outcome
  const remark = notRun === undefined ? '' : `  NOT RUN: ${notRun}`
  const line = `${seconds(since)}${ok ? remark : '  FAILED'}\n`
  process.stdout.write(alone && !live ? line : `${label}${line}`)
  return { name, ok, output, tally: tallied(outcome), ...(notRun !== undefined && { notRun }) }
}

/**
 * Runs every step, whatever fails, and then shows what the failed ones wrote.
 *
 * @param {readonly Step[]} steps
 * @param {number} [lanes] How many run at a time.
 * @returns {Promise<Result[]>}
 */
export const runSteps = async (steps, lanes = 1) => {
  const waiting = [...steps]
  /** @type {Result[]} */
  const results = []
  const lane = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift())
      results.push(await runStep(step, lanes === 1))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  for (const { name, ok, output } of results) {
    if (!ok && output !== '') process.stdout.write(`\n--- ${name} ---\n${output.trimEnd()}\n\n`)
  }
  return results
}
