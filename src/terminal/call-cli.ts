/** `patchcord call`: reads what it is told, puts the parts together, and runs. */
import type { Readable, Writable } from 'node:stream'
import { weriftStack } from '../rtc/werift/stack.ts'
import { exitCodes } from './exit-codes.ts'
import { HeadlessFront } from './headless.ts'
import { helpText } from './help.ts'
import { type CallOptions, readOptions } from './options.ts'
import { Party } from './party.ts'
import { openSource } from './sources/open.ts'
import { MediaError, type Source } from './sources/source.ts'

export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly environment: Readonly<Record<string, string | undefined>>
}

const say = ({ stderr }: Io, error: unknown): void => {
  stderr.write(`patchcord: ${error instanceof Error ? error.message : String(error)}\n`)
}

const runWith = async (options: CallOptions, source: Source, io: Io): Promise<number> => {
  const input = options.source === '-' ? null : io.stdin
  const front = new HeadlessFront({ input, output: io.stdout })
  const party = new Party({ options, stack: weriftStack(), source, front, attended: false })
  return party.run()
}

/** Resolves with the exit code. */
export const runCall = async (args: readonly string[], io: Io): Promise<number> => {
  let options: CallOptions
  try {
    options = readOptions(args, io.environment)
  } catch (error) {
    say(io, error)
    return exitCodes.usage
  }
  if (options.help) {
    io.stdout.write(helpText)
    return exitCodes.ok
  }
  try {
    return await runWith(options, await openSource(options, io.stdin), io)
  } catch (error) {
    if (!(error instanceof MediaError)) throw error
    say(io, error)
    return exitCodes.media
  }
}
