/** `patchcord call`: reads what it is told, puts the parts together, and runs. */
import type { Readable, Writable } from 'node:stream'
import type { RtcStack } from '../rtc/stack.ts'
import { weriftStack } from '../rtc/werift/stack.ts'
import { wrtcStack } from '../rtc/wrtc/stack.ts'
import { exitCodes } from './exit-codes.ts'
import type { Front } from './front.ts'
import { HeadlessFront } from './headless.ts'
import { helpText } from './help.ts'
import { newEcho } from './loopback.ts'
import { type CallOptions, readOptions } from './options.ts'
import { Party } from './party.ts'
import { ensureWritable } from './recordings.ts'
import { openSource } from './sources/open.ts'
import { MediaError, type Source } from './sources/source.ts'

export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Aborted when it is asked to go. */
  readonly interrupted: AbortSignal
}

const say = ({ stderr }: Io, error: unknown): void => {
  stderr.write(`patchcord: ${error instanceof Error ? error.message : String(error)}\n`)
}

const headless = ({ source }: CallOptions, { stdin, stdout }: Io): Front =>
  new HeadlessFront({ input: source === '-' ? null : stdin, output: stdout })

/** Loaded only here: a program that runs it headless needs none of what draws. */
const inTerminal = async (options: CallOptions, stack: RtcStack, { environment }: Io): Promise<Front> => {
  // Ink draws nothing where these say that nobody looks, though this is a terminal.
  delete process.env.CI
  delete process.env.CONTINUOUS_INTEGRATION
  const [{ WindowFront }, { colorDepthOf }] = await Promise.all([
    import('./window/window-front.tsx'),
    import('./window/picture-view.ts')
  ])
  return new WindowFront({
    server: options.server,
    port: options.port,
    name: options.name,
    depth: colorDepthOf(options.picture, environment),
    pictureOf(stream) {
      const [track] = stream.getVideoTracks()
      return track ? stack.received(track) : null
    }
  })
}

const newStack = ({ stack, codecs }: CallOptions): RtcStack => {
  if (stack === 'werift') return weriftStack({ video: codecs })
  try {
    return wrtcStack()
  } catch (cause) {
    throw new MediaError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

interface Parts {
  readonly stack: RtcStack
  readonly source: Source
}

const runWith = async (options: CallOptions, { stack, source }: Parts, io: Io): Promise<number> => {
  const front = options.headless ? headless(options, io) : await inTerminal(options, stack, io)
  const echo = options.loopback ? newEcho(options, stack) : null
  const attended = !options.headless
  const party = new Party({
    options: {
      ...options,
      peer: echo?.name ?? options.peer,
      // A person sees how the call goes.
      stats: options.stats || (attended ? 1 : 0)
    },
    stack,
    source,
    front,
    attended
  })
  io.interrupted.addEventListener('abort', () => party.quit(), { once: true })
  const answering = echo?.party.run()
  const running = party.run()
  if (io.interrupted.aborted) party.quit()
  const code = await running
  echo?.party.quit()
  await answering
  await stack.close()
  return code
}

/** `null` if it was asked to go: a pipe into which nothing comes may take for ever to open. */
const unlessInterrupted = async <T>(work: Promise<T>, interrupted: AbortSignal): Promise<T | null> => {
  const asked = new Promise<null>((resolve) => {
    if (interrupted.aborted) resolve(null)
    interrupted.addEventListener('abort', () => resolve(null), { once: true })
  })
  return Promise.race([work, asked])
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
  if (!options.headless && !(io.stdin.isTTY && io.stdout.isTTY)) {
    say(io, 'This is no terminal to draw in: run it in one, or add --headless for lines of JSON.')
    return exitCodes.noTerminal
  }
  try {
    ensureWritable(options)
    const stack = newStack(options)
    const source = await unlessInterrupted(openSource(options, io.stdin), io.interrupted)
    return source === null ? exitCodes.ok : await runWith(options, { stack, source }, io)
  } catch (error) {
    if (!(error instanceof MediaError)) throw error
    say(io, error)
    return exitCodes.media
  }
}
