/**
 * The native way to a server: runs the session over WebSockets, numbers what is said and says it again after
 * a loss. It keeps what the server has not acknowledged, and what is to be said while there is no line.
 */
import {
  type LineSession,
  type SessionEffect,
  type SessionEvent,
  type SessionTimer,
  type Trouble,
  startSession,
  stepSession
} from '../core/line-session.ts'
import { unreachable } from '../core/codec.ts'
import { Reliable } from '../core/reliable.ts'
import type { ClientMessage } from '../core/signal.ts'
import { type NativeServerMessage, nativeClientCodec } from '../dialects/native-client.ts'
import { type ServerSessionMessage, type Stamp, sessionFrame, stamped } from '../dialects/native-header.ts'
import { CallError } from './errors.ts'
import type { Platform } from './platform.ts'
import type { SignalingClient, SignalingHandlers, Welcome } from './signaling.ts'
import { type FromServer, type Socket, openProbe, openSocket } from './socket.ts'

interface Options {
  readonly url: string
  readonly platform: Platform
  /** Proves to the server that a later connection is this client's. */
  readonly secret: string
  /** How to sign in, each time anew. */
  readonly signIn: () => ClientMessage
  readonly handlers: SignalingHandlers
}

/** Close codes of RFC 6455, section 7.4: the first ends the session, the second leaves it to be resumed. */
const NORMAL = 1000
const ABANDONED = 4000

/** How long what has come may wait for a message to carry its acknowledgement, and how much of it. */
const ackMs = 500
const maxOwed = 32

/** How much may wait to be said or acknowledged. */
const maxKept = 2_000
const maxKeptSize = 4 * 1024 * 1024
const headerSize = 200

const bodySize = (message: ClientMessage): number => {
  if (message.type === 'text') return message.text.size
  return 'description' in message ? (message.description?.sdp.size ?? 0) : 0
}

const sizeOf = (message: ClientMessage): number => headerSize + bodySize(message)

const errorOf = (url: string, { code, reason }: Trouble): CallError => {
  if (code === 'replaced') {
    return new CallError(code, 'Another client has signed in with the secret of this line: use one for each.')
  }
  if (code !== 'unreachable') return new CallError(code, reason ?? code)
  return new CallError(
    code,
    `The server at ${url} cannot be reached: check the address and the network.`,
    reason === undefined ? {} : { cause: new Error(reason) }
  )
}

export class ServerConnection implements SignalingClient {
  readonly #options: Options
  readonly #timers = new Map<SessionTimer | 'ack', () => void>()
  readonly #events: SessionEvent[] = []
  readonly #unwatch: () => void
  #stepping = false
  #session: LineSession
  #socket: Socket | null = null
  #begunAt = 0
  #way = new Reliable<ClientMessage>(sizeOf)
  /** To be said once the line is open. */
  #waiting = new Reliable<ClientMessage>(sizeOf)
  #open = false
  /** Has come, and is told when the line is open. */
  #welcome: Welcome | null = null
  #wasWelcomed = false

  constructor(options: Options) {
    this.#options = options
    const { platform } = options
    // Above the attempts of an earlier life with the same secret.
    const start = { attempt: platform.now(), probes: platform.reach !== null }
    const [session, effects] = startSession(start)
    this.#session = session
    this.#unwatch = platform.watch((type) => this.#take({ type }))
    for (const effect of effects) this.#perform(effect)
  }

  send(message: ClientMessage): void {
    if (this.#open) this.#transmit(message)
    else if (this.#session.phase !== 'closed') this.#waiting.send(message)
    const kept = this.#way.unacknowledged + this.#waiting.unacknowledged
    if (kept <= maxKept && this.#way.size + this.#waiting.size <= maxKeptSize) return
    this.#waiting = new Reliable(sizeOf)
    this.#take({ type: 'overflowed' })
  }

  setLively(lively: boolean): void {
    this.#take({ type: 'pace-set', lively })
  }

  /** What is said over a socket has left by then. */
  close(): Promise<void> {
    this.#take({ type: 'closed' })
    return Promise.resolve()
  }

  /** One event at a time: what follows from it is done before the next. */
  #take(event: SessionEvent): void {
    this.#events.push(event)
    if (this.#stepping) return
    this.#stepping = true
    try {
      for (let next = this.#events.shift(); next; next = this.#events.shift()) {
        const [session, effects] = stepSession(this.#session, next)
        this.#session = session
        for (const effect of effects) this.#perform(effect)
      }
    } finally {
      this.#stepping = false
    }
  }

  #perform(effect: SessionEffect): void {
    switch (effect.type) {
      case 'open-socket':
        return this.#openSocket(effect.socket)
      case 'open-probe':
        return this.#openProbe(effect.socket)
      case 'abandon-socket':
        return this.#closeSocket(ABANDONED)
      case 'leave-socket':
        if (this.#open) this.#transmit({ type: 'sign-out' })
        return this.#closeSocket(NORMAL)
      case 'send-sign-in':
        return this.#signIn(effect.attempt)
      case 'send-resume':
        return this.#socket?.send(this.#resume(effect.attempt))
      case 'send-ping':
        return this.#socket?.send(sessionFrame({ type: 'ping' }))
      case 'set-timer':
        return this.#setTimer(effect.timer, this.#spread(effect), () =>
          this.#take({ type: 'timer-fired', timer: effect.timer })
        )
      case 'clear-timer':
        return this.#clearTimer(effect.timer)
      default:
        return this.#tell(effect)
    }
  }

  #tell(effect: Extract<SessionEffect, { type: `tell-${string}` }>): void {
    const { url, handlers } = this.#options
    this.#open = effect.type === 'tell-open'
    if (!this.#open) this.#clearTimer('ack')
    switch (effect.type) {
      case 'tell-open':
        return this.#tellOpen()
      case 'tell-resuming':
        return handlers.lost(errorOf(url, effect.trouble))
      case 'tell-closed':
        this.#unwatch()
        return handlers.closed(effect.trouble && errorOf(url, effect.trouble))
      default:
        return unreachable(effect)
    }
  }

  #tellOpen(): void {
    const { handlers } = this.#options
    const welcome = this.#welcome
    this.#welcome = null
    if (welcome === null) {
      this.#sayWaiting()
      return handlers.back()
    }
    if (this.#wasWelcomed) handlers.signedInAnew(welcome)
    else handlers.signedIn(welcome)
    this.#wasWelcomed = true
    this.#sayWaiting()
  }

  #sayWaiting(): void {
    const waiting = this.#waiting.since(0)
    this.#waiting = new Reliable(sizeOf)
    for (const { item } of waiting) this.send(item)
  }

  #spread({ afterMs, spread }: Extract<SessionEffect, { type: 'set-timer' }>): number {
    return spread ? afterMs * (0.5 + this.#options.platform.random() / 2) : afterMs
  }

  #setTimer(timer: SessionTimer | 'ack', afterMs: number, run: () => void): void {
    this.#clearTimer(timer)
    this.#timers.set(timer, this.#options.platform.after(afterMs, run))
  }

  #clearTimer(timer: SessionTimer | 'ack'): void {
    this.#timers.get(timer)?.()
    this.#timers.delete(timer)
  }

  #openSocket(number: number): void {
    const { url, platform } = this.#options
    this.#begunAt = platform.now()
    const socket = openSocket(url, platform, {
      opened: () => this.#take({ type: 'socket-opened', socket: number }),
      received: (frame) => {
        if (this.#socket === socket) this.#receive(number, frame)
      },
      violated: (reason) => this.#take({ type: 'violated', socket: number, reason }),
      closed: (code, reason) => this.#hearClose(number, code, reason)
    })
    this.#socket = socket
  }

  #openProbe(number: number): void {
    const { url, platform } = this.#options
    if (platform.reach === null) return
    this.#socket = openProbe(url, platform.reach, {
      opened: () => this.#take({ type: 'socket-opened', socket: number }),
      closed: (code, reason) => this.#hearClose(number, code, reason)
    })
  }

  #hearClose(socket: number, code: number, reason: string): void {
    const isReplaced = code === 1008 && reason === 'replaced'
    const trouble: Trouble = { code: isReplaced ? 'replaced' : 'unreachable' }
    this.#take({ type: 'socket-closed', socket, trouble: reason === '' ? trouble : { ...trouble, reason } })
  }

  #closeSocket(code: number): void {
    const socket = this.#socket
    this.#socket = null
    socket?.close(code)
  }

  #signIn(attempt: number): void {
    // Calls are begun or claimed anew by themselves; what the old server may have heard is not said again.
    const waiting = this.#waiting.since(0).filter(({ item: { type } }) => type === 'text')
    this.#way = new Reliable(sizeOf)
    this.#waiting = new Reliable(sizeOf)
    for (const { item } of waiting) this.#waiting.send(item)
    const { secret, signIn } = this.#options
    this.#transmit(signIn(), { secret, attempt })
  }

  #resume(attempt: number) {
    const { secret } = this.#options
    return sessionFrame({ type: 'resume', secret, attempt, ack: this.#way.takeAck() })
  }

  #transmit(message: ClientMessage, proof: Stamp = {}): void {
    const n = this.#way.send(message)
    this.#write(n, message, proof)
  }

  #write(n: number, message: ClientMessage, proof: Stamp = {}): void {
    this.#clearTimer('ack')
    for (const frame of nativeClientCodec.encode(message)) {
      this.#socket?.send(stamped(frame, { n, ack: this.#way.takeAck(), ...proof }))
    }
  }

  /** Counts first what comes: however little sense it makes, it has come. */
  #receive(socket: number, { stamp: { n, ack }, message }: FromServer): void {
    const violate = (reason: string): void => this.#take({ type: 'violated', socket, reason })
    this.#take({ type: 'heard', socket })
    if (ack !== undefined && !this.#way.acknowledged(ack)) return violate('acknowledges what was not said')
    const order = n === undefined ? 'next' : this.#way.receive(n)
    if (order === 'gap') return violate('a message is missing')
    if (n !== undefined) this.#owe()
    if (order === 'duplicate') return
    if (!message.ok) return violate(message.reason)
    if (message.message !== null) this.#hear(socket, message.message)
  }

  #owe(): void {
    if (this.#way.owed >= maxOwed) this.#acknowledge()
    else if (!this.#timers.has('ack')) this.#setTimer('ack', ackMs, () => this.#acknowledge())
  }

  #acknowledge(): void {
    this.#clearTimer('ack')
    this.#socket?.send(sessionFrame({ type: 'ack', ack: this.#way.takeAck() }))
  }

  #hear(socket: number, message: NativeServerMessage | ServerSessionMessage): void {
    const handshakeMs = Math.max(0, this.#options.platform.now() - this.#begunAt)
    switch (message.type) {
      case 'ack':
      case 'pong':
        return
      case 'resumed':
        for (const { n, item } of this.#way.since(message.ack)) this.#write(n, item)
        return this.#take({ type: 'resumed', socket, handshakeMs })
      case 'welcome':
        this.#welcome = message
        return this.#take({ type: 'welcomed', socket, handshakeMs })
      case 'refused':
        if (!this.#open) return this.#beTurnedAway(socket, message)
        return this.#options.handlers.message(message)
      default:
        return this.#options.handlers.message(message)
    }
  }

  #beTurnedAway(socket: number, { code, reason }: Extract<NativeServerMessage, { type: 'refused' }>): void {
    if (code === 'unknown-session') return this.#take({ type: 'session-unknown', socket })
    const trouble: Trouble = code === 'stale' ? { code: 'replaced' } : { code, reason }
    return this.#take({ type: 'turned-away', socket, trouble })
  }
}
