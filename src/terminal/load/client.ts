/** What a pair needs of a client; each kind of client has its file. */
import type { Traffic } from './tally.ts'
import type { Fault, News, PeerId, RefusalCode, Said, Side } from './words.ts'

export interface LoadClient {
  /** Only while it is signed in. */
  say(said: Said): void
  /** Leaves, after what has been said. It tells nothing more. */
  close(): void
}

export interface ClientHandlers {
  /** Once, and first. */
  welcomed(id: PeerId): void
  heard(news: News): void
  /** Once, and last; not after `close`. */
  gone(fault: Fault): void
}

export interface ClientOptions {
  /** Of the server, as it was given. */
  readonly url: string
  readonly name: string
  /** The other one's name. */
  readonly partner: string
  readonly side: Side
  readonly lobby: string
  readonly handlers: ClientHandlers
  readonly traffic: Traffic
}

/** How long a server may take to let a client in. */
export const signInMs = 10_000

const codeOf = (error: Error): string => {
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' ? code : error.message.slice(0, 80)
}

/** Why there is no connection, or none any more: in a word of the system's where it has one. */
export const faultOf = (error: unknown, signedIn: boolean): Fault => ({
  type: signedIn ? 'lost' : 'unreachable',
  detail: error instanceof Error ? codeOf(error) : String(error)
})

/** Codes that come as the reason of a close, or before the sentence in an answer over HTTP. */
const codes: readonly RefusalCode[] = [
  'too-many-connections',
  'rate-limited',
  'too-slow',
  'lobby-full',
  'bad-name',
  'bad-message',
  'too-large',
  'stale'
]

export const refusalIn = (text: string): RefusalCode | null => {
  const [word] = text.split(':', 1)
  return codes.find((known) => known === word) ?? null
}

/** What it means that a WebSocket was closed. RFC 6455, section 7.4. */
export const faultOfClose = (code: number, reason: string, signedIn: boolean): Fault => {
  const refusal = refusalIn(reason)
  if (refusal !== null && !signedIn) return { type: 'turned-away', code: refusal }
  return { type: signedIn ? 'lost' : 'unreachable', detail: `${code} ${reason}`.trim() }
}
