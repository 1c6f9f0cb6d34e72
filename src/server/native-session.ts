/**
 * A native client whose messages are numbered: it outlives its socket for a while, and what was said
 * meanwhile, or was on its way, is said again on the next.
 */
import { type Bucket, fullBucket, take } from '../core/bucket.ts'
import { Reliable } from '../core/reliable.ts'
import type { ClientMessage, Refusal, ServerMessage } from '../core/signal.ts'
import {
  type ClientSessionMessage,
  type NativeFrame,
  type Received,
  sessionFrame,
  stamped
} from '../dialects/native-frame.ts'
import { isOfSession, nativeCodec } from '../dialects/native.ts'
import { encodeOnce } from './encode-once.ts'
import { sizeOf } from './native-frames.ts'
import type { WayHere } from './public-address.ts'
import type { Connection } from './transport.ts'
import type { CloseCause } from './websocket.ts'

/** A socket as far as frames go; it may be a real one or, in tests, a pair of functions. */
export interface FrameSocket {
  /** Without the port. */
  readonly address: string
  /** How the client reaches the server. */
  readonly way: WayHere
  send(frame: NativeFrame): void
  close(code: number, reason: string): void
}

/** What a client says, about the session and otherwise. */
export type Heard = Received<ClientMessage | ClientSessionMessage>

export interface SessionOptions {
  /** How long a session is kept that has lost its socket. */
  readonly resumeMs: number
  /** What may wait for a client to acknowledge it. */
  readonly maxQueuedBytes: number
  /** Milliseconds since 1970, by a clock that nobody sets back. */
  readonly now: () => number
  /** Runs something once, later; what it answers with calls that off. */
  readonly after: (ms: number, run: () => void) => () => void
}

/** Close codes of RFC 6455, section 7.4.1. */
export const NORMAL = 1000
const PROTOCOL_ERROR = 1002
export const POLICY_VIOLATION = 1008
const TRY_AGAIN_LATER = 1013

/** What has come is acknowledged after so long, or after so many, if nothing else is said to carry it. */
const ackMs = 500
const ackEvery = 32
/** How many messages may wait for a client that is away. */
const maxWaiting = 2_000
/** Pings and acknowledgments cost nothing up to here. */
const free = { burst: 400, perSecond: 200 }

export const encode = encodeOnce((message: ServerMessage) => nativeCodec.encode(message))
const roomOf = encodeOnce(sizeOf)

/** What a connection may say about itself before it counts like anything else. */
export const allowance = (now: () => number): (() => boolean) => {
  let bucket: Bucket = fullBucket(free, now())
  return () => {
    const rest = take(bucket, free, { cost: 1, now: now() })
    bucket = rest ?? bucket
    return rest !== null
  }
}

/** Whether a socket that ended so ends the session: its client has left, or would break the next one too. */
const isGone = (cause: CloseCause): boolean => cause === 'left' || cause === 'broken' || cause === 'too-slow'

export class NativeSession {
  readonly #options: SessionOptions
  readonly #onEnd: () => void
  readonly #line = new Reliable<NativeFrame>(roomOf)
  readonly #allows: () => boolean
  /** The way in, once the hub has given it. */
  #connection: Connection | null = null
  #socket: FrameSocket | null
  #way: WayHere
  #attempt: number
  #welcomed = false
  #ended = false
  #cancelAck: (() => void) | null = null
  #cancelEnd = (): void => {}

  constructor(
    { attempt, socket }: { attempt: number; socket: FrameSocket },
    options: SessionOptions,
    onEnd: () => void
  ) {
    this.#attempt = attempt
    this.#socket = socket
    this.#way = socket.way
    this.#options = options
    this.#onEnd = onEnd
    this.#allows = allowance(options.now)
  }

  /** The hub has taken it in. */
  open(connection: Connection): void {
    this.#connection = connection
  }

  /** How the client reaches the server, or did when it last had a socket. */
  get way(): WayHere {
    return this.#way
  }

  /** An attempt that was given up, and comes late. */
  isStale(attempt: number): boolean {
    return attempt <= this.#attempt
  }

  deliver(message: ServerMessage): void {
    const isWelcome = message.type === 'welcome'
    if (isWelcome) this.#welcomed = true
    for (const frame of encode(isWelcome ? { ...message, resumeMs: this.#options.resumeMs } : message)) {
      this.#send(frame)
    }
  }

  /** Goes on over another socket, at once: the one before is closed. False when the client cannot be this one's. */
  resume(socket: FrameSocket, { attempt, ack }: { attempt: number; ack: number }): boolean {
    if (!this.#line.acknowledged(ack)) return false
    const before = this.#socket
    this.#socket = socket
    this.#way = socket.way
    this.#attempt = attempt
    this.#cancelEnd()
    before?.close(POLICY_VIOLATION, 'replaced')
    socket.send(sessionFrame({ type: 'resumed', ack: this.#takeAck() }))
    for (const { n, item } of this.#line.since(ack)) socket.send(stamped(item, { n, ack: this.#line.ack }))
    return true
  }

  /** From a socket that may be its own no longer. */
  receive(socket: FrameSocket, { stamp, message }: Heard): void {
    if (socket !== this.#socket) return
    if (stamp.ack !== undefined && !this.#line.acknowledged(stamp.ack)) return this.#violated('ack')
    if (message.ok && isOfSession(message.message)) return this.#hearOfSession(message.message)
    switch (this.#line.receive(stamp.n ?? Infinity)) {
      case 'gap':
        return this.#violated('n')
      case 'duplicate':
        return this.#sendAck()
      case 'next':
        this.#hear(message)
        return this.#owe()
    }
  }

  #hear(message: Heard['message']): void {
    if (!message.ok) this.#connection?.malformed(message.reason)
    else if (!isOfSession(message.message)) this.#connection?.receive(message.message)
  }

  malformed(socket: FrameSocket, reason: string): void {
    if (socket === this.#socket) this.#connection?.malformed(reason)
  }

  lose(socket: FrameSocket, cause: CloseCause): void {
    if (socket !== this.#socket || this.#ended) return
    this.#socket = null
    this.#cancelAck?.()
    this.#cancelAck = null
    if (isGone(cause) || !this.#welcomed || this.#line.unacknowledged > maxWaiting) return this.end()
    this.#cancelEnd = this.#options.after(this.#options.resumeMs, () => this.end())
  }

  /** The client is gone, or is somebody else's from now on: its peer leaves. */
  end(why: { readonly code: number; readonly reason: string } | null = null): void {
    if (this.#ended) return
    this.#close()
    if (why !== null) this.#socket?.close(why.code, why.reason)
    this.#connection?.closed()
  }

  /** The hub has let it go. */
  letGo(refusal: Refusal | null): void {
    this.#close()
    this.#socket?.close(refusal === null ? NORMAL : POLICY_VIOLATION, refusal?.code ?? '')
  }

  #close(): void {
    this.#ended = true
    this.#cancelAck?.()
    this.#cancelEnd()
    this.#onEnd()
  }

  #hearOfSession(message: ClientSessionMessage): void {
    if (!this.#allows() || message.type === 'resume') return this.#connection?.malformed('bad field: type')
    if (message.type === 'ping') this.#socket?.send(sessionFrame({ type: 'pong' }))
  }

  #send(frame: NativeFrame): void {
    if (this.#ended) return
    const n = this.#line.send(frame)
    const isAway = this.#socket === null
    if (this.#line.size > this.#options.maxQueuedBytes || (isAway && this.#line.unacknowledged > maxWaiting))
      return this.end({ code: TRY_AGAIN_LATER, reason: 'too-slow' })
    this.#socket?.send(stamped(frame, { n, ack: isAway ? 0 : this.#takeAck() }))
  }

  /** What has come is acknowledged soon, with whatever is said next. */
  #owe(): void {
    if (this.#line.owed >= ackEvery) return this.#sendAck()
    if (this.#line.owed === 0 || this.#socket === null || this.#cancelAck !== null) return
    this.#cancelAck = this.#options.after(ackMs, () => this.#sendAck())
  }

  #sendAck(): void {
    this.#socket?.send(sessionFrame({ type: 'ack', ack: this.#takeAck() }))
  }

  #takeAck(): number {
    this.#cancelAck?.()
    this.#cancelAck = null
    return this.#line.takeAck()
  }

  /** A client that has lost count can find it again on another connection. */
  #violated(field: string): void {
    const socket = this.#socket
    socket?.close(PROTOCOL_ERROR, `bad field: ${field}`)
    if (socket !== null) this.lose(socket, 'server')
  }
}
