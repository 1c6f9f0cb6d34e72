/**
 * What two clients say to each other in a call, end to end: counted, kept until the other has it, and said again
 * to a server that has lost it. Towards a partner that does not count, it only holds back what cannot leave yet.
 */
import { Reliable } from '../core/reliable.ts'
import type { ClientMessage } from '../core/signal.ts'
import type { Platform } from './platform.ts'

export type Signal = Extract<
  ClientMessage,
  { readonly type: 'prepare' | 'accept' | 'description' | 'candidate' | 'ice-restart' }
>

interface Way {
  readonly platform: Pick<Platform, 'after'>
  /** The partner's client counts, too. */
  readonly counts: boolean
  send(signal: Signal): void
  /** Tells the partner that all has come up to here. */
  confirm(seq: number): void
}

/** A partner that confirms nothing makes nobody keep more than this. */
const maxKept = 256
/** Candidates come in swarms, and one word confirms them all. */
const confirmMs = 200

export class Delivery {
  readonly #way: Way
  readonly #reliable = new Reliable<Signal>()
  #prepare: Signal | null = null
  #acceptSeq = 0
  #holding = false
  #stopTimer: (() => void) | null = null

  constructor(way: Way) {
    this.#way = way
  }

  say(signal: Signal): void {
    const seq = this.#reliable.send(signal)
    if (signal.type === 'prepare') this.#prepare = { ...signal, seq }
    if (signal.type === 'accept') this.#acceptSeq = seq
    if (this.#reliable.unacknowledged > maxKept) this.#reliable.acknowledged(seq - maxKept)
    if (!this.#holding) this.#send(signal, seq)
    if (!this.#holding && !this.#way.counts) this.#reliable.acknowledged(seq)
  }

  /** Whether this has not come before. */
  takes({ type, seq }: { readonly type: Signal['type']; readonly seq?: number | undefined }): boolean {
    if (seq === undefined) return true
    const arrival = this.#reliable.receive(seq)
    if (arrival === 'gap') return false
    if (type === 'candidate' && arrival === 'next')
      this.#stopTimer ??= this.#way.platform.after(confirmMs, this.#confirm)
    else this.#confirm()
    return arrival === 'next'
  }

  confirmed(seq: number): void {
    this.#reliable.acknowledged(seq)
  }

  hold(): void {
    this.#holding = true
  }

  /**
   * To a partner that was invited again, the answer that was prepared goes first, though it may have it. One
   * that has come back into the call has heard the accept: a server lets it through but once.
   */
  sayAgain(isInvited: boolean): void {
    this.#holding = false
    if (!isInvited) this.#reliable.acknowledged(this.#acceptSeq)
    const kept = this.#reliable.since(0)
    if (isInvited && this.#prepare && kept[0]?.n !== 1) this.#way.send(this.#prepare)
    for (const { n, item } of kept) this.#send(item, n)
    if (!this.#way.counts) this.#reliable.acknowledged(kept.at(-1)?.n ?? 0)
    if (this.#reliable.ack > 0) this.#confirm()
  }

  close(): void {
    this.#stopTimer?.()
    this.#stopTimer = null
  }

  readonly #confirm = (): void => {
    this.close()
    if (!this.#holding) this.#way.confirm(this.#reliable.ack)
  }

  #send(signal: Signal, seq: number): void {
    this.#way.send(this.#way.counts ? { ...signal, seq } : signal)
  }
}
