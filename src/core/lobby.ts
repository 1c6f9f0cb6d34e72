/**
 * Who sees whom. A lobby keeps its roster and tells it in batches: at once while it is small, and at
 * a pace that its size sets when it is large, so that N newcomers do not cost N² messages.
 */
import type { Peer, PeerId, ServerMessage } from './signal.ts'
import { freeName, serverName } from './names.ts'

type Roster = Extract<ServerMessage, { type: 'roster' }>

/** One line of a roster that is about to be told: to whom, and what. */
export interface RosterNews {
  readonly to: PeerId
  readonly message: Roster
}

/** What has become of a peer since it was last told of. Moments are counted, not measured. */
interface News {
  /** As it is now, or was when it left. */
  peer: Peer
  /** When it joined; `null` when that is no news. */
  readonly joined: number | null
  changed: number | null
  left: number | null
  renamed: boolean
}

/** Work that one telling may cost, per member and change, before the next has to wait that long. */
const paceMs = 0.002
/** Telling costs something per member, however little has changed. */
const overheadChanges = 25
const maxPaceMs = 5_000
/** How much one telling says at most, counted as changes times members: it holds everybody else up. */
const maxTold = 200_000

export class Lobby {
  readonly name: string
  readonly #rosterLimit: number
  readonly #maxTold: number
  readonly #peers = new Map<PeerId, Peer>()
  readonly #names = new Map<string, PeerId>()
  /** How many there are to be at most, by those who asked for it. */
  readonly #sizes = new Map<PeerId, number>()
  /** In the order in which it began to be news. */
  readonly #news = new Map<PeerId, News>()
  #moment = 0
  #nextTelling = 0

  /** `rosterLimit`: how many names a roster holds at most; the newest are kept. */
  constructor(name: string, rosterLimit: number, told = maxTold) {
    this.name = name
    this.#rosterLimit = rosterLimit
    this.#maxTold = told
  }

  get size(): number {
    return this.#peers.size
  }

  /** The smallest size that anybody here has asked for. */
  get room(): number {
    return Math.min(...this.#sizes.values())
  }

  /** Longest present first. */
  get peers(): Iterable<Peer> {
    return this.#peers.values()
  }

  withName(name: string): Peer | undefined {
    const id = this.#names.get(name)
    return id === undefined ? undefined : this.#peers.get(id)
  }

  /** Under its own name or, if that is taken, under one with a number behind it. */
  join(peer: Peer, size?: number): Peer {
    if (size !== undefined) this.#sizes.set(peer.id, size)
    const joined = { ...peer, name: freeName(peer.name, this.#isTaken) }
    this.#peers.set(joined.id, joined)
    this.#names.set(joined.name, joined.id)
    this.#news.set(joined.id, { ...noNews, peer: joined, joined: ++this.#moment })
    return joined
  }

  leave(peer: Peer): void {
    this.#peers.delete(peer.id)
    this.#names.delete(peer.name)
    this.#sizes.delete(peer.id)
    this.#newsOf(peer).left = ++this.#moment
  }

  /** Its own name is always free for a peer. */
  rename(peer: Peer, asked: string): Peer {
    this.#names.delete(peer.name)
    const name = freeName(asked, this.#isTaken)
    this.#names.set(name, peer.id)
    if (name === peer.name) return peer
    this.#newsOf(peer).renamed = true
    return this.#change({ ...peer, name })
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
    return this.#news.size === 0 ? Infinity : this.#nextTelling
  }

  /** What to tell each member now, if it is time. Those who knew the same share one message. */
  tell(now: number): readonly RosterNews[] {
    if (now < this.deadline) return []
    const peers = this.#newest()
    const batch = this.#takeNews()
    const shared = toRoster(batch, peers, longAgo)
    const newcomers = new Map(batch.map(({ peer, joined }) => [peer.id, joined]))
    this.#nextTelling = now + Math.min(maxPaceMs, this.size * (batch.length + overheadChanges) * paceMs)
    return Array.from(this.#peers.keys(), (to) => {
      // A newcomer was welcomed with all who were there: it needs to hear only of what came after it.
      const since = newcomers.get(to) ?? this.#news.get(to)?.joined ?? longAgo
      return { to, message: since === longAgo ? shared : toRoster(batch, peers, since) }
    }).filter(({ message }) => isNews(message))
  }

  /** The oldest news, as much as may be told at once; the rest has to wait for the next telling. */
  #takeNews(): readonly News[] {
    const batch: News[] = []
    const most = Math.max(1, Math.floor(this.#maxTold / this.size))
    for (const [id, news] of this.#news) {
      if (batch.length === most) break
      this.#news.delete(id)
      batch.push(news)
    }
    return batch
  }

  readonly #isTaken = (name: string): boolean => name === serverName || this.#names.has(name)

  #change(peer: Peer): Peer {
    this.#peers.set(peer.id, peer)
    const news = this.#newsOf(peer)
    news.peer = peer
    news.changed = ++this.#moment
    return peer
  }

  #newsOf(peer: Peer): News {
    const known = this.#news.get(peer.id)
    if (known !== undefined) return known
    const news: News = { ...noNews, peer }
    this.#news.set(peer.id, news)
    return news
  }

  #newest(): readonly Peer[] {
    return [...this.#peers.values()].slice(-this.#rosterLimit)
  }
}

const longAgo = 0
const noNews = { joined: null, changed: null, left: null, renamed: false } as const

/** What there is to tell a peer that knows how everything was at the moment `since`. */
const toRoster = (batch: readonly News[], peers: readonly Peer[], since: number): Roster => {
  const joined: Peer[] = []
  const left: Peer[] = []
  const changed: News[] = []
  for (const news of batch) {
    const isKnown = (news.joined ?? longAgo) <= since
    if (news.left !== null) {
      if (isKnown && news.left > since) left.push(news.peer)
    } else if (!isKnown) joined.push(news.peer)
    else if ((news.changed ?? longAgo) > since) changed.push(news)
  }
  const renamed = changed.some((news) => news.renamed)
  return { type: 'roster', joined, left, changed: changed.map(({ peer }) => peer), renamed, peers }
}

const isNews = ({ joined, left, changed }: Roster): boolean =>
  joined.length > 0 || left.length > 0 || changed.length > 0
