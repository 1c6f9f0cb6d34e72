/** The SDK on servers that speak the hanging GET of libwebrtc's `peerconnection_server`. */
import type { Decoded } from '../../core/codec.ts'
import type { PeerId } from '../../core/signal.ts'
import type { ForeignSaid } from '../../dialects/foreign.ts'
import {
  type SignedIn,
  decodeSignedIn,
  decodeWaited,
  encodeSignal,
  messagePath,
  signInPath,
  signOutPath,
  waitPath
} from '../../dialects/peerconnection-client.ts'
import { lineOver } from '../connect.ts'
import { CallError } from '../errors.ts'
import type { Platform } from '../platform.ts'
import type { ConnectOptions, Line } from '../types.ts'
import { ForeignClient } from './foreign-client.ts'
import { platformWithoutSocket } from './platform.ts'
import { type Request, type Response, requestTo } from './request.ts'
import type { Wire, WireHandlers } from './wire.ts'

export { CallError }

/** Without what the protocol has no words for: lobbies, instant answers, secrets and sizes. */
export type PeerconnectionOptions = Omit<
  ConnectOptions,
  'instantAnswer' | 'lobby' | 'previewCaller' | 'secret' | 'size'
>

/** A server forgets who has not waited for 30 s. */
const graceMs = 25_000
const retryMs = 250
const maxRetryMs = 4_000
/** A `/wait` may hang on a line that is long dead, so another takes its place; the server answers the newer. */
const renewMs = 55_000
const overlapMs = 5_000
/** A `/wait` that nobody has ended by then has reached the server. */
const hangMs = 1_000
/** How long a message may take, and signing out all in all. */
const messageMs = 10_000
const signOutMs = 2_000
/** Beyond this, what is to be said cannot be of use any more. */
const maxQueued = 1_024

const baseOf = (url: string | URL): string => {
  const resolved = URL.canParse(url) ? new URL(url) : null
  if (resolved === null || !/^https?:$/.test(resolved.protocol)) {
    throw new CallError(
      'unreachable',
      `${url} is no address of a server: use one like http://calls.example.org:8888.`
    )
  }
  return (resolved.origin + resolved.pathname).replace(/\/$/, '')
}

interface Message {
  readonly to: PeerId
  readonly body: string
}

interface PeerconnectionOptionsOfWire {
  readonly base: string
  readonly asked: string
  readonly platform: Platform
  readonly request: Request
  readonly handlers: WireHandlers
}

class PeerconnectionWire implements Wire {
  readonly #options: PeerconnectionOptionsOfWire
  /** Ends all that is under way. */
  readonly #ending = new AbortController()
  readonly #timers = new Set<() => void>()
  #self: PeerId | null = null
  /** The `/wait` that counts. */
  #wait = 0
  /** Since when `/wait` and `/message` get no answer. */
  #silentSince: number | null = null
  readonly #queue: Message[] = []
  #posting = false
  /** Signs out when all is said. */
  #leaving = false

  constructor(options: PeerconnectionOptionsOfWire) {
    this.#options = options
    void this.#signIn()
  }

  say(said: ForeignSaid): boolean {
    if (said.type !== 'signal') return false
    const body = encodeSignal(said.signal)
    if (body === null) return true
    // What else waits for this peer is about a call that is over.
    if (said.signal.type === 'bye') this.#forget(said.to)
    if (this.#queue.length >= maxQueued) this.#fail(new Error('Too much waits to be said.'))
    this.#queue.push({ to: said.to, body })
    void this.#post()
    return true
  }

  close(atOnce: boolean): Promise<void> {
    if (this.#ending.signal.aborted) return Promise.resolve()
    const over = new Promise<void>((resolve) => {
      this.#ending.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    if (!this.#leaving) this.#leave(atOnce)
    return over
  }

  #leave(atOnce: boolean): void {
    this.#leaving = true
    this.#wait += 1
    if (this.#self === null) return this.#stop()
    if (atOnce) this.#queue.length = 0
    this.#after(signOutMs, () => this.#stop())
    if (atOnce || !this.#posting) void this.#signOut(this.#self)
  }

  /** All but what is on its way. */
  #forget(peer: PeerId): void {
    const sent = this.#posting ? this.#queue.splice(0, 1) : []
    const others = this.#queue.filter(({ to }) => to !== peer)
    this.#queue.splice(0, this.#queue.length, ...sent, ...others)
  }

  #after(ms: number, run: () => void): void {
    const stop = this.#options.platform.after(ms, () => {
      this.#timers.delete(stop)
      run()
    })
    this.#timers.add(stop)
  }

  #stop(): void {
    this.#ending.abort()
    for (const stop of this.#timers) stop()
    this.#timers.clear()
  }

  #unreachable(cause: unknown): CallError {
    const { base } = this.#options
    return new CallError('unreachable', `The server at ${base} cannot be reached: check the address.`, {
      cause
    })
  }

  #fail(cause: unknown): void {
    if (this.#ending.signal.aborted) return
    this.#stop()
    if (!this.#leaving) this.#options.handlers.closed(this.#unreachable(cause))
  }

  async #signIn(): Promise<void> {
    const { asked, request, handlers } = this.#options
    try {
      const response = await request({ path: signInPath(asked), signal: this.#ending.signal })
      const { self, peers } = signedIn(response)
      this.#self = self.id
      handlers.opened({ self, asked, peers })
      void this.#listen(self.id)
    } catch (error) {
      this.#fail(error)
    }
  }

  // Hearing

  /** One `/wait` after the other, until another loop has taken over. */
  async #listen(self: PeerId): Promise<void> {
    this.#wait += 1
    const wait = this.#wait
    let failures = 0
    while (wait === this.#wait && !this.#ending.signal.aborted) {
      const stopTimers = this.#timeWait(self, wait)
      const response = await this.#ask(waitPath(self)).catch((error: unknown) => {
        // One that is cut is opened again, and nothing was lost.
        if (wait === this.#wait && failures > 0) this.#miss(error)
        return null
      })
      stopTimers()
      failures = response === null ? failures + 1 : 0
      if (response !== null) this.#hear(response, self)
      else if (wait === this.#wait) await this.#pauseAfter(failures)
    }
  }

  #timeWait(self: PeerId, wait: number): () => void {
    const { platform } = this.#options
    const isCurrent = (): boolean => wait === this.#wait && !this.#ending.signal.aborted
    const timers = [
      platform.after(hangMs, () => isCurrent() && this.#reach()),
      platform.after(renewMs, () => isCurrent() && void this.#listen(self))
    ]
    return () => timers.forEach((stop) => stop())
  }

  #hear({ status, ...answered }: Response, self: PeerId): void {
    if (this.#leaving) return
    // Nobody else is asked for: the server knows this client no more.
    if (status !== 200) return this.#fail(new Error(answered.body))
    const decoded = decodeWaited(answered, self)
    // Junk is the mistake of whoever has sent it.
    if (decoded.ok) for (const news of decoded.message) this.#options.handlers.news(news)
  }

  // Speaking

  async #post(): Promise<void> {
    const self = this.#self
    if (this.#posting || self === null) return
    this.#posting = true
    let failures = 0
    for (let message = this.#next(); message !== undefined; message = this.#next()) {
      const { to, body } = message
      const response = await this.#ask(messagePath(self, to), body).catch((error: unknown) => {
        this.#miss(error)
        return null
      })
      failures = response === null ? failures + 1 : 0
      if (response === null) await this.#pauseAfter(failures)
      else if (this.#queue[0] === message) this.#queue.shift()
      if (response !== null && response.status !== 200) {
        this.#options.handlers.news({ type: 'absent', peer: to })
      }
    }
    this.#posting = false
    if (this.#leaving) await this.#signOut(self)
  }

  /** It stays in the queue until it is answered. */
  #next(): Message | undefined {
    return this.#ending.signal.aborted ? undefined : this.#queue[0]
  }

  async #ask(path: string, body?: string): Promise<Response> {
    const { request } = this.#options
    const ending = this.#ending.signal
    const control = new AbortController()
    const abort = (): void => control.abort()
    ending.addEventListener('abort', abort)
    const limitMs = body === undefined ? renewMs + overlapMs : messageMs
    const stop = this.#options.platform.after(limitMs, abort)
    try {
      const asked = { path, signal: control.signal }
      const response = await request(body === undefined ? asked : { ...asked, body })
      if (!ending.aborted) this.#reach()
      return response
    } finally {
      stop()
      ending.removeEventListener('abort', abort)
    }
  }

  #reach(): void {
    if (this.#silentSince !== null) this.#options.handlers.restored()
    this.#silentSince = null
  }

  /** After a while, the server has forgotten this client. */
  #miss(error: unknown): void {
    if (this.#ending.signal.aborted || this.#leaving) return
    const now = this.#options.platform.now()
    if (this.#silentSince === null) this.#options.handlers.interrupted(this.#unreachable(error))
    this.#silentSince ??= now
    if (now - this.#silentSince > graceMs) this.#fail(error)
  }

  #pauseAfter(failures: number): Promise<void> {
    return new Promise((resolve) => {
      this.#after(Math.min(maxRetryMs, retryMs * 2 ** (failures - 1)), resolve)
      this.#ending.signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  async #signOut(self: PeerId): Promise<void> {
    const { request } = this.#options
    const { signal } = this.#ending
    // A server that does not hear it notices by itself that nobody waits any more.
    await request({ path: signOutPath(self), signal, outlivesPage: true }).catch(() => null)
    this.#stop()
  }
}

const signedIn = ({ status, ...answered }: Response): SignedIn => {
  const decoded: Decoded<SignedIn> =
    status === 200 ? decodeSignedIn(answered) : { ok: false, reason: answered.body.slice(0, 200) }
  if (!decoded.ok) throw new Error(decoded.reason)
  return decoded.message
}

/** `connect` on a platform of one's own. */
export const connectOn = (
  platform: Platform,
  url: string | URL,
  { request, ...options }: PeerconnectionOptions & { readonly request?: Request }
): Promise<Line> => {
  const base = baseOf(url)
  const way = { base, platform, request: request ?? requestTo(base) }
  return lineOver(
    platform,
    options,
    (handlers, name) =>
      new ForeignClient({
        platform,
        handlers,
        dialect: 'peerconnection',
        lobby: 'main',
        open: (handlers) => new PeerconnectionWire({ ...way, asked: name(), handlers })
      })
  )
}

/**
 * Signs in to somebody else's `peerconnection_server`, or to one like it: libwebrtc's own clients then see this one
 * and are called by it. Peers are their numbers. Clients of that kind answer by themselves as soon as they are
 * called. There are no texts, and a name stays what it was.
 *
 * @example
 * const line = await connect('http://calls.example.org:8888', { name: 'ada@work' })
 * line.addEventListener('call', ({ detail: { call } }) => call.accept())
 */
export const connect = async (url: string | URL, options: PeerconnectionOptions): Promise<Line> =>
  connectOn(platformWithoutSocket(options.rtc), url, options)
