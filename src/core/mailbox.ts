/**
 * What waits for the next hanging GET of one client: messages from peers, each of which has to arrive,
 * and notes about who is present, of which only the latest about each peer matters.
 */
export interface Message {
  readonly type: 'message'
  /** The sender's number. */
  readonly from: number
  readonly body: string
}

export interface Note {
  readonly type: 'note'
  /** The number of the peer that it is about. */
  readonly about: number
  readonly body: string
  /** Whether the peer is here now. */
  readonly present: boolean
  /** Whether the client has been told that it was. */
  readonly known: boolean
}

export type Entry = Message | Note

export interface MailboxLimits {
  readonly messages: number
  /** Of the bodies of all messages, in UTF-16 units. */
  readonly size: number
  /** The oldest beyond this are dropped: a list that is out of date is better than no list. */
  readonly notes: number
}

export class Mailbox {
  readonly #limits: MailboxLimits
  readonly #messages: Message[] = []
  #size = 0
  #notes = new Map<number, Note>()

  constructor(limits: MailboxLimits) {
    this.#limits = limits
  }

  /** False when a message did not fit, and so is lost: the client reads too slowly. */
  put(entry: Entry): boolean {
    if (entry.type === 'note') {
      this.#note(entry)
      return true
    }
    const size = this.#size + entry.body.length
    if (this.#messages.length >= this.#limits.messages || size > this.#limits.size) return false
    this.#messages.push(entry)
    this.#size = size
    return true
  }

  /** Messages go first, but a client hears that a peer has come before it hears from it. */
  take(): Entry | undefined {
    const [message] = this.#messages
    if (message === undefined) return this.#takeNote(first(this.#notes))
    const note = this.#notes.get(message.from)
    if (note?.present) return this.#takeNote(note)
    this.#messages.shift()
    this.#size -= message.body.length
    return message
  }

  /** Returns an entry that was taken and did not arrive: it is again the first of its kind. */
  putBack(entry: Entry): void {
    if (entry.type === 'message') {
      this.#messages.unshift(entry)
      this.#size += entry.body.length
      return
    }
    const newer = this.#notes.get(entry.about)
    this.#notes.delete(entry.about)
    this.#notes = new Map([[entry.about, entry], ...this.#notes])
    if (newer !== undefined) this.#note(newer)
  }

  /** A newer note replaces an older one; a coming and going that was never told is no news at all. */
  #note(note: Note): void {
    const { known } = this.#notes.get(note.about) ?? note
    if (!note.present && !known) {
      this.#notes.delete(note.about)
      return
    }
    this.#notes.set(note.about, { ...note, known })
    const oldest = first(this.#notes)
    if (this.#notes.size > this.#limits.notes) this.#takeNote(oldest)
  }

  #takeNote(note: Note | undefined): Note | undefined {
    if (note !== undefined) this.#notes.delete(note.about)
    return note
  }
}

const first = (notes: ReadonlyMap<number, Note>): Note | undefined => notes.values().next().value
