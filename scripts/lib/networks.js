// @ts-check
/** Whether tests can have networks of their own here. */
import { existsSync } from 'node:fs'
import { run } from './run.js'

/**
 * What a network does first, to see whether it may: interfaces and namespaces in a user namespace, which
 * some systems keep for root, and most containers for nobody.
 */
const rehearsal = [
  'mount -t tmpfs tmpfs /run',
  'ip tuntap add dev cable mode tun',
  'ip netns add host',
  'ip link set cable netns host',
  'nsenter --net=/run/netns/host true'
].join(' && ')

/** @param {string} text */
const lastLine = (text) => text.trim().split('\n').at(-1) ?? ''

const isLoadable = (/** @type {string} */ name) =>
  import(name).then(
    () => true,
    () => false
  )

/** @returns {Promise<string | undefined>} In words; `undefined` if they can. */
export const whyNoNetworks = async () => {
  if (process.platform !== 'linux') return `network namespaces are Linux's, and this is ${process.platform}`
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun'
  if (!(await isLoadable('koffi'))) return `koffi does not load on this ${process.arch}`
  const { ok, output } = await run('unshare', [
    '--user',
    '--map-root-user',
    '--net',
    '--mount',
    'sh',
    '-c',
    rehearsal
  ])
  return ok ? undefined : `network namespaces are refused (${lastLine(output)})`
}

/**
 * Few systems but Linux have them: their absence is told, and held against the run only where machines
 * are made for tests.
 *
 * @param {() => Promise<string | undefined>} [why]
 * @param {Readonly<Record<string, string | undefined>>} [env]
 * @returns {Promise<import('./steps.js').StepOutcome>}
 */
export const provideNetworks = async (why = whyNoNetworks, env = process.env) => {
  const notRun = await why()
  if (notRun === undefined) return { ok: true, output: '' }
  return env.CI ? { ok: false, output: `${notRun}\n` } : { ok: true, output: '', notRun }
}
