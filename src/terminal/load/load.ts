/** `patchcord load`: puts the parts together, and says what came of it. */
import { randomBytes, randomUUID } from 'node:crypto'
import { Display, type Output } from './display.ts'
import { insistOnDescriptors, openFileLimit, warningAbout } from './machine.ts'
import { opener } from './opener.ts'
import { LoadError, type LoadOptions, loadUsage, readLoadCommand } from './options.ts'
import { resultFile } from './result-file.ts'
import { LoadRunner } from './runner.ts'
import { type RunSettings, type Summary, summarize, worstOf } from './summary.ts'
import { table } from './table.ts'
import { Tally } from './tally.ts'

/** Where a run speaks and what it hears. */
export interface LoadIo {
  /** For what was asked for: the table, the help. */
  readonly stdout: Output
  /** For how it is going, and what is wrong. */
  readonly stderr: Output
  /** Runs it whenever the person wants an end; the answer stops that. */
  onInterrupt(run: () => void): () => void
}

const defaultSeconds = 60
/** How often it is looked how late this process is. */
const lookMs = 50

const now = (): number => performance.now()

const settingsOf = (options: LoadOptions, run: string): RunSettings => ({
  server: options.server,
  protocol: options.protocol,
  pairs: options.pairs,
  mediaPairs: options.media,
  rate: options.rate,
  talkSeconds: options.talk,
  pauseSeconds: options.pause,
  lobby: options.lobbyPerPair ? null : options.protocol === 'native' ? (options.lobby ?? run) : 'main',
  seed: options.seed ?? randomBytes(4).readUInt32BE()
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

const load = async (options: LoadOptions, io: LoadIo): Promise<Summary> => {
  const run = `load-${randomBytes(4).toString('hex')}`
  const settings = settingsOf(options, run)
  const tally = new Tally()
  const runner = new LoadRunner(
    {
      now,
      after,
      random: Math.random,
      newCallId: randomUUID,
      open: await opener(options, { run, tally, now })
    },
    {
      tally,
      mediaPairs: options.media,
      plan: {
        pairs: options.pairs,
        rate: options.rate,
        talkMs: options.talk * 1_000,
        pauseMs: options.pause * 1_000,
        durationMs: (options.duration ?? (options.calls === undefined ? defaultSeconds : Infinity)) * 1_000,
        calls: options.calls ?? Infinity,
        seed: settings.seed
      }
    }
  )
  const { pairs, quiet } = options
  const isEnding = (): boolean => runner.phase !== 'running'
  const display = quiet ? null : new Display(io.stderr, { pairs, tally, now, isEnding })
  const stopWatching = watchLateness(tally)
  const stopListening = io.onInterrupt(() => runner.interrupt())
  const [begunAt, used] = [now(), process.cpuUsage()]
  const why = await runner.run()
  stopListening()
  stopWatching()
  display?.close()
  const seconds = (now() - begunAt) / 1_000
  const { user, system } = process.cpuUsage(used)
  return summarize(tally, settings, { seconds, why, busyPercent: (user + system) / (seconds * 10_000) })
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

const perform = async (args: readonly string[], io: LoadIo): Promise<number> => {
  const command = readLoadCommand(args)
  if (command.type === 'help') {
    io.stdout.write(`${loadUsage()}\n`)
    return 0
  }
  const { options } = command
  insistOnDescriptors(options, openFileLimit())
  const write = options.json === undefined ? null : resultFile(options.json)
  const warning = await warningAbout(options.server)
  if (warning !== null) io.stderr.write(`patchcord: ${warning}\n`)
  const summary = await load(options, io)
  write?.(`${JSON.stringify(summary, null, 2)}\n`)
  if (summary.clients.signedIn === 0) throw new LoadError(excuse(summary))
  io.stdout.write(table(summary))
  return summary.exitCode
}

/** Runs the command with its flags; answers with the exit code. */
export const runLoad = async (args: readonly string[], io: LoadIo): Promise<number> => {
  try {
    return await perform(args, io)
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    io.stderr.write(`patchcord: ${error.message}\n`)
    return 1
  }
}
