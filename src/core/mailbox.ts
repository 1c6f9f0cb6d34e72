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
  /** Of which several may be about one peer, until they are summed up. */
  #notes: Note[] = []

  constructor(limits: MailboxLimits) {
    this.#limits = limits
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0 && this.#notes.length === 0
  }

  /** Whether a message is among what waits: notes have time. */
  get isUrgent(): boolean {
    return this.#messages.length > 0
  }

  /** False when a message did not fit, and so is lost: the client reads too slowly. */
  put(entry: Entry): boolean {
    if (entry.type === 'note') {
      this.#notes.push(entry)
      // Not every time: a crowd that comes at once is noted in every mailbox.
      if (this.#notes.length > 2 * this.#limits.notes) this.#sumUp()
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
    this.#sumUp()
    const [message] = this.#messages
    const note = this.#notes.find(
      ({ about, present }) => message === undefined || (about === message.from && present)
    )
    if (note !== undefined) {
      this.#notes = this.#notes.filter((other) => other !== note)
      return note
    }
    this.#messages.shift()
    this.#size -= message?.body.length ?? 0
    return message
  }

  /** Returns an entry that was taken and did not arrive: it is again the first of its kind. */
  putBack(entry: Entry): void {
    if (entry.type === 'note') {
      this.#notes.unshift(entry)
      return
    }
    this.#messages.unshift(entry)
    this.#size += entry.body.length
  }

  #sumUp(): void {
    this.#notes = summary(this.#notes).slice(-this.#limits.notes)
  }
}

/** Of all that is noted about a peer only the last matters; to have come and gone untold is no news. */
const summary = (notes: readonly Note[]): Note[] => {
  const byPeer = new Map<number, Note>()
  for (const note of notes) {
    const earlier = byPeer.get(note.about)
    byPeer.set(note.about, earlier === undefined ? note : { ...note, known: earlier.known })
  }
  return Array.from(byPeer.values()).filter(({ present, known }) => present || known)
}
