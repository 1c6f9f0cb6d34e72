/** Keeps a client signed in: opens a socket, signs in, and does so again whenever the socket is lost. */
import type { ClientMessage } from '../core/signal.ts'
import type { NativeServerMessage } from '../dialects/native-client.ts'
import { CallError } from './errors.ts'
import type { Platform } from './platform.ts'
import { type Socket, openSocket } from './socket.ts'

export interface ServerConnectionHandlers {
  /** The server's messages, each `welcome` among them. */
  message(message: NativeServerMessage): void
  /** An attempt to sign in has failed, or an open connection is gone; another follows unless it is closed now. */
  lost(error: CallError): void
}

interface Options {
  readonly url: string
  readonly platform: Platform
  /** How to sign in, each time anew. */
  readonly signIn: () => ClientMessage
  readonly handlers: ServerConnectionHandlers
}

const firstRetryMs = 250
const lastRetryMs = 8_000
/** How long an attempt may take. */
const welcomeMs = 10_000
/** The loss of a connection that held for this long is a new one, and counts as the first. */
const steadyMs = 10_000

/** Doubles with each attempt; at random between half of that and all of it, so that many do not come at once. */
export const retryDelay = (attempt: number, random: number): number =>
  Math.min(firstRetryMs * 2 ** attempt, lastRetryMs) * (0.5 + random / 2)

export class ServerConnection {
  readonly #options: Options
  #socket: Socket | null = null
  #welcomedAt: number | null = null
  #attempt = 0
  #closed = false
  #stopTimer = (): void => {}

  constructor(options: Options) {
    this.#options = options
    this.#open()
  }

  /** While there is no connection nothing is sent: the server will have forgotten what it was about. */
  send(message: ClientMessage): void {
    if (this.#welcomedAt !== null) this.#socket?.send(message)
  }

  close(): void {
    if (this.#closed) return
    this.send({ type: 'sign-out' })
    this.#closed = true
    this.#stopTimer()
    this.#socket?.close()
  }

  #open(): void {
    const { url, platform, signIn } = this.#options
    let refusal: CallError | null = null
    const socket = openSocket(url, platform, {
      opened: () => socket.send(signIn()),
      message: (message) => {
        if (this.#socket !== socket || this.#closed) return
        if (message.type === 'refused' && this.#welcomedAt === null) {
          refusal = new CallError(message.code, message.reason)
          return socket.close()
        }
        if (message.type === 'welcome') this.#welcome()
        this.#options.handlers.message(message)
      },
      closed: (reason) => {
        if (this.#socket === socket) this.#lose(refusal ?? unreachable(url, reason))
      }
    })
    this.#socket = socket
    this.#stopTimer = platform.after(welcomeMs, () => {
      socket.close()
      this.#lose(unreachable(url, 'no answer'))
    })
  }

  #welcome(): void {
    this.#stopTimer()
    this.#welcomedAt = this.#options.platform.now()
  }

  #lose(error: CallError): void {
    const { platform, handlers } = this.#options
    this.#stopTimer()
    this.#socket = null
    if (this.#welcomedAt !== null && platform.now() - this.#welcomedAt >= steadyMs) this.#attempt = 0
    this.#welcomedAt = null
    if (!this.#closed) handlers.lost(error)
    if (this.#closed) return
    this.#stopTimer = platform.after(retryDelay(this.#attempt, platform.random()), () => this.#open())
    this.#attempt += 1
  }
}

const unreachable = (url: string, reason: string | null): CallError =>
  new CallError(
    'unreachable',
    `The server at ${url} cannot be reached: check the address and the network.`,
    reason === null ? {} : { cause: new Error(reason) }
  )
