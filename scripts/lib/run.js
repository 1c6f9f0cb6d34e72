// @ts-check
/** How the scripts start other programs, on every system alike. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Programs ask whether they write to a terminal, and here they write to us. */
const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }
const coloring = 'NO_COLOR' in process.env || 'FORCE_COLOR' in process.env ? {} : color

/**
 * How a program ended. What it wrote is kept, so that only a failure is shown.
 *
 * @typedef {{ ok: boolean, output: string }} Outcome
 */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<Outcome>}
 */
export const run = (command, args, options) =>
  new Promise((resolve) => {
    let output = ''
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...coloring },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options
    })
    child.stdout?.setEncoding('utf8').on('data', (text) => (output += text))
    child.stderr?.setEncoding('utf8').on('data', (text) => (output += text))
    child.once('error', (error) => resolve({ ok: false, output: `${command}: ${error.message}\n` }))
    child.once('close', (code) => resolve({ ok: code === 0, output }))
  })

/**
 * A command line for the system's shell, which knows that on Windows npm is `npm.cmd`.
 *
 * @param {string} line
 */
export const runLine = (line) => run(line, [], { shell: true })

/**
 * The JavaScript file behind the command of an installed package: given to node, it needs no shell.
 *
 * @param {string} name
 * @param {string} [command]
 */
export const tool = (name, command = name) => {
  const folder = join(root, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, bin[command])
}
