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
const cli = join(root, 'dist', 'cli.js')
process.argv[1] = cli
process.setSourceMapsEnabled(true)
// npm hands a signal to the shell between us and itself: when that has gone, we were asked to go.
const shell = process.ppid
const watch = setInterval(() => {
  if (process.ppid === shell) return
  clearInterval(watch)
  process.kill(process.pid, 'SIGTERM')
}, 500).unref()
await import(pathToFileURL(cli).href)
