/**
 * Percentiles of as many durations as there are, in the same few kilobytes: they are counted in buckets whose bounds
 * grow by two percent, so that what is read is within one percent of what was recorded.
 *
 * @see https://www.vldb.org/pvldb/vol12/p2195-masson.pdf
 */

/** How far what is read may be from what was recorded, as a part of it. */
const accuracy = 0.01
const growth = (1 + accuracy) / (1 - accuracy)
/** What is shorter or longer counts as this long. In milliseconds: a microsecond, and an hour. */
const least = 0.001
const most = 3_600_000

const indexOf = (ms: number): number => Math.ceil(Math.log(ms / least) / Math.log(growth))
const buckets = indexOf(most) + 1

/** In the middle of its bucket, as far as its own size goes. */
const valueAt = (index: number): number => (2 * least * growth ** index) / (growth + 1)

/** What a histogram says, in milliseconds; all of it is 0 when nothing was recorded. */
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
  readonly #counts = new Float64Array(buckets)
  #count = 0
  #sum = 0
  #min = Infinity
  #max = 0

  get count(): number {
    return this.#count
  }

  /** What is no duration at all, such as one by a clock that was set back, counts as none. */
  record(ms: number): void {
    const known = Number.isFinite(ms) ? Math.min(Math.max(ms, 0), most) : 0
    const index = indexOf(Math.max(known, least))
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#count += 1
    this.#sum += known
    this.#min = Math.min(this.#min, known)
    this.#max = Math.max(this.#max, known)
  }

  /** The least duration that so many percent do not exceed; 0 when there is none. */
  percentile(percent: number): number {
    if (this.#count === 0) return 0
    const rank = Math.max(1, Math.ceil((this.#count * percent) / 100))
    let seen = 0
    let index = -1
    while (seen < rank) {
      index += 1
      seen += this.#counts[index] ?? Infinity
    }
    return Math.min(Math.max(valueAt(index), this.#min), this.#max)
  }

  read(): Percentiles {
    return {
      count: this.#count,
      mean: this.#count === 0 ? 0 : this.#sum / this.#count,
      p50: this.percentile(50),
      p90: this.percentile(90),
      p95: this.percentile(95),
      p99: this.percentile(99),
      max: this.#max
    }
  }
}
