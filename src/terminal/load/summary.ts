/** What a run has come to: for its table, its file and its exit code. */
import { exitCodeOf, exitCodes } from '../exit-codes.ts'
import type { Percentiles } from './histogram.ts'
import type { Course } from './plan.ts'
import type { MediaTraffic, Tally, Traffic } from './tally.ts'

/** What was asked for, as far as it says what the numbers are about. */
export interface RunSettings {
  readonly server: string
  readonly protocol: string
  readonly pairs: number
  readonly mediaPairs: number
  readonly callsPerSecond: number
  readonly signInsPerSecond: number
  readonly talkSeconds: number
  /** `null` where each pair has a lobby of its own. */
  readonly lobby: string | null
}

/** How the run itself fared. */
export interface RunCourse extends Course {
  readonly seconds: number
  /** Of one processor, in percent. */
  readonly busyPercent: number
}

type Counts = Readonly<Record<string, number>>
type Latencies = Readonly<Record<string, Percentiles>>

/** The content of the file, as docs/load.md describes it. */
export interface Summary {
  readonly version: 1
  readonly exitCode: number
  readonly why: Course['why']
  readonly settings: RunSettings
  /** Of all of it, and from the first call on. */
  readonly seconds: number
  readonly callingSeconds: number
  readonly clients: { readonly signedIn: number; readonly keptOut: number; readonly lost: number }
  readonly calls: {
    readonly begun: number
    /** Due, but nobody was free. */
    readonly missed: number
    readonly answered: number
    readonly well: number
    readonly failed: number
    readonly cutOff: number
    readonly answeredPerSecond: number
  }
  readonly ends: Counts
  readonly refusals: Counts
  readonly errors: Counts
  readonly latenciesMs: Latencies
  readonly signaling: Readonly<Traffic>
  readonly media: (Readonly<MediaTraffic> & { readonly latenciesMs: Latencies }) | null
  readonly self: { readonly busyPercent: number; readonly latenessMs: Percentiles }
}

const sorted = (counts: ReadonlyMap<string, number>): Counts =>
  Object.fromEntries([...counts].sort(([, one], [, other]) => other - one))

const read = (latencies: Tally['latencies'] | Tally['mediaLatencies']): Latencies =>
  Object.fromEntries(Array.from(latencies, ([name, histogram]) => [name, histogram.read()]))

/** Where nobody is there, that is what is wrong; otherwise, whether something failed. */
const codeOf = ({ signedIn, failed, troubles, refusals }: Tally, { why, missed }: Course): number => {
  if (why === 'nobody-there' && signedIn > 0) return exitCodes.unreachable
  if (why === 'nobody-there') return refusals.size > 0 ? exitCodes.refused : exitCodes.unreachable
  return failed + troubles + missed > 0 ? exitCodeOf.failed : exitCodes.ok
}

export const summarize = (
  tally: Tally,
  settings: RunSettings,
  { seconds, callingMs, why, missed, busyPercent }: RunCourse
): Summary => {
  const { signedIn, keptOut, lost, begun, answered, well, failed, cutOff } = tally
  return {
    version: 1,
    exitCode: codeOf(tally, { why, missed, callingMs }),
    why,
    settings,
    seconds,
    callingSeconds: callingMs / 1_000,
    clients: { signedIn, keptOut, lost },
    calls: {
      begun,
      missed,
      answered,
      well,
      failed,
      cutOff,
      answeredPerSecond: callingMs > 0 ? (answered * 1_000) / callingMs : 0
    },
    ends: sorted(tally.ends),
    refusals: sorted(tally.refusals),
    errors: sorted(tally.errors),
    latenciesMs: read(tally.latencies),
    signaling: { ...tally.traffic },
    media: settings.mediaPairs > 0 ? { ...tally.media, latenciesMs: read(tally.mediaLatencies) } : null,
    self: { busyPercent, latenessMs: tally.lateness.read() }
  }
}

/** The most frequent of what went wrong, in the words of a table. */
export const worstOf = ({ errors, refusals }: Pick<Summary, 'errors' | 'refusals'>): string | null => {
  const [worst] = [...Object.entries(errors), ...Object.entries(refusals)].sort(
    ([, one], [, other]) => other - one
  )
  return worst?.[0] ?? null
}
