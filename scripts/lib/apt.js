// @ts-check
/** Installs a package on Debian and its kin, where that needs no question to anybody. */
import { existsSync } from 'node:fs'
import { runLine } from './run.js'

/** The words that a command needs before it to run as root without a question; `undefined` if there are none. */
const asRoot = async () => {
  if (process.getuid?.() === 0) return ''
  return (await runLine('sudo -n true')).ok ? 'sudo -n ' : undefined
}

/** What goes before a command that is root's; `undefined` where apt is not, or may not. */
export const aptPrefix = async () =>
  process.platform === 'linux' && existsSync('/usr/bin/apt-get') ? asRoot() : undefined

/**
 * @param {string} prefix As `aptPrefix` has found it.
 * @param {string} name
 */
export const aptInstall = (prefix, name) => {
  const apt = `${prefix}env DEBIAN_FRONTEND=noninteractive apt-get`
  return runLine(`${apt} update && ${apt} install -y --no-install-recommends ${name}`)
}
