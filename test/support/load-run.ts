/** `patchcord load` as a test has it: what it says, its exit code, and a way to interrupt it. */
import * as v from 'valibot'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { runLoad } from '../../src/terminal/load/load.ts'

const count = v.number()
const counts = v.record(v.string(), count)
const percentiles = v.object({
  count,
  mean: count,
  p50: count,
  p90: count,
  p95: count,
  p99: count,
  max: count
})
const latenciesMs = v.record(v.string(), percentiles)

/** The file that a run leaves, for those who read it. */
const summary = v.strictObject({
  version: v.literal(1),
  exitCode: count,
  why: v.picklist(['finished', 'interrupted', 'nobody-there']),
  settings: v.strictObject({
    server: v.string(),
    protocol: v.string(),
    pairs: count,
    mediaPairs: count,
    callsPerSecond: count,
    signInsPerSecond: count,
    talkSeconds: count,
    lobby: v.nullable(v.string())
  }),
  seconds: count,
  callingSeconds: count,
  clients: v.strictObject({ signedIn: count, keptOut: count, lost: count }),
  calls: v.strictObject({
    begun: count,
    missed: count,
    answered: count,
    well: count,
    failed: count,
    cutOff: count,
    answeredPerSecond: count
  }),
  ends: counts,
  refusals: counts,
  errors: counts,
  latenciesMs,
  signaling: v.strictObject({
    sentBytes: count,
    receivedBytes: count,
    sentMessages: count,
    receivedMessages: count
  }),
  media: v.nullable(
    v.strictObject({
      packetsSent: count,
      packetsReceived: count,
      packetsLost: count,
      bytesSent: count,
      bytesReceived: count,
      latenciesMs
    })
  ),
  self: v.strictObject({ busyPercent: count, latenessMs: percentiles })
})
export type ReadSummary = v.InferOutput<typeof summary>

export interface LoadRun {
  readonly code: number
  readonly said: string
  readonly complained: string
  /** `null` where there is no file. */
  readonly summary: ReadSummary | null
}

interface Started {
  interrupt(): void
  readonly ended: Promise<LoadRun>
  /** What has come of it, where it has left a file. */
  summary(): Promise<ReadSummary>
}

const readSummary = (folder: string): ReadSummary | null => {
  const [name, ...others] = readdirSync(folder)
  if (others.length > 0) throw new Error(`more than one file: ${others.join()}`)
  return name === undefined ? null : v.parse(summary, JSON.parse(readFileSync(join(folder, name), 'utf8')))
}

/** Flags in one line, but for that of the file. */
export const startLoad = (server: string, flags: string): Started => {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-load-'))
  const control = new AbortController()
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const run = async (): Promise<LoadRun> => {
    const words = Promise.all([text(stdout), text(stderr)])
    try {
      const args = ['--server', server, '--json', join(folder, 'out.json'), ...flags.split(' ')]
      const io = { stdin, stdout, stderr, environment: {}, interrupted: control.signal }
      const code = await runLoad(args, io)
      stdout.end()
      stderr.end()
      const [said, complained] = await words
      return { code, said, complained, summary: readSummary(folder) }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  const ended = run()
  return {
    interrupt: () => control.abort(),
    ended,
    async summary() {
      const { summary, complained, said } = await ended
      if (summary === null) throw new Error(`no file: ${complained}${said}`)
      return summary
    }
  }
}

export const load = (server: string, flags: string): Promise<LoadRun> => startLoad(server, flags).ended

export const summaryOf = (server: string, flags: string): Promise<ReadSummary> =>
  startLoad(server, flags).summary()
