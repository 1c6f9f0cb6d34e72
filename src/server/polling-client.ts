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
import type { Pace } from './pace.ts'
import { refused, sendAnswer } from './peerconnection-answer.ts'
import type { Connection, Outlet } from './transport.ts'

export interface PollingClientOptions {
  readonly connection: Connection
  /** Open until the hub has decided on the sign-in. */
  readonly signIn: ServerResponse
  readonly mailbox: Omit<MailboxLimits, 'notes'>
  /** How long it may be without a `/wait`. */
  readonly graceMs: number
  /** How long it may leave a connection open after the answer. */
  readonly patienceMs: number
  /** Of the notes to all clients. */
  readonly pace: Pace
  /** From now on it may ask, by this key. */
  readonly admitted: (key: number) => void
  readonly gone: (key: number) => void
}

type Welcome = Extract<ServerMessage, { type: 'welcome' }>

type Roster = Extract<ServerMessage, { type: 'roster' }>

const maxNotes = 256

/** Without what would only push itself out of a mailbox. */
const trimmed = (roster: Roster): Roster => ({
  ...roster,
  joined: roster.joined.slice(-maxNotes),
  left: roster.left.slice(-maxNotes),
  changed: roster.changed.slice(-maxNotes)
})

/** A roster is the same for all who read it. */
const encodeForAll = encodeOnce((message: Exclude<ServerMessage, Welcome>) =>
  encode(message.type === 'roster' ? trimmed(message) : message)
)

export class PollingClient implements Outlet {
  readonly #options: PollingClientOptions
  /** When all that the event loop has at hand is read, so that a FIN which is here already is seen first. */
  readonly #answerSoon = (): void => {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#answer()
    })
  }
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
    this.#mailbox = new Mailbox({ ...options.mailbox, notes: maxNotes })
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
    this.#options.pace.forget(this.#answerSoon)
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

  #put(entries: readonly Entry[], self: number): void {
    for (const entry of entries) {
      // It knows itself by its key: its own number would be a stranger to it.
      if (entry.type === 'note' && entry.about === self) continue
      if (!this.#mailbox.put(entry)) return this.leave()
    }
    this.#schedule()
  }

  /** A note waits for its turn among those to all clients; a message does not. */
  #schedule(): void {
    if (this.#waiting === null || this.#mailbox.isEmpty) return
    if (this.#mailbox.isUrgent) this.#answerSoon()
    else this.#options.pace.take(this.#answerSoon)
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

  /** In two halves: when the server itself was held up, the requests that it has not read yet still count. */
  #startGrace(): void {
    clearTimeout(this.#grace)
    const half = this.#options.graceMs / 2
    this.#grace = setTimeout(() => {
      this.#grace = setTimeout(() => this.leave(), half)
    }, half)
  }
}
