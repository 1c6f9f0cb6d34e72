// @ts-check
/** Where coturn is, somebody else's TURN server that tests put calls through, and where it comes from when there is none. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { aptInstall, aptPrefix } from './apt.js'
import { runLine } from './run.js'

/** @typedef {Readonly<Record<string, string | undefined>>} Environment */

/**
 * The first `turnserver` on the path.
 *
 * @param {Environment} [env]
 */
export const findCoturn = (env = process.env) =>
  (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'turnserver'))
    .find((path) => existsSync(path))

const installCoturn = async () => {
  const prefix = await aptPrefix()
  if (prefix === undefined) return ''
  const { output } = await aptInstall(prefix, 'coturn')
  // Debian starts what it installs, and a TURN server is nothing to leave running on somebody's machine.
  if (existsSync('/run/systemd/system')) await runLine(`${prefix}systemctl disable --now coturn`)
  return output
}

const noCoturn = 'there is no turnserver on the path, and none could be installed'

/**
 * Finds coturn or installs it. Few systems have a package of it: its absence is told, and held against the
 * run only where machines are made for tests.
 *
 * @param {() => Promise<string>} [install] Says what it has written.
 * @param {Environment} [env]
 * @returns {Promise<import('./steps.js').StepOutcome>}
 */
export const provideCoturn = async (install = installCoturn, env = process.env) => {
  const output = findCoturn(env) === undefined ? await install() : ''
  if (findCoturn(env) !== undefined) return { ok: true, output }
  return env.CI ? { ok: false, output: `${output}${noCoturn}\n` } : { ok: true, output, notRun: noCoturn }
}
