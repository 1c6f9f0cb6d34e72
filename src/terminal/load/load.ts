/** `patchcord load`: puts the parts together, and says what came of it. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Io } from '../call-cli.ts'
import { exitCodes } from '../exit-codes.ts'
import { Display } from './display.ts'
import { insistOnDescriptors, openFileLimit } from './machine.ts'
import { opener } from './opener.ts'
import { LoadError, type LoadOptions, loadHelp, readLoadOptions } from './options.ts'
import { FileError, resultFile } from './result-file.ts'
import { LoadRunner, type World } from './runner.ts'
import { type RunSettings, type Summary, summarize, worstOf } from './summary.ts'
import { table } from './table.ts'
import { Tally } from './tally.ts'

const defaultSeconds = 60
/** How often it is looked how late this process is. */
const lookMs = 50

const now = (): number => performance.now()

const lobbyOf = ({ protocol, lobby, 'lobby-per-pair': isApart }: LoadOptions, run: string): string | null => {
  if (protocol === 'rooms' || isApart) return null
  return protocol === 'native' ? (lobby ?? run) : 'main'
}

const settingsOf = (options: LoadOptions, run: string): RunSettings => ({
  server: options.url,
  protocol: options.protocol,
  pairs: options.pairs,
  mediaPairs: options.media,
  callsPerSecond: options.rate,
  signInsPerSecond: options['sign-ins'],
  talkSeconds: options.talk,
  lobby: lobbyOf(options, run)
})

const after = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

/** Measures, until it is stopped, how much later than it should this process comes to do anything. */
const watchLateness = ({ lateness }: Tally): (() => void) => {
  let due = now() + lookMs
  const timer = setInterval(() => {
    lateness.record(Math.max(0, now() - due))
    due = now() + lookMs
  }, lookMs)
  return () => clearInterval(timer)
}

const runnerOf = (options: LoadOptions, tally: Tally, open: World['open']): LoadRunner => {
  const { duration = options.calls === undefined ? defaultSeconds : Infinity, calls = Infinity } = options
  return new LoadRunner(
    { now, after, random: Math.random, newCallId: randomUUID, open },
    {
      tally,
      talkMs: options.talk * 1_000,
      mediaPairs: options.media,
      plan: {
        pairs: options.pairs,
        signInsPerSecond: options['sign-ins'],
        callsPerSecond: options.rate,
        durationMs: duration * 1_000,
        calls
      }
    }
  )
}

const load = async (options: LoadOptions, io: Io): Promise<Summary> => {
  const run = `load-${randomBytes(4).toString('hex')}`
  const tally = new Tally()
  const { open, close } = await opener(options, { run, tally, now })
  const runner = runnerOf(options, tally, open)
  const display = options.quiet ? null : new Display(io.stderr, { pairs: options.pairs, tally, now, runner })
  const stopWatching = watchLateness(tally)
  const interrupt = (): void => runner.interrupt()
  io.interrupted.addEventListener('abort', interrupt)
  const [begunAt, used] = [now(), process.cpuUsage()]
  const running = runner.run()
  if (io.interrupted.aborted) interrupt()
  const course = await running
  io.interrupted.removeEventListener('abort', interrupt)
  stopWatching()
  display?.close()
  const seconds = (now() - begunAt) / 1_000
  const { user, system } = process.cpuUsage(used)
  await close()
  return summarize(tally, settingsOf(options, run), {
    ...course,
    seconds,
    busyPercent: (user + system) / (seconds * 10_000)
  })
}

/** Why there is nothing to tell, in one sentence. */
const excuse = (summary: Summary): string => {
  const { server } = summary.settings
  const worst = worstOf(summary)
  if (worst === null) return 'It was ended before anybody could sign in.'
  return Object.hasOwn(summary.refusals, worst)
    ? `The server at ${server} has refused every client: ${worst}.`
    : `Nobody could sign in at ${server} (${worst}): start a server there, or say where there is one with --server.`
}

const perform = async (options: LoadOptions, io: Io): Promise<number> => {
  insistOnDescriptors(options, openFileLimit())
  const write = options.json === undefined ? null : resultFile(options.json)
  const summary = await load(options, io)
  if (summary.clients.signedIn > 0) io.stdout.write(table(summary))
  else io.stderr.write(`patchcord: ${excuse(summary)}\n`)
  // What was measured is on the screen, whatever becomes of the file.
  write?.(`${JSON.stringify(summary, null, 2)}\n`)
  return summary.exitCode
}

/** Resolves with the exit code. */
export const runLoad = async (args: readonly string[], io: Io): Promise<number> => {
  try {
    const options = readLoadOptions(args)
    if (options !== 'help') return await perform(options, io)
    io.stdout.write(loadHelp())
    return exitCodes.ok
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    io.stderr.write(`patchcord: ${error.message}\n`)
    return error instanceof FileError ? exitCodes.media : exitCodes.usage
  }
}
