// @ts-check
/**
 * `npm start`: prepares the clone, then becomes the server, which gets all arguments. Being the same
 * process, it has neither signals nor an exit code to hand on.
 */
import './lib/node-version.js'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { building, installing, prepare } from './lib/prepare.js'
import { root } from './lib/run.js'

await prepare(installing, building)
const cli = join(root, 'dist', 'server', 'cli.js')
process.argv[1] = cli
process.setSourceMapsEnabled(true)
await import(pathToFileURL(cli).href)
