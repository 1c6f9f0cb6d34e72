// @ts-check
/**
 * `npm run dev`: keeps the server and the app built while their sources are edited, and starts the
 * server again with every build. Its arguments are the server's.
 */
import './lib/node-version.js'
import { spawn } from 'node:child_process'
import { server as serverBundle } from './lib/bundle.js'
import { installing, prepare } from './lib/prepare.js'
import { root } from './lib/run.js'

process.chdir(root)
await prepare(installing)
const { context } = await import('esbuild')
const { build: buildApp } = await import('vite')

/** @type {import('node:child_process').ChildProcess | undefined} */
let running
let replaced = false
const built = { server: false, app: false }

const launch = () => {
  const args = ['--enable-source-maps', 'dist/server/cli.js', ...process.argv.slice(2)]
  replaced = false
  running = spawn(process.execPath, args, { stdio: 'inherit' })
  running.once('exit', () => {
    running = undefined
    if (replaced) launch()
  })
}

/** The old server has to give up its port before the new one can have it. */
const restart = (/** @type {keyof typeof built} */ part) => {
  built[part] = true
  if (!built.server || !built.app) return
  replaced = running !== undefined
  if (running) running.kill()
  else launch()
}

const bundle = await context({
  ...serverBundle,
  plugins: [
    {
      name: 'restart',
      setup: (build) => build.onEnd(({ errors }) => (errors.length === 0 ? restart('server') : undefined))
    }
  ]
})
await bundle.watch()

const app = await buildApp({ logLevel: 'warn', build: { watch: {} } })
if (!('on' in app)) throw new Error('Vite has built the app once instead of watching it.')
app.on('event', (event) => {
  if (event.code === 'ERROR') console.error(event.error)
  if (event.code === 'END') restart('app')
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    running?.kill()
    process.exit()
  })
}
