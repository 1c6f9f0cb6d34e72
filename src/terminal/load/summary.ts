/** What a run has come to: for its table, its file and its exit code. */
import type { Percentiles } from './histogram.ts'
import type { Why } from './plan.ts'
import type { MediaTraffic, Tally, Traffic } from './tally.ts'

/** What was asked for, as far as it says what the numbers are about. */
export interface RunSettings {
  readonly server: string
  readonly protocol: string
  readonly pairs: number
  readonly mediaPairs: number
  readonly rate: number
  readonly talkSeconds: number
  readonly pauseSeconds: number
  /** `null` where each pair has a lobby of its own. */
  readonly lobby: string | null
  readonly seed: number
}

/** How the run itself fared. */
export interface Course {
  readonly seconds: number
  readonly why: Why
  /** Of one processor, in percent. */
  readonly busyPercent: number
}

type Counts = Readonly<Record<string, number>>
type Latencies = Readonly<Record<string, Percentiles>>

/** The content of the file. */
export interface Summary {
  readonly version: 1
  readonly exitCode: 0 | 1 | 2
  readonly settings: RunSettings
  readonly seconds: number
  readonly why: Why
  readonly clients: { readonly signedIn: number; readonly keptOut: number; readonly lost: number }
  readonly calls: {
    readonly begun: number
    readonly answered: number
    readonly well: number
    readonly failed: number
    readonly cutOff: number
    readonly answeredPerSecond: number
  }
  readonly ends: Counts
  readonly refusals: Counts
  readonly errors: Counts
  /** In milliseconds. */
  readonly latencies: Latencies
  readonly signaling: Readonly<Traffic>
  readonly media: (Readonly<MediaTraffic> & { readonly latencies: Latencies }) | null
  readonly self: { readonly busyPercent: number; readonly lateness: Percentiles }
}

const sorted = (counts: ReadonlyMap<string, number>): Counts =>
  Object.fromEntries([...counts].sort(([, one], [, other]) => other - one))

const read = (latencies: Tally['latencies'] | Tally['mediaLatencies']): Latencies =>
  Object.fromEntries(Array.from(latencies, ([name, histogram]) => [name, histogram.read()]))

/** 0: all went well; 1: there was nobody, or no call; 2: something failed. */
const exitCodeOf = ({ signedIn, begun, failed, troubles }: Tally): 0 | 1 | 2 => {
  if (signedIn === 0) return 1
  if (failed + troubles > 0) return 2
  return begun === 0 ? 1 : 0
}

export const summarize = (
  tally: Tally,
  settings: RunSettings,
  { seconds, why, busyPercent }: Course
): Summary => {
  const { signedIn, keptOut, lost, begun, answered, well, failed, cutOff } = tally
  return {
    version: 1,
    exitCode: exitCodeOf(tally),
    settings,
    seconds,
    why,
    clients: { signedIn, keptOut, lost },
    calls: {
      begun,
      answered,
      well,
      failed,
      cutOff,
      answeredPerSecond: seconds > 0 ? answered / seconds : 0
    },
    ends: sorted(tally.ends),
    refusals: sorted(tally.refusals),
    errors: sorted(tally.errors),
    latencies: read(tally.latencies),
    signaling: { ...tally.traffic },
    media: settings.mediaPairs > 0 ? { ...tally.media, latencies: read(tally.mediaLatencies) } : null,
    self: { busyPercent, lateness: tally.lateness.read() }
  }
}

/** The most frequent of what went wrong, in the words of a table. */
export const worstOf = ({ errors, refusals }: Pick<Summary, 'errors' | 'refusals'>): string | null => {
  const [worst] = [...Object.entries(errors), ...Object.entries(refusals)].sort(
    ([, one], [, other]) => other - one
  )
  return worst?.[0] ?? null
}
