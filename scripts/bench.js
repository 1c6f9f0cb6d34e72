// @ts-check
/** `npm run bench -- NAME [ARGUMENTS]`: builds what is measured, then one benchmark of `bench/`, and runs it. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { build } from 'esbuild'
import { building, prepare } from './lib/prepare.js'

const [name = '', ...args] = process.argv.slice(2)
const source = `bench/${name}.ts`
if (!existsSync(source)) {
  console.error('Which one? npm run bench -- crowd | first-frame | recovery | relay | signaling')
  process.exit(1)
}
await prepare(building)
await build({
  entryPoints: [source],
  outfile: `dist/bench/${name}.js`,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external'
})
spawn(process.execPath, [`dist/bench/${name}.js`, ...args], { stdio: 'inherit' }).on('exit', (code) => {
  process.exitCode = code ?? 1
})
