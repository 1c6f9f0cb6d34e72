/**
 * Lets what has time happen at a pace and in turn, so that however much of it there is, it leaves
 * room for what is urgent.
 */
import { type Bucket, type Rate, fullBucket, take } from '../core/bucket.ts'

export interface PaceOptions extends Rate {
  /** In milliseconds. */
  readonly now: () => number
}

type Task = () => void

/** How often it is looked whether those who wait may go. */
const tickMs = 20

export class Pace {
  readonly #options: PaceOptions
  readonly #waiting = new Set<Task>()
  #bucket: Bucket
  #timer: NodeJS.Timeout | undefined

  constructor(options: PaceOptions) {
    this.#options = options
    this.#bucket = fullBucket(options, options.now())
  }

  /** Calls it once: now, or when it is its turn. What waits already keeps its place. */
  take(task: Task): void {
    this.#waiting.add(task)
    if (this.#timer === undefined) this.#run()
  }

  /** It is not called any more. */
  forget(task: Task): void {
    this.#waiting.delete(task)
  }

  #run(): void {
    this.#timer = undefined
    for (const task of this.#waiting) {
      const rest = take(this.#bucket, this.#options, { cost: 1, now: this.#options.now() })
      if (rest === null) {
        this.#timer = setTimeout(() => this.#run(), tickMs)
        return
      }
      this.#bucket = rest
      this.#waiting.delete(task)
      task()
    }
  }
}
