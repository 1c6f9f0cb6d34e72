#!/usr/bin/env node
/**
 * The `patchcord` command: reads what it is told, serves, and goes when it is asked to.
 */
import { readFileSync } from 'node:fs'
import { greeting } from './greeting.ts'
import { SettingsError, type Settings, readCommand, usage } from './settings.ts'
import { serve } from './serve.ts'

const version = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : ''
}

const run = async (settings: Settings): Promise<void> => {
  const server = await serve(settings)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void server.close()
    })
  }
  // Last: whoever starts it may end it as soon as it says that it is ready.
  process.stdout.write(greeting(server, settings))
}

try {
  const command = readCommand(process.argv.slice(2), process.env)
  if (command.type === 'serve') await run(command.settings)
  else process.stdout.write(`${command.type === 'help' ? usage() : version()}\n`)
} catch (error) {
  if (!(error instanceof SettingsError)) throw error
  process.stderr.write(`patchcord: ${error.message}\n`)
  process.exitCode = 1
}
