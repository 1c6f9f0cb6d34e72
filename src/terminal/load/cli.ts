#!/usr/bin/env node
/** `patchcord load` as a program of its own. */
import { runLoad } from './load.ts'

// Whoever has read enough closes the pipe.
process.stdout.on('error', () => process.exit(1))

const code = await runLoad(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  onInterrupt(run) {
    const signals = ['SIGINT', 'SIGTERM'] as const
    for (const signal of signals) process.on(signal, run)
    return () => {
      for (const signal of signals) process.off(signal, run)
    }
  }
})
// Werift leaves a timer of minutes behind for each relayed address that it had.
process.stdout.write('', () => process.exit(code))
