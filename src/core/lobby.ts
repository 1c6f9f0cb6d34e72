/**
 * Who sees whom. A lobby keeps its roster and tells it in batches: at once while it is small, and at
 * a pace that its size sets when it is large, so that N newcomers do not cost N² messages.
 */
import type { Peer, PeerId, ServerMessage } from './signal.ts'
import { freeName } from './names.ts'

type Roster = Extract<ServerMessage, { type: 'roster' }>

/** One line of a roster that is about to be told: to whom, and what. */
export interface RosterNews {
  readonly to: PeerId
  readonly message: Roster
}

/** Work that one telling may cost, per member and change, before the next has to wait that long. */
const paceMs = 0.002
/** Telling costs something per member, however little has changed. */
const overheadChanges = 25
const maxPaceMs = 5_000

export class Lobby {
  readonly name: string
  readonly #rosterLimit: number
  readonly #peers = new Map<PeerId, Peer>()
  readonly #names = new Map<string, PeerId>()
  /** Since the last telling. A newcomer's entry also says that it knows all who came before it. */
  readonly #joined = new Set<PeerId>()
  readonly #left = new Map<PeerId, Peer>()
  readonly #changed = new Set<PeerId>()
  #renamed = false
  #nextTelling = 0

  /** `rosterLimit`: how many names a roster holds at most; the newest are kept. */
  constructor(name: string, rosterLimit: number) {
    this.name = name
    this.#rosterLimit = rosterLimit
  }

  get size(): number {
    return this.#peers.size
  }

  /** Longest present first. */
  get peers(): Iterable<Peer> {
    return this.#peers.values()
  }

  withName(name: string): Peer | undefined {
    const id = this.#names.get(name)
    return id === undefined ? undefined : this.#peers.get(id)
  }

  /** Under its own name or, if that is taken, under the nearest free one. */
  join(peer: Peer): Peer {
    const joined = { ...peer, name: freeName(peer.name, (name) => this.#names.has(name)) }
    this.#peers.set(joined.id, joined)
    this.#names.set(joined.name, joined.id)
    this.#joined.add(joined.id)
    return joined
  }

  leave(peer: Peer): void {
    this.#peers.delete(peer.id)
    this.#names.delete(peer.name)
    this.#changed.delete(peer.id)
    if (!this.#joined.delete(peer.id)) this.#left.set(peer.id, peer)
  }

  /** Its own name is always free for a peer. */
  rename(peer: Peer, asked: string): Peer {
    if (peer.name === asked) return peer
    this.#names.delete(peer.name)
    const renamed = { ...peer, name: freeName(asked, (name) => this.#names.has(name)) }
    this.#names.set(renamed.name, renamed.id)
    this.#renamed = true
    return this.#change(renamed)
  }

  setBusy(peer: Peer, busy: boolean): Peer {
    return peer.busy === busy ? peer : this.#change({ ...peer, busy })
  }

  /** Everybody but this one, longest present first; of very many only the newest. */
  othersThan(id: PeerId): readonly Peer[] {
    return this.#newest().filter((peer) => peer.id !== id)
  }

  /** When the roster may be told again; `Infinity` while there is nothing to tell. */
  get deadline(): number {
    const quiet = this.#joined.size === 0 && this.#left.size === 0 && this.#changed.size === 0
    return quiet ? Infinity : this.#nextTelling
  }

  /** What to tell each member now, if it is time. The members of before share one message. */
  tell(now: number): readonly RosterNews[] {
    if (now < this.deadline) return []
    const peers = this.#newest()
    const joined = this.#present(this.#joined)
    const shared: Roster = {
      type: 'roster',
      joined,
      left: [...this.#left.values()],
      changed: this.#present(this.#changed),
      renamed: this.#renamed,
      peers
    }
    const newcomers = new Map(joined.map(({ id }, at) => [id, at]))
    const news = Array.from(this.#peers.keys(), (to) => {
      const at = newcomers.get(to)
      // A newcomer was welcomed with everybody before it: it needs to hear only of those after it.
      return { to, message: at === undefined ? shared : { ...shared, joined: joined.slice(at + 1) } }
    })
    const changes = joined.length + this.#left.size + this.#changed.size
    this.#nextTelling = now + Math.min(maxPaceMs, this.size * (changes + overheadChanges) * paceMs)
    this.#joined.clear()
    this.#left.clear()
    this.#changed.clear()
    this.#renamed = false
    return news.filter(({ message }) => isNews(message))
  }

  #change(peer: Peer): Peer {
    this.#peers.set(peer.id, peer)
    if (!this.#joined.has(peer.id)) this.#changed.add(peer.id)
    return peer
  }

  #newest(): readonly Peer[] {
    return [...this.#peers.values()].slice(-this.#rosterLimit)
  }

  #present(ids: Iterable<PeerId>): readonly Peer[] {
    return Array.from(ids).flatMap((id) => this.#peers.get(id) ?? [])
  }
}

const isNews = ({ joined, left, changed }: Roster): boolean =>
  joined.length > 0 || left.length > 0 || changed.length > 0
