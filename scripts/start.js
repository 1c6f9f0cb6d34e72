/**
 * `npm start`: installs and builds what is missing or out of date, then becomes the server, which gets
 * all arguments. With nothing to do it says nothing, and being the same process it needs to hand on
 * neither signals nor the exit code.
 */
import './lib/node-version.js'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isBuilt } from './lib/bundle.js'
import { install, isInstalled } from './lib/install.js'
import { root, run } from './lib/run.js'
import { runChain } from './lib/steps.js'

const build = () => run(process.execPath, ['scripts/build.js'])

await runChain([
  ...(isInstalled(root) ? [] : [{ name: 'Installing packages', run: install }]),
  ...(isBuilt(root) ? [] : [{ name: 'Building', run: build }])
])
const cli = join(root, 'dist', 'server', 'cli.js')
process.argv[1] = cli
process.setSourceMapsEnabled(true)
await import(pathToFileURL(cli).href)
