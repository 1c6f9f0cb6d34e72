/**
 * One end of a way on which everything arrives once and in order, however often it is cut: what is sent
 * is numbered and kept until the other end says that it has come, and what has come is counted.
 */

export interface Numbered<Item> {
  /** 1, 2, 3 … in each direction. */
  readonly n: number
  readonly item: Item
}

export class Reliable<Item> {
  readonly #sizeOf: (item: Item) => number
  /** Sent and not yet acknowledged, oldest first: the last of them is the last that was sent. */
  readonly #kept: Item[] = []
  #sent = 0
  #size = 0
  #received = 0
  #said = 0

  /** `sizeOf`: what an item takes of the room that `size` measures. */
  constructor(sizeOf: (item: Item) => number = () => 1) {
    this.#sizeOf = sizeOf
  }

  /** How many items wait for the other end's word. */
  get unacknowledged(): number {
    return this.#kept.length
  }

  /** Of all that waits for it. */
  get size(): number {
    return this.#size
  }

  /** The highest number up to which everything has come. */
  get ack(): number {
    return this.#received
  }

  /** How many have come of which the other end does not know yet. */
  get owed(): number {
    return this.#received - this.#said
  }

  /** The `ack` that leaves now. */
  takeAck(): number {
    this.#said = this.#received
    return this.#received
  }

  /** Keeps an item until it is acknowledged, and answers with its number. */
  send(item: Item): number {
    this.#kept.push(item)
    this.#size += this.#sizeOf(item)
    return ++this.#sent
  }

  /** Counts what has come. A `duplicate` is to be dropped; after a `gap` this way is of no use until it is resumed. */
  receive(n: number): 'next' | 'duplicate' | 'gap' {
    if (n <= this.#received) return 'duplicate'
    if (n > this.#received + 1) return 'gap'
    this.#received = n
    return 'next'
  }

  /** The other end has everything up to this number; false when that was never sent. */
  acknowledged(ack: number): boolean {
    if (ack > this.#sent) return false
    for (const item of this.#kept.splice(0, Math.max(0, ack - this.#before))) this.#size -= this.#sizeOf(item)
    return true
  }

  /** What is kept above this number, to be sent again in this order. */
  since(ack: number): readonly Numbered<Item>[] {
    const known = Math.max(0, ack - this.#before)
    return this.#kept.slice(known).map((item, at) => ({ n: this.#before + known + at + 1, item }))
  }

  /** The number before the first that is kept. */
  get #before(): number {
    return this.#sent - this.#kept.length
  }
}
