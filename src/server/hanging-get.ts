/**
 * One `/wait`, held open until there is something to say. It carries a single answer and finds out
 * whether that arrived, because clients also close such a request just to open a fresh one:
 * - Their FIN came before the answer: nothing is sent.
 * - The kernel did not take all of the answer: it did not arrive.
 * - Their FIN crossed the answer on the way: then a reset comes back for it, and comes before whatever
 *   that client asks next. By then one more byte is written to the connection that the client has
 *   closed, and this fails if there was a reset.
 * A reset without a FIN says nothing: some proxies end every connection like that, having read it all.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Answer, writeAnswer } from './peerconnection-answer.ts'

export interface HangingGetOptions {
  /** How long a client may leave the connection open after the answer. */
  readonly patienceMs: number
  /** The client has closed it before there was an answer. */
  readonly abandoned: () => void
}

/** Of the operating system: a host that vanished without a FIN is noticed a few minutes later. */
const keepAliveMs = 30_000

export class HangingGet {
  readonly #response: ServerResponse
  readonly #socket: Socket
  readonly #options: HangingGetOptions
  #phase: 'waiting' | 'answered' | 'probing' | 'over' = 'waiting'
  /** The client has closed its end. */
  #ended = false
  /** The kernel has all that was written. */
  #taken = false
  #patience: NodeJS.Timeout | undefined
  #verdict = (_arrived: boolean): void => {}

  constructor(response: ServerResponse, options: HangingGetOptions) {
    this.#response = response
    this.#socket = response.req.socket
    this.#options = options
    this.#socket.setKeepAlive(true, keepAliveMs)
    // A body is of no use here, but unread it would hide the FIN behind it.
    response.req.resume()
    // Node would close its end as soon as the client has, and never learn of a reset.
    this.#socket.allowHalfOpen = true
    this.#socket.removeAllListeners('end')
    this.#socket.on('end', () => {
      if (this.#phase === 'waiting') this.#abandon()
      this.#ended = true
    })
    this.#socket.on('close', () => {
      if (this.#phase === 'waiting') this.#abandon()
      this.#conclude(this.#taken)
    })
  }

  /** `verdict` is called once: when it is known whether the answer arrived, or soon after `close`. */
  answer(answer: Answer, verdict: (arrived: boolean) => void): void {
    this.#phase = 'answered'
    this.#verdict = verdict
    writeAnswer(this.#response, answer, (error) => {
      this.#taken = this.#isTaken(error)
      if (this.#taken) this.#patience = setTimeout(() => this.close(), this.#options.patienceMs)
    })
  }

  /** The client asks anew, or is gone: nothing more comes of this request. */
  close(): void {
    if (this.#phase === 'waiting') this.#end()
    else if (this.#phase === 'answered' && this.#taken && this.#ended) this.#probe()
    else if (this.#phase === 'answered') this.#conclude(this.#taken)
  }

  #probe(): void {
    this.#phase = 'probing'
    this.#taken = false
    clearTimeout(this.#patience)
    this.#patience = setTimeout(() => this.#conclude(false), this.#options.patienceMs)
    this.#socket.write('\n', (error) => this.#conclude(this.#isTaken(error)))
  }

  /** What was still to be written when the connection broke, Node reports as written. */
  #isTaken(error: Error | null | undefined): boolean {
    return !error && !this.#socket.destroyed
  }

  #abandon(): void {
    this.#end()
    this.#options.abandoned()
  }

  #conclude(arrived: boolean): void {
    if (this.#phase !== 'answered' && this.#phase !== 'probing') return
    this.#end()
    this.#verdict(arrived)
  }

  #end(): void {
    this.#phase = 'over'
    clearTimeout(this.#patience)
    this.#socket.destroy()
  }
}
