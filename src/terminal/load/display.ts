/** Says how a run is going: in a line that is written again and again on a terminal, in plain lines elsewhere. */
import type { Plan } from './plan.ts'
import { type Progress, barLine, plainLine } from './progress.ts'
import type { Tally } from './tally.ts'

interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Between lines. */
const terminalMs = 250
const plainMs = 5_000
/** Calls are counted over this time. */
const windowMs = 5_000

const toStartOfLine = '\r\u001B[K'

interface Sample {
  readonly now: number
  readonly answered: number
}

interface DisplayOptions {
  readonly pairs: number
  readonly tally: Tally
  readonly now: () => number
  readonly runner: { readonly phase: Plan['phase']; readonly progress: number }
}

export class Display {
  readonly #output: Output
  readonly #options: DisplayOptions
  readonly #begunAt: number
  readonly #timer: NodeJS.Timeout
  #samples: readonly Sample[]

  constructor(output: Output, options: DisplayOptions) {
    this.#output = output
    this.#options = options
    this.#begunAt = options.now()
    this.#samples = [{ now: this.#begunAt, answered: 0 }]
    this.#timer = setInterval(() => this.#show(), output.isTTY ? terminalMs : plainMs)
  }

  /** Leaves the line to others. */
  close(): void {
    clearInterval(this.#timer)
    if (this.#output.isTTY) this.#output.write(toStartOfLine)
  }

  #show(): void {
    const progress = this.#read()
    const { isTTY = false, columns = 80 } = this.#output
    this.#output.write(
      isTTY ? `${toStartOfLine}${barLine(progress, columns - 1)}` : `${plainLine(progress)}\n`
    )
  }

  #read(): Progress {
    const { pairs, tally, now, runner } = this.#options
    const sample = { now: now(), answered: tally.answered }
    // While nobody calls there is nothing to count.
    if (runner.phase === 'signing-in') this.#samples = []
    const recent = this.#samples.filter(({ now }) => now >= sample.now - windowMs - terminalMs)
    this.#samples = [...(recent.length > 0 ? recent : this.#samples.slice(-1)), sample]
    const [first = sample] = this.#samples
    const seconds = (sample.now - first.now) / 1_000
    return {
      phase: runner.phase,
      part: runner.progress,
      seconds: (sample.now - this.#begunAt) / 1_000,
      clients: 2 * pairs,
      present: tally.present,
      callsPerSecond: seconds > 0 ? (sample.answered - first.answered) / seconds : 0,
      failed: tally.failed,
      errors: tally.troubles,
      accept: tally.latencies.get('accept')?.read() ?? null
    }
  }
}
