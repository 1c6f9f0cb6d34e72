// @ts-check
/** Installs the packages, unless they are there. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runLine } from './run.js'

/**
 * @typedef {{ version: string, optional?: true, devOptional?: true }} Locked
 * @param {string} file
 * @returns {Record<string, Locked>}
 */
const packagesOf = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {})

/**
 * Whether `node_modules` holds what the lock file asks for. npm writes its own account of what it has
 * installed when it is done, so an interrupted install does not count.
 *
 * @param {string} folder
 */
export const isInstalled = (folder) => {
  const found = packagesOf(join(folder, 'node_modules', '.package-lock.json'))
  const { '': _project, ...wanted } = packagesOf(join(folder, 'package-lock.json'))
  return Object.entries(wanted).every(([path, { version, optional, devOptional }]) => {
    const package_ = found[path]
    return package_ ? package_.version === version : (optional ?? devOptional ?? false)
  })
}

/** No package gets to run code of its own while it is installed: none of ours needs to. */
export const install = () => runLine('npm ci --include=dev --ignore-scripts')
