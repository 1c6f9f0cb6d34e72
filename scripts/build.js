// @ts-check
/** `npm run build`: the server, the SDK and the app, into `dist`. */
import './lib/node-version.js'
import { rmSync, writeFileSync } from 'node:fs'
import { command, fingerprint, sdk, sdkBeside, sdkForNode, stamp } from './lib/bundle.js'
import { installing, prepare } from './lib/prepare.js'
import { root } from './lib/run.js'

process.chdir(root)
await prepare(installing)
const { build: bundle } = await import('esbuild')
const { build: buildApp } = await import('vite')
// Taken first: what is edited while it builds makes this build an old one.
const print = fingerprint(root)
rmSync('dist', { recursive: true, force: true })
const app = buildApp({ logLevel: 'warn' }).catch((error) => {
  console.error(error)
  throw error
})
// esbuild says by itself what is wrong.
const parts = await Promise.allSettled([
  bundle(command),
  bundle(sdk),
  bundle(sdkBeside),
  bundle(sdkForNode),
  app
])
if (parts.every(({ status }) => status === 'fulfilled')) writeFileSync(stamp, print)
else process.exitCode = 1
