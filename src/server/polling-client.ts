/**
 * One client that has no connection of its own, only requests: its sign-in, its mailbox, its open
 * `/wait`, and the time that it may be without one.
 */
import type { ServerResponse } from 'node:http'
import { type Entry, Mailbox, type MailboxLimits } from '../core/mailbox.ts'
import type { Refusal, ServerMessage } from '../core/signal.ts'
import { encode, encodeWelcome } from '../dialects/peerconnection.ts'
import { encodeOnce } from './encode-once.ts'
import { HangingGet } from './hanging-get.ts'
import { refused, sendAnswer } from './peerconnection-answer.ts'
import type { Connection, Outlet } from './transport.ts'

export interface PollingClientOptions {
  readonly connection: Connection
  /** Open until the hub has decided on the sign-in. */
  readonly signIn: ServerResponse
  readonly mailbox: MailboxLimits
  /** How long it may be without a `/wait`. */
  readonly graceMs: number
  /** How long it may leave a connection open after the answer. */
  readonly patienceMs: number
  /** From now on it may ask, by this key. */
  readonly admitted: (key: number) => void
  readonly gone: (key: number) => void
}

type Welcome = Extract<ServerMessage, { type: 'welcome' }>

/** A roster is the same for all who read it. */
const encodeForAll = encodeOnce(encode)

export class PollingClient implements Outlet {
  readonly #options: PollingClientOptions
  readonly #mailbox: Mailbox
  /** `null` until it is signed in. */
  #you: Welcome['you'] | null = null
  /** Open and not answered. */
  #waiting: HangingGet | null = null
  /** Answered, and not yet known to have arrived. */
  #answered: HangingGet | null = null
  #scheduled = false
  #grace: NodeJS.Timeout | undefined

  constructor(options: PollingClientOptions) {
    this.#options = options
    this.#mailbox = new Mailbox(options.mailbox)
  }

  get connection(): Connection {
    return this.#options.connection
  }

  deliver(message: ServerMessage): void {
    if (message.type === 'welcome') this.#welcome(message)
    else if (this.#you !== null) this.#put(encodeForAll(message), this.#you.number)
    else if (message.type === 'refused') {
      this.connection.closed()
      this.close(message)
    }
  }

  /** The hub has let it go. An open request is told why, if there is a reason. */
  close(refusal: Refusal | null): void {
    clearTimeout(this.#grace)
    if (this.#you === null) {
      if (refusal !== null) sendAnswer(this.#options.signIn, refused(refusal))
      return
    }
    if (refusal === null) this.#waiting?.close()
    else this.#waiting?.answer(refused(refusal), () => {})
    this.#waiting = null
    this.#answered?.close()
    this.#options.gone(this.#you.key)
  }

  /** It has signed out, it no longer asks, or it reads too slowly. */
  leave(): void {
    this.connection.closed()
    this.close(null)
  }

  /** Takes the place of a `/wait` that is still open, which its client has given up by asking again. */
  wait(response: ServerResponse): void {
    clearTimeout(this.#grace)
    this.#waiting?.close()
    this.#answered?.close()
    const { patienceMs } = this.#options
    const abandoned = (): void => {
      this.#waiting = null
      this.#startGrace()
    }
    this.#waiting = new HangingGet(response, { patienceMs, abandoned })
    this.#schedule()
  }

  #welcome(welcome: Welcome): void {
    const { key } = welcome.you
    this.#you = welcome.you
    this.#options.admitted(key)
    this.#startGrace()
    const body = encodeWelcome(welcome)
    sendAnswer(this.#options.signIn, { status: 200, phrase: 'Added', type: 'text/plain', pragma: key, body })
  }

  /** Notes about itself are left out: it knows itself by its key, and its number would be a stranger. */
  #put(entries: readonly Entry[], self: number): void {
    const news = entries.filter((entry) => entry.type === 'message' || entry.about !== self)
    if (news.every((entry) => this.#mailbox.put(entry))) this.#schedule()
    else this.leave()
  }

  /** When all that the event loop has at hand is read, so that a FIN which is here already is seen first. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#answer()
    })
  }

  #answer(): void {
    if (this.#you === null || this.#waiting === null || this.#answered !== null) return
    const entry = this.#mailbox.take()
    if (entry === undefined) return
    this.#answered = this.#waiting
    this.#waiting = null
    this.#startGrace()
    // A note comes from the client's own id, a message from its sender's.
    const pragma = entry.type === 'note' ? this.#you.key : entry.from
    this.#answered.answer({ status: 200, type: 'text/plain', pragma, body: entry.body }, (arrived) => {
      this.#answered = null
      if (!arrived) this.#mailbox.putBack(entry)
      this.#schedule()
    })
  }

  #startGrace(): void {
    clearTimeout(this.#grace)
    this.#grace = setTimeout(() => this.leave(), this.#options.graceMs)
  }
}
