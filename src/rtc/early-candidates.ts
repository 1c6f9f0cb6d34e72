/**
 * Holds candidates back until the description that they belong to has been told: a stack may gather the first of them
 * before whoever asked for the description has it.
 */
export class EarlyCandidates<Candidate> {
  readonly #tell: (candidate: Candidate) => void
  readonly #early: Candidate[] = []
  /** How many descriptions are being made. */
  #describing = 0

  constructor(tell: (candidate: Candidate) => void) {
    this.#tell = tell
  }

  take(candidate: Candidate): void {
    if (this.#describing > 0) this.#early.push(candidate)
    else this.#tell(candidate)
  }

  async during<T>(describe: () => Promise<T>): Promise<T> {
    this.#describing += 1
    try {
      return await describe()
    } finally {
      // Whoever waits for the description has it by then.
      setImmediate(() => {
        this.#describing -= 1
        if (this.#describing === 0) for (const candidate of this.#early.splice(0)) this.#tell(candidate)
      })
    }
  }
}
