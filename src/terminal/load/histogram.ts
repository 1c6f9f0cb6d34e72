/** Percentiles of as many durations as there are, in bounded memory: Node's own histogram, in milliseconds. */
import { createHistogram } from 'node:perf_hooks'

/** What it counts in, and the longest that it knows: microseconds, and an hour of them. */
const perMs = 1_000
const most = 3_600_000 * perMs

/** What a histogram says, in milliseconds, within a thousandth; all of it is 0 when nothing was recorded. */
export interface Percentiles {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

export class Histogram {
  readonly #durations = createHistogram({ lowest: 1, highest: most, figures: 3 })

  get count(): number {
    return this.#durations.count
  }

  /** What is shorter than a microsecond counts as one, what is longer than an hour as an hour. */
  record(ms: number): void {
    this.#durations.record(Math.min(Math.max(Math.round(ms * perMs), 1), most))
  }

  read(): Percentiles {
    const { count, mean, max } = this.#durations
    const ms = (microseconds: number): number => (count === 0 ? 0 : microseconds / perMs)
    const percentile = (percent: number): number => ms(this.#durations.percentile(percent))
    return {
      count,
      mean: ms(mean),
      p50: percentile(50),
      p90: percentile(90),
      p95: percentile(95),
      p99: percentile(99),
      max: ms(max)
    }
  }
}
