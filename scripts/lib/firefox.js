// @ts-check
/** Which Firefox the tests drive beside Chromium, and where it comes from when there is none. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { aptInstall, aptPrefix } from './apt.js'

/** @typedef {Readonly<Record<string, string | undefined>>} Environment */

const onPath = ['firefox-esr', 'firefox']
const onMac = '/Applications/Firefox.app/Contents/MacOS/firefox'

/**
 * The Firefox that `PATCHCORD_FIREFOX` names, else the first that is there.
 *
 * @param {Environment} [env]
 */
export const findFirefox = (env = process.env) => {
  if (env.PATCHCORD_FIREFOX) return env.PATCHCORD_FIREFOX
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const paths = onPath.flatMap((command) => folders.map((folder) => join(folder, command)))
  return [...paths, onMac].find((path) => existsSync(path))
}

const installFirefox = async () => {
  const prefix = await aptPrefix()
  return prefix === undefined ? '' : (await aptInstall(prefix, 'firefox-esr')).output
}

const noFirefox =
  'there is no Firefox, and none could be installed; PATCHCORD_FIREFOX may name the path of one'

/**
 * Finds Firefox or installs it. Its absence is told, and held against the run only where machines are made for tests.
 *
 * @param {() => Promise<string>} [install] Says what it has written.
 * @param {Environment} [env]
 * @param {typeof findFirefox} [find]
 * @returns {Promise<import('./steps.js').StepOutcome>}
 */
export const provideFirefox = async (install = installFirefox, env = process.env, find = findFirefox) => {
  const output = find(env) === undefined ? await install() : ''
  if (find(env) !== undefined) return { ok: true, output }
  return env.CI ? { ok: false, output: `${output}${noFirefox}\n` } : { ok: true, output, notRun: noFirefox }
}
