/**
 * What two clients say to each other in a call, end to end: counted, kept until the other has it, and said again
 * to a server that has lost it. Towards a partner that does not count, it only holds back what cannot leave yet.
 */
import type { Saying } from '../core/leg.ts'
import { Reliable } from '../core/reliable.ts'
import type { CallId, ClientMessage } from '../core/signal.ts'
import type { Platform } from './platform.ts'
import type { Peer } from './types.ts'

type Signal = Extract<
  ClientMessage,
  { readonly type: 'prepare' | 'accept' | 'description' | 'candidate' | 'ice-restart' }
>

interface Way {
  readonly platform: Pick<Platform, 'after'>
  readonly send: (message: ClientMessage) => void
}

/** A partner that confirms nothing makes nobody keep more than this. */
const maxKept = 256
/** Candidates come in swarms, and one word confirms them all. */
const confirmMs = 200

/** Whether its client counts, too. */
export const isNative = ({ dialect }: Peer): boolean => dialect === 'native'

export class Delivery {
  readonly call: CallId
  readonly #peer: Peer
  readonly #way: Way
  readonly #reliable = new Reliable<Signal>()
  #prepare: Signal | null = null
  #acceptSeq = 0
  #holding = false
  #stopTimer: (() => void) | null = null

  constructor(way: Way, call: CallId, peer: Peer) {
    this.#way = way
    this.call = call
    this.#peer = peer
  }

  say(message: Saying): void {
    const { call } = this
    const to = { by: 'id', id: this.#peer.id } as const
    switch (message.type) {
      case 'prepare':
      case 'accept':
      case 'ice-restart':
        return this.#keep({ ...message, call })
      case 'description':
      case 'candidate':
        return this.#keep({ ...message, to: { by: 'call', call } })
      case 'invite':
      case 'rejoin':
        return this.#way.send({ ...message, call, to })
      default:
        return this.#way.send({ ...message, call })
    }
  }

  /** Whether this has not come before. */
  takes({ type, seq }: { readonly type: string; readonly seq?: number | undefined }): boolean {
    if (seq === undefined) return true
    const arrival = this.#reliable.receive(seq)
    if (arrival === 'gap') return false
    if (type === 'candidate' && arrival === 'next')
      this.#stopTimer ??= this.#way.platform.after(confirmMs, this.#confirm)
    else this.#confirm()
    return arrival === 'next'
  }

  /** The partner has all up to here. */
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
    if (!isInvited) this.confirmed(this.#acceptSeq)
    const kept = this.#reliable.since(0)
    if (isInvited && this.#prepare && kept[0]?.n !== 1) this.#way.send(this.#prepare)
    for (const { n, item } of kept) this.#send(item, n)
    if (this.#reliable.ack > 0) this.#confirm()
  }

  close(): void {
    this.#stopTimer?.()
    this.#stopTimer = null
  }

  readonly #confirm = (): void => {
    this.close()
    if (this.#holding) return
    this.#way.send({ type: 'received', call: this.call, seq: this.#reliable.ack })
  }

  #keep(signal: Signal): void {
    const seq = this.#reliable.send(signal)
    if (signal.type === 'prepare') this.#prepare = { ...signal, seq }
    if (signal.type === 'accept') this.#acceptSeq = seq
    if (this.#reliable.unacknowledged > maxKept) this.confirmed(seq - maxKept)
    if (!this.#holding) this.#send(signal, seq)
  }

  #send(signal: Signal, seq: number): void {
    const counts = isNative(this.#peer)
    this.#way.send(counts ? { ...signal, seq } : signal)
    if (!counts) this.confirmed(seq)
  }
}
