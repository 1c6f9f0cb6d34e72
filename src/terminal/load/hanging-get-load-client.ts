/**
 * A client of libwebrtc's hanging GET that holds only what its calls need: one request that hangs, and one message at a
 * time, each on a connection of its own, as the original does. A request that fails is the end of it. To its pair a
 * client is its name, for not every server tells a client the number that others know it by.
 */
import { type Request, requestTo } from '../../client/foreign/request.ts'
import type { ForeignNews, ForeignPeer } from '../../dialects/foreign.ts'
import {
  decodeSignedIn,
  decodeWaited,
  encodeSignal,
  messagePath,
  signInPath,
  signOutPath,
  waitPath
} from '../../dialects/peerconnection-client.ts'
import { type ClientOptions, type LoadClient, faultOf, refusalIn, signInMs } from './client.ts'
import { hearSignal, signalsOf, ufrags } from './foreign-load-client.ts'
import type { Fault, PeerId, RefusalCode, Said } from './words.ts'

interface Message {
  /** A number, or the partner's name. */
  readonly to: PeerId
  readonly body: string
}

/** What a request may take that does not hang. */
const messageMs = 10_000
const signOutMs = 1_000
const leaveMs = 2_000

const baseOf = (url: string): string => {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol.replace('ws', 'http')}//${host}${pathname}`.replace(/\/$/, '')
}

class Violation extends Error {}

class Refused extends Error {
  readonly code: RefusalCode | null
  constructor(body: string, status: number) {
    super(`status ${status}`)
    this.code = refusalIn(body)
  }
}

export class HangingGetLoadClient implements LoadClient {
  readonly #options: ClientOptions
  readonly #request: Request
  readonly #ending = new AbortController()
  readonly #ufragOf = ufrags()
  readonly #queue: Message[] = []
  /** The partner's number, once it is known. */
  #partner: PeerId | null = null
  #posting = false
  #self: PeerId | null = null
  #over = false

  constructor(options: ClientOptions) {
    this.#options = options
    this.#request = requestTo(baseOf(options.url))
    this.#signIn().catch((error: unknown) => this.#fail(error))
  }

  say(said: Said): void {
    const ufrag = this.#ufragOf(said)
    for (const signal of signalsOf(said, ufrag)) {
      const body = encodeSignal(signal)
      if (body !== null) this.#queue.push({ to: said.to, body })
    }
    this.#postAll()
  }

  close(): void {
    if (this.#over) return
    this.#over = true
    // What has been said leaves first.
    if (!this.#posting) return void this.#signOut()
    setTimeout(() => this.#ending.abort(), leaveMs).unref()
  }

  #fail(error: unknown): void {
    this.#ending.abort()
    if (this.#over) return
    this.#over = true
    const { handlers } = this.#options
    handlers.gone(this.#faultOf(error))
  }

  #faultOf(error: unknown): Fault {
    const signedIn = this.#self !== null
    if (error instanceof Violation) return { type: 'violated', detail: error.message }
    if (error instanceof Refused && error.code !== null) return { type: 'turned-away', code: error.code }
    const late = error instanceof Error && error.name === 'AbortError'
    return late ? { type: 'no-answer', detail: signedIn ? 'message' : 'sign-in' } : faultOf(error, signedIn)
  }

  async #ask(path: string, limitMs: number, body?: string) {
    const { traffic } = this.#options
    const { signal: ending } = this.#ending
    const signal = limitMs === Infinity ? ending : AbortSignal.any([ending, AbortSignal.timeout(limitMs)])
    traffic.sentMessages += 1
    traffic.sentBytes += Buffer.byteLength(path) + Buffer.byteLength(body ?? '')
    const response = await this.#request(body === undefined ? { path, signal } : { path, signal, body })
    traffic.receivedMessages += 1
    traffic.receivedBytes += Buffer.byteLength(response.body)
    return response
  }

  async #signIn(): Promise<void> {
    const { name, handlers } = this.#options
    const { status, ...answered } = await this.#ask(signInPath(name), signInMs)
    if (status !== 200) throw new Refused(answered.body, status)
    const decoded = decodeSignedIn(answered)
    if (!decoded.ok) throw new Violation(decoded.reason)
    if (this.#over) return
    const { self, peers } = decoded.message
    this.#self = self.id
    for (const peer of peers) this.#see(peer)
    handlers.welcomed(name)
    while (!this.#ending.signal.aborted) await this.#wait(self.id)
  }

  async #wait(self: PeerId): Promise<void> {
    const { status, ...answered } = await this.#ask(waitPath(self), Infinity)
    if (this.#over) return
    if (status !== 200) throw new Refused(answered.body, status)
    const decoded = decodeWaited(answered, self)
    if (!decoded.ok) throw new Violation(decoded.reason)
    for (const news of decoded.message) this.#hear(news)
  }

  #hear(news: ForeignNews): void {
    const { handlers, partner } = this.#options
    if (news.type === 'present') return this.#see(news.peer)
    if (news.type === 'absent' && news.peer === this.#partner) this.#partner = null
    if (news.type !== 'signal') return
    // Somebody may be heard of later than heard.
    this.#partner ??= news.from
    hearSignal(news.signal, news.from === this.#partner ? partner : news.from, handlers)
  }

  #see({ id, name }: ForeignPeer): void {
    if (name !== this.#options.partner) return
    this.#partner = id
    this.#postAll()
  }

  #postAll(): void {
    if (!this.#posting) this.#post().catch((error: unknown) => this.#fail(error))
  }

  /** A partner of whom nothing is known yet is waited for. */
  #next(): (Message & { readonly to: PeerId }) | undefined {
    const [next] = this.#queue
    const to = next?.to === this.#options.partner ? this.#partner : next?.to
    if (next === undefined || to === null || to === undefined) return undefined
    this.#queue.shift()
    return { ...next, to }
  }

  async #post(): Promise<void> {
    const self = this.#self
    if (self === null) return
    this.#posting = true
    for (let next = this.#next(); next; next = this.#next()) {
      const { status, body } = await this.#ask(messagePath(self, next.to), messageMs, next.body)
      this.#heed(status, body)
    }
    this.#posting = false
    if (this.#over) await this.#signOut()
  }

  /** An answer to a message. That a peer is gone is heard in another way. */
  #heed(status: number, body: string): void {
    const code = refusalIn(body)
    if (status === 200 || status === 500) return
    if (code === null) throw new Refused(body, status)
    if (!this.#over) this.#options.handlers.heard({ type: 'refused', call: null, code })
  }

  async #signOut(): Promise<void> {
    const self = this.#self
    if (self !== null) await this.#ask(signOutPath(self), signOutMs).catch(() => null)
    this.#ending.abort()
  }
}
