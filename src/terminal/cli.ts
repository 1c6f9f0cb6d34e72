#!/usr/bin/env node
import { runCall } from './call-cli.ts'

const { stdin, stdout, stderr, env } = process
const code = await runCall(process.argv.slice(2), { stdin, stdout, stderr, environment: env })
// The media stack keeps timers of relays that it no longer uses for minutes.
stdout.write('', () => process.exit(code))
