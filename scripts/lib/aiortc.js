// @ts-check
/** Which Python has aiortc, a WebRTC of another make that tests call, and where it comes from when there is none. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { aptInstall, aptPrefix } from './apt.js'

/** @typedef {Readonly<Record<string, string | undefined>>} Environment */

const hasAiortc = (/** @type {string} */ path) =>
  spawnSync(path, ['-c', 'import aiortc'], { timeout: 60_000 }).status === 0

/**
 * The Python that `PATCHCORD_PYTHON` names, else the first that has it: Debian's may be behind another on the path.
 *
 * @param {Environment} [env]
 * @param {(path: string) => boolean} [has]
 */
export const findAiortc = (env = process.env, has = hasAiortc) => {
  if (env.PATCHCORD_PYTHON) return env.PATCHCORD_PYTHON
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, 'python3')).find((path) => existsSync(path) && has(path))
}

const installAiortc = async () => {
  const prefix = await aptPrefix()
  return prefix === undefined ? '' : (await aptInstall(prefix, 'python3-aiortc')).output
}

const noAiortc =
  'there is no Python with aiortc, and none could be installed; PATCHCORD_PYTHON may name the path of one'

/**
 * Finds aiortc or installs it. Its absence is told, and held against the run only where machines are made for tests.
 *
 * @param {() => Promise<string>} [install] Says what it has written.
 * @param {Environment} [env]
 * @param {typeof findAiortc} [find]
 * @returns {Promise<import('./steps.js').StepOutcome>}
 */
export const provideAiortc = async (install = installAiortc, env = process.env, find = findAiortc) => {
  const output = find(env) === undefined ? await install() : ''
  if (find(env) !== undefined) return { ok: true, output }
  return env.CI ? { ok: false, output: `${output}${noAiortc}\n` } : { ok: true, output, notRun: noAiortc }
}
