/** What a run says of itself while it is on, in a line. */
import type { Percentiles } from './histogram.ts'
import { duration, short, whole } from './numbers.ts'
import type { Plan } from './plan.ts'

export interface Progress {
  readonly phase: Plan['phase']
  /** How much of the phase has passed, from 0 to 1. */
  readonly part: number
  readonly seconds: number
  readonly clients: number
  /** Clients that are signed in. */
  readonly present: number
  readonly callsPerSecond: number
  readonly failed: number
  /** Refusals among them. */
  readonly errors: number
  readonly accept: Pick<Percentiles, 'count' | 'p50' | 'p99'> | null
}

const shortestBar = 10
const longestBar = 30

const words = (progress: Progress): readonly string[] => {
  const { phase, seconds, clients, present, callsPerSecond, failed, errors, accept } = progress
  const [time, trouble] = [duration(seconds), `${whole(failed)} failed  ${whole(errors)} errors`]
  switch (phase) {
    case 'signing-in':
      return [time, `${whole(present)} of ${whole(clients)} signed in`, `${whole(errors)} errors`]
    case 'calling':
      return [
        time,
        `${short(callsPerSecond)} calls/s`,
        trouble,
        ...(accept !== null && accept.count > 0
          ? [`p50 ${short(accept.p50)} p99 ${short(accept.p99)} ms`]
          : [])
      ]
    default:
      return [time, 'ending', trouble]
  }
}

const percent = (part: number): string => `${Math.floor(part * 100)} %`.padStart(5)

export const plainLine = (progress: Progress): string =>
  [percent(progress.part).trim(), ...words(progress)].join('  ')

/** With a bar that fits into so many columns, where there is room for one. */
export const barLine = (progress: Progress, columns: number): string => {
  const text = [percent(progress.part), ...words(progress)].join('  ')
  const width = Math.min(longestBar, columns - text.length - 1)
  if (width < shortestBar) return text.slice(0, columns)
  const full = Math.round(width * progress.part)
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${text}`
}
