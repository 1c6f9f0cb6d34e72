/** `patchcord load` as a test has it: what it says, its exit code, and a way to interrupt it. */
import * as v from 'valibot'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runLoad } from '../../src/terminal/load/load.ts'

const count = v.number()
const counts = v.record(v.string(), count)
const latencies = v.record(
  v.string(),
  v.object({ count, mean: count, p50: count, p90: count, p95: count, p99: count, max: count })
)

/** The file that a run leaves, for those who read it. */
const summary = v.object({
  version: v.literal(1),
  exitCode: v.picklist([0, 1, 2]),
  why: v.string(),
  seconds: count,
  settings: v.object({ protocol: v.string(), pairs: count, seed: count, lobby: v.nullable(v.string()) }),
  clients: v.object({ signedIn: count, keptOut: count, lost: count }),
  calls: v.object({
    begun: count,
    answered: count,
    well: count,
    failed: count,
    cutOff: count,
    answeredPerSecond: count
  }),
  ends: counts,
  refusals: counts,
  errors: counts,
  latencies,
  signaling: v.object({
    sentBytes: count,
    receivedBytes: count,
    sentMessages: count,
    receivedMessages: count
  }),
  media: v.nullable(
    v.object({
      packetsSent: count,
      packetsReceived: count,
      packetsLost: count,
      bytesSent: count,
      bytesReceived: count,
      latencies
    })
  ),
  self: v.object({ busyPercent: count, lateness: v.object({ p99: count }) })
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
  const listeners = new Set<() => void>()
  let [said, complained] = ['', '']
  const run = async (): Promise<LoadRun> => {
    try {
      const code = await runLoad(
        ['--server', server, '--json', join(folder, 'out.json'), ...flags.split(' ')],
        {
          stdout: { write: (text) => (said += text) },
          stderr: { write: (text) => (complained += text) },
          onInterrupt(run) {
            listeners.add(run)
            return () => listeners.delete(run)
          }
        }
      )
      return { code, said, complained, summary: readSummary(folder) }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  const ended = run()
  return {
    interrupt() {
      for (const listener of listeners) listener()
    },
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
