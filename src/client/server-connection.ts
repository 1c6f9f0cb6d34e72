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
import { undecodable, unreachable } from '../core/codec.ts'
import { Reliable } from '../core/reliable.ts'
import type { ClientMessage } from '../core/signal.ts'
import {
  type NativeServerMessage,
  encodeForServer,
  frameText,
  parseFrame,
  receiveFromServer
} from '../dialects/native-client.ts'
import {
  type NativeFrame,
  type Received,
  type ServerSessionMessage,
  type Stamp,
  sessionFrame,
  stamped
} from '../dialects/native-frame.ts'
import { CallError } from './errors.ts'
import { inOrder, timersOn } from './in-order.ts'
import type { Platform, WebSocketLike } from './platform.ts'
import type { SignalingClient, SignalingHandlers, Welcome } from './signaling.ts'
import { openProbe } from './socket.ts'

type FromServer = NativeServerMessage | ServerSessionMessage

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
    return new CallError(code, 'Another client has the secret of this line: use one for each.')
  }
  if (code !== 'unreachable') return new CallError(code, reason ?? code)
  return new CallError(code, `Cannot reach ${url}: check the address and the network.`, {
    cause: reason ? new Error(reason) : undefined
  })
}

export class ServerConnection implements SignalingClient {
  readonly #options: Options
  readonly #setTimer
  readonly #unwatch: () => void
  #session: LineSession
  #socket: Pick<WebSocketLike, 'send' | 'close'> | null = null
  #begunAt = 0
  #way = new Reliable<ClientMessage>(sizeOf)
  /** The number of the last message that has left for this session; those above it wait for the line to be open. */
  #written = 0
  #open = false
  /** What has come waits to be acknowledged. */
  #owes = false
  /** Has come, and is told when the line is open. */
  #welcome: Welcome | null = null

  constructor(options: Options) {
    this.#options = options
    const { platform } = options
    this.#setTimer = timersOn<SessionTimer | 'ack'>(platform)
    // Above the attempts of an earlier life with the same secret.
    const [session, effects] = startSession({ attempt: platform.now(), probes: platform.reach !== null })
    this.#session = session
    this.#unwatch = platform.watch((type) => this.#take({ type }))
    for (const effect of effects) this.#perform(effect)
  }

  send(message: ClientMessage): void {
    if (this.#session.phase === 'closed') return
    // A server that is being signed in to knows of no call, and would refuse it. The call says it again when it is known.
    if (('description' in message || 'candidate' in message) && this.#session.step === 'signing-in') return
    this.#way.send(message)
    if (this.#open) this.#flush()
    if (this.#way.unacknowledged <= maxKept && this.#way.size <= maxKeptSize) return
    // There will be another session, unless it is being begun already, and what is said from now on waits for that.
    this.#open = false
    this.#begin()
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

  readonly #take = inOrder((event: SessionEvent) => {
    const [session, effects] = stepSession(this.#session, event)
    this.#session = session
    for (const effect of effects) this.#perform(effect)
  })

  #perform(effect: SessionEffect): void {
    switch (effect.type) {
      case 'open-socket':
        return this.#openSocket(effect.socket)
      case 'open-probe':
        return this.#openProbe(effect.socket)
      case 'abandon-socket':
        return this.#closeSocket(ABANDONED)
      case 'leave-socket':
        if (this.#open) {
          this.#way.send({ type: 'sign-out' })
          this.#flush()
        }
        return this.#closeSocket(NORMAL)
      case 'send-sign-in':
        return this.#signIn(effect.attempt)
      case 'send-resume':
        return this.#resume(effect.attempt)
      case 'send-ping':
        return this.#post(sessionFrame({ type: 'ping' }))
      case 'set-timer':
        return this.#setTimer(effect.timer, this.#spread(effect), () =>
          this.#take({ type: 'timer-fired', timer: effect.timer })
        )
      default:
        return this.#tell(effect)
    }
  }

  #tell(effect: Extract<SessionEffect, { type: `tell-${string}` }>): void {
    const { url, handlers } = this.#options
    const welcome = this.#welcome
    this.#open = effect.type === 'tell-open'
    switch (effect.type) {
      case 'tell-open':
        this.#welcome = null
        this.#flush()
        return welcome ? handlers.welcomed(welcome) : handlers.back()
      case 'tell-resuming':
        this.#owe(false)
        return handlers.lost(errorOf(url, effect.trouble))
      case 'tell-closed':
        this.#owe(false)
        this.#unwatch()
        return handlers.closed(effect.trouble && errorOf(url, effect.trouble))
      default:
        return unreachable(effect)
    }
  }

  #spread({ afterMs, spread }: Extract<SessionEffect, { type: 'set-timer' }>): number | null {
    return afterMs && spread ? afterMs * (0.5 + this.#options.platform.random() / 2) : afterMs
  }

  #openSocket(number: number): void {
    const { url, platform } = this.#options
    this.#begunAt = platform.now()
    const socket = new platform.WebSocket(url, 'patchcord.1')
    this.#socket = socket
    socket.addEventListener('open', () => this.#take({ type: 'socket-opened', socket: number }))
    socket.addEventListener('close', ({ code, reason }) => this.#hearClose(number, code, reason))
    // What has gone wrong is not said, and a close follows.
    socket.addEventListener('error', () => {})
    socket.addEventListener('message', ({ data }) => {
      if (this.#socket !== socket) return
      const frame = typeof data === 'string' ? receiveFromServer(parseFrame(data)) : undecodable('not text')
      if (frame.ok) this.#receive(number, frame.message)
      else this.#take({ type: 'violated', socket: number, reason: frame.reason })
    })
  }

  #openProbe(number: number): void {
    const { url, platform } = this.#options
    if (!platform.reach) return
    this.#socket = openProbe(url, platform.reach, (answers) => {
      if (answers) this.#take({ type: 'socket-opened', socket: number })
      else this.#hearClose(number, 1006, '')
    })
  }

  #hearClose(socket: number, closeCode: number, reason: string): void {
    const code = closeCode === 1008 && reason === 'replaced' ? reason : 'unreachable'
    this.#take({ type: 'socket-closed', socket, trouble: { code, reason } })
  }

  #closeSocket(code: number): void {
    const socket = this.#socket
    this.#socket = null
    socket?.close(code)
  }

  #post(frame: NativeFrame): void {
    this.#socket?.send(frameText(frame))
  }

  #signIn(attempt: number): void {
    // Calls are begun or claimed anew by themselves; what the old server may have heard is not said again.
    const waiting = this.#way.since(this.#written).filter(({ item: { type } }) => type === 'text')
    const { secret } = this.#options
    this.#write(1, this.#begin(), { secret, attempt })
    for (const { item } of waiting) this.#way.send(item)
  }

  /** Forgets what was said: of the next session there is but the sign-in, which is the first message in each. */
  #begin(): ClientMessage {
    const message = this.#options.signIn()
    this.#way = new Reliable(sizeOf)
    this.#written = this.#way.send(message)
    return message
  }

  #resume(attempt: number): void {
    const { secret } = this.#options
    this.#post(sessionFrame({ type: 'resume', secret, attempt, ack: this.#way.takeAck() }))
  }

  /** Says what has not left yet, or not over this socket. */
  #flush(): void {
    for (const { n, item } of this.#way.since(this.#written)) {
      this.#written = n
      this.#write(n, item)
    }
  }

  #write(n: number, message: ClientMessage, proof: Stamp = {}): void {
    this.#owe(false)
    for (const frame of encodeForServer(message)) {
      this.#post(stamped(frame, { n, ack: this.#way.takeAck(), ...proof }))
    }
  }

  /** Counts first what comes: however little sense it makes, and of whatever later version it is, it has come. */
  #receive(socket: number, { stamp: { n, ack }, message }: Received<FromServer | null>): void {
    const violate = (reason: string): void => this.#take({ type: 'violated', socket, reason })
    this.#take({ type: 'heard', socket })
    if (ack !== undefined && !this.#way.acknowledged(ack)) return violate('acknowledges what was not said')
    const order = n === undefined ? 'next' : this.#way.receive(n)
    if (order === 'gap') return violate('a message is missing')
    if (n !== undefined) this.#owe(true)
    if (order === 'duplicate') return
    if (!message.ok) return violate(message.reason)
    if (message.message) this.#hear(socket, message.message)
  }

  /** Acknowledges what has come, in time, unless something that leaves does. */
  #owe(owes: boolean): void {
    const acknowledge = (): void => {
      this.#owe(false)
      this.#post(sessionFrame({ type: 'ack', ack: this.#way.takeAck() }))
    }
    if (owes && this.#way.owed >= maxOwed) return acknowledge()
    if (owes !== this.#owes) this.#setTimer('ack', owes ? ackMs : null, acknowledge)
    this.#owes = owes
  }

  #hear(socket: number, message: FromServer): void {
    const handshakeMs = Math.max(0, this.#options.platform.now() - this.#begunAt)
    switch (message.type) {
      case 'ack':
      case 'pong':
        return
      case 'resumed':
        this.#written = Math.min(this.#written, message.ack)
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
