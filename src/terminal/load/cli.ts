#!/usr/bin/env node
import { runLoad } from './load.ts'

const { stdin, stdout, stderr, env } = process
// Whoever has read enough closes the pipe.
stdout.on('error', () => process.exit(1))
const code = await runLoad(process.argv.slice(2), { stdin, stdout, stderr, environment: env })
// The media stack keeps timers of relays that it no longer uses for minutes.
stdout.write('', () => process.exit(code))
