// @ts-check
/** `npm run build`: the server, the SDK and the app, into `dist`. */
import { rmSync, writeFileSync } from 'node:fs'
import { build as bundle } from 'esbuild'
import { build as buildApp } from 'vite'
import { fingerprint, sdk, server, stamp } from './lib/bundle.js'
import { root } from './lib/run.js'

process.chdir(root)
// Taken first: what is edited while it builds makes this build an old one.
const print = fingerprint(root)
rmSync('dist', { recursive: true, force: true })
try {
  await Promise.all([bundle(server), bundle(sdk), buildApp({ logLevel: 'warn' })])
  writeFileSync(stamp, print)
} catch (error) {
  // esbuild has said by itself what is wrong; Vite leaves that to its caller.
  if (!(error instanceof Error && 'errors' in error)) console.error(error)
  process.exitCode = 1
}
