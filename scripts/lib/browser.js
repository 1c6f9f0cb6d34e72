// @ts-check
/** Which Chromium, Chrome or Edge the tests drive, and where one comes from when there is none. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { aptInstall, aptPrefix } from './apt.js'
import { run, tool } from './run.js'

/**
 * @typedef {Readonly<Record<string, string | undefined>>} Environment
 * @typedef {import('./run.js').Outcome} Outcome
 */

const onPath = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge']

const onMac = ['Chromium', 'Google Chrome', 'Microsoft Edge'].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`
)

const onWindows = [
  'Chromium/Application/chrome.exe',
  'Google/Chrome/Application/chrome.exe',
  'Microsoft/Edge/Application/msedge.exe'
]

/**
 * Where a browser may be, the first choice first.
 *
 * @param {Environment} env
 */
const candidates = async (env) => {
  const { chromium } = await import('playwright-core')
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const programs = [env.LOCALAPPDATA, env.PROGRAMFILES, env['PROGRAMFILES(X86)']]
  return [
    ...onPath.flatMap((command) => folders.map((folder) => join(folder, command))),
    ...onMac,
    ...programs.flatMap((folder) => (folder ? onWindows.map((path) => join(folder, path)) : [])),
    chromium.executablePath()
  ]
}

/** Ubuntu's `chromium-browser` may be no more than a hint to install a snap. On Windows a version opens a window. */
const runs = (/** @type {string} */ path) =>
  process.platform === 'win32' || spawnSync(path, ['--version'], { timeout: 20_000 }).status === 0

/**
 * The browser that `PATCHCORD_BROWSER` names, else the first that is there.
 *
 * @param {Environment} [env]
 */
export const findBrowser = async (env = process.env) =>
  env.PATCHCORD_BROWSER ?? (await candidates(env)).find((path) => existsSync(path) && runs(path))

/** @returns {Promise<Outcome>} */
const installBrowser = async () => {
  const prefix = await aptPrefix()
  if (prefix !== undefined) {
    const debian = await aptInstall(prefix, 'chromium')
    if (debian.ok) return debian
  }
  // Its libraries are the system's affair, which only root can settle.
  const libraries = prefix === undefined ? [] : ['--with-deps']
  return run(process.execPath, [tool('playwright-core'), 'install', ...libraries, '--no-shell', 'chromium'])
}

const noBrowser =
  'There is no browser, and none could be installed: install Chromium, Chrome or Edge, or set PATCHCORD_BROWSER to the path of one.'

/**
 * Finds a browser or installs one, and names it to everything that is started from here.
 *
 * @returns {Promise<Outcome>}
 */
export const provideBrowser = async () => {
  let path = await findBrowser()
  let output = ''
  if (path === undefined) {
    output = (await installBrowser()).output
    path = await findBrowser()
  }
  if (path !== undefined) {
    process.env.PATCHCORD_BROWSER = path
    return { ok: true, output }
  }
  return { ok: false, output: `${output}${noBrowser}\n` }
}
