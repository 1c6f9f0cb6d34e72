/** What a foreign client needs of one connection to somebody else's server; each kind of server has its file. */
import type { ForeignNews, ForeignPeer, ForeignSaid } from '../../dialects/foreign.ts'
import type { CallError } from '../errors.ts'

/** Who is there when one comes. */
export interface Arrival {
  readonly self: ForeignPeer
  /** The name that was asked for. */
  readonly asked: string
  readonly peers: readonly ForeignPeer[]
}

export interface WireHandlers {
  /** Signed in; once, and before any news. */
  opened(arrival: Arrival): void
  news(news: ForeignNews): void
  /** Nothing gets through now, but the server still knows this client. */
  interrupted(error: CallError): void
  restored(): void
  /** Over, and not by `close`; once, and last. */
  closed(error: CallError): void
}

export interface Wire {
  /** Whether there are words for it. */
  say(said: ForeignSaid): boolean
  /**
   * Signs out, after what has been said; or at once, for a page that has no time left. Resolves when that is done, or
   * has taken too long; not when the server is told by the end of the connection itself.
   */
  close(atOnce: boolean): Promise<void>
}
