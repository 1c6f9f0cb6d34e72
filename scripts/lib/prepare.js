// @ts-check
/** Brings a clone to where it can run: does what is missing or out of date, and else says nothing. */
import { isBuilt } from './bundle.js'
import { install, isInstalled } from './install.js'
import { root, run } from './run.js'
import { runSteps } from './steps.js'

export const installing = { name: 'Installing packages', run: install, needed: () => !isInstalled(root) }

export const building = {
  name: 'Building',
  run: () => run(process.execPath, ['scripts/build.js']),
  needed: () => !isBuilt(root)
}

/**
 * Each step needs the one before it: the process ends with the first that fails.
 *
 * @param {readonly (typeof installing)[]} steps
 */
export const prepare = async (...steps) => {
  for (const step of steps) {
    if (!step.needed()) continue
    const [result] = await runSteps([step])
    if (!result?.ok) process.exit(1)
  }
}
