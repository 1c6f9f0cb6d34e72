/** One piece of work after the other. What comes while too much is waiting is left out: media that is late is of no use. */
export class InTurn<Item> {
  readonly #work: (item: Item) => Promise<void>
  readonly #most: number
  #waiting = 0
  #last: Promise<void> = Promise.resolve()

  /** `most`: how many pieces may wait, the one in work included. */
  constructor(most: number, work: (item: Item) => Promise<void>) {
    this.#most = most
    this.#work = work
  }

  /** Whether it will be done. */
  take(item: Item): boolean {
    if (this.#waiting >= this.#most) return false
    this.#waiting += 1
    this.#last = this.#last
      .then(() => this.#work(item))
      // What cannot be done is left out, too.
      .catch(() => {})
      .finally(() => {
        this.#waiting -= 1
      })
    return true
  }

  /** When all has been done that was taken. */
  done(): Promise<void> {
    return this.#last
  }
}
