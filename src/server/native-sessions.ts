/**
 * Who a native client is: one that numbers its messages goes on where it was when it proves that it was
 * there; any other begins anew with each socket.
 */
import { createHash } from 'node:crypto'
import { refusal } from '../core/refusal.ts'
import type { ClientMessage, PeerId, Refusal, RefusalCode, ServerMessage } from '../core/signal.ts'
import {
  type ClientSessionMessage,
  type NativeFrame,
  type Stamp,
  sessionFrame
} from '../dialects/native-frame.ts'
import { isOfSession, native, numbering, receiveNative } from '../dialects/native.ts'
import {
  type FrameSocket,
  type Heard,
  NORMAL,
  NativeSession,
  POLICY_VIOLATION,
  type SessionOptions,
  allowance,
  encode
} from './native-session.ts'
import type { Connection, Hub } from './transport.ts'
import type { CloseCause } from './websocket.ts'

interface Options extends SessionOptions {
  readonly hub: Hub
}

/** What its socket's owner tells of it. */
export interface FrameHandlers {
  message(frame: NativeFrame): void
  malformed(reason: string): void
  closed(cause: CloseCause): void
}

/** Who hears what comes over a socket. */
interface Listener {
  hear(heard: Heard): void
  malformed(reason: string): void
  closed(cause: CloseCause): void
}

type Said<T extends (ClientMessage | ClientSessionMessage)['type']> = Extract<
  ClientMessage | ClientSessionMessage,
  { type: T }
>

/** When there are too many connections, so long a client may take to say that one of them was its own. */
const turnedAwayMs = 3_000

/** Nobody has this id without the secret, and everybody has the same one again who has it. */
export const peerIdOf = (secret: string): PeerId =>
  createHash('sha256').update(`patchcord.1 peer ${secret}`).digest('base64url').slice(0, 22)

const say = (socket: FrameSocket, message: ServerMessage): void => {
  for (const frame of encode(message)) socket.send(frame)
}

/** Who takes over. */
const replaced = { code: POLICY_VIOLATION, reason: 'replaced' }

const refuse = (socket: FrameSocket, code: RefusalCode, about: string): void => {
  say(socket, { type: 'refused', ...refusal(code, { about }) })
  socket.close(POLICY_VIOLATION, code)
}

const turnAway = (socket: FrameSocket, no: Refusal): void => {
  say(socket, { type: 'refused', ...no })
  socket.close(POLICY_VIOLATION, no.code)
}

export class NativeSessions {
  readonly #options: Options
  readonly #sessions = new Map<PeerId, NativeSession>()

  constructor(options: Options) {
    this.#options = options
  }

  attend(socket: FrameSocket): FrameHandlers {
    let listener = this.#guest(socket, (next) => {
      listener = next
    })
    return {
      message(frame) {
        const heard = receiveNative(frame)
        if (heard.ok) listener.hear(heard.message)
        else listener.malformed(heard.reason)
      },
      malformed: (reason) => listener.malformed(reason),
      closed: (cause) => listener.closed(cause)
    }
  }

  /** Nobody waits for anything any more. */
  close(): void {
    for (const session of this.#sessions.values()) session.end()
  }

  /** A client of which nothing is known yet: one that numbers nothing remains it. */
  #guest(socket: FrameSocket, become: (listener: Listener) => void): Listener {
    const connection = this.#connect(socket)
    const allows = allowance(this.#options.now)
    let hasAsked = false
    let hasSpoken = false
    const resume = (message: Said<'resume'>): void => {
      if (hasAsked || hasSpoken) return connection.malformed('bad field: type')
      hasAsked = true
      const session = this.#resume(socket, message)
      if (session === null) return
      connection.closed()
      become(listenerOf(session, socket))
    }
    const hear = (heard: Heard, message: ClientMessage): void => {
      if (message.type !== 'sign-in' || heard.stamp.secret === undefined || hasSpoken) {
        hasSpoken = true
        return connection.receive(message)
      }
      const session = this.#begin(socket, heard.stamp, connection)
      if (session === null) return
      become(listenerOf(session, socket))
      session.receive(socket, heard)
    }
    return {
      hear(heard) {
        const { message } = heard
        if (!message.ok) return connection.malformed(message.reason)
        if (!isOfSession(message.message)) return hear(heard, message.message)
        if (message.message.type === 'resume') return resume(message.message)
        if (!allows()) return connection.malformed('bad field: type')
        if (message.message.type === 'ping') socket.send(sessionFrame({ type: 'pong' }))
      },
      malformed: (reason) => connection.malformed(reason),
      closed: () => connection.closed()
    }
  }

  /** `null` when there is no such session; then the client may sign in. */
  #resume(socket: FrameSocket, { secret, attempt, ack }: Said<'resume'>): NativeSession | null {
    const session = this.#sessions.get(peerIdOf(secret))
    if (session?.isStale(attempt)) {
      refuse(socket, 'stale', 'resume')
      return null
    }
    if (session?.resume(socket, { attempt, ack })) return session
    // It claims to have what was never sent to it: the two can have nothing in common.
    session?.end(replaced)
    say(socket, { type: 'refused', ...refusal('unknown-session', { about: 'resume' }) })
    return null
  }

  /** A session for who has this secret, instead of the one that there may be. */
  #begin(socket: FrameSocket, { secret = '', attempt }: Stamp, guest: Connection): NativeSession | null {
    const peer = peerIdOf(secret)
    const known = this.#sessions.get(peer)
    if (attempt !== undefined && known?.isStale(attempt)) {
      refuse(socket, 'stale', 'sign-in')
      return null
    }
    known?.end(replaced)
    guest.closed()
    const session: NativeSession = new NativeSession({ attempt: attempt ?? 0, socket }, this.#options, () => {
      this.#sessions.delete(peer)
    })
    const opened = this.#options.hub.connect(numbering, socket.address, {
      peer,
      get way() {
        return session.way
      },
      deliver: (message) => session.deliver(message),
      close: (no) => session.letGo(no)
    })
    if ('code' in opened) {
      turnAway(socket, opened)
      return null
    }
    session.open(opened)
    this.#sessions.set(peer, session)
    return session
  }

  #connect(socket: FrameSocket): Connection {
    const opened = this.#options.hub.connect(native, socket.address, {
      way: socket.way,
      deliver: (message) => say(socket, message),
      close: (no) => socket.close(no === null ? NORMAL : POLICY_VIOLATION, no?.code ?? '')
    })
    if (!('code' in opened)) return opened
    const cancel = this.#options.after(turnedAwayMs, () => turnAway(socket, opened))
    const refuse = (): void => {
      cancel()
      turnAway(socket, opened)
    }
    return { receive: refuse, malformed: refuse, closed: cancel }
  }
}

/** It may have been replaced on its socket, and then hears nothing there. */
const listenerOf = (session: NativeSession, socket: FrameSocket): Listener => ({
  hear: (heard) => session.receive(socket, heard),
  malformed: (reason) => session.malformed(socket, reason),
  closed: (cause) => session.lose(socket, cause)
})
