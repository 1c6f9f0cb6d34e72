#!/usr/bin/env node
/** The `patchcord` command: `call` and `load` are programs of their own, and anything else is for the server. */
import type { Io } from './terminal/call-cli.ts'

const [command, ...args] = process.argv.slice(2)

const runInTerminal = async (run: (args: readonly string[], io: Io) => Promise<number>): Promise<void> => {
  const { stdin, stdout, stderr, env: environment } = process
  const control = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // The second time it does not wait.
    process.once(signal, () => control.abort())
  }
  // Whoever read the lines has gone.
  stdout.on('error', () => control.abort())
  const code = await run(args, { stdin, stdout, stderr, environment, interrupted: control.signal })
  // The media stack keeps timers of relays that it no longer uses for minutes.
  stdout.write('', () => process.exit(code))
}

if (command === 'call') {
  const { runCall } = await import('./terminal/call-cli.ts')
  await runInTerminal(runCall)
} else if (command === 'load') {
  const { runLoad } = await import('./terminal/load/load.ts')
  await runInTerminal(runLoad)
} else {
  await import('./server/cli.ts')
}
