/**
 * Moves the `peerconnection` wire over HTTP: `/sign_in`, `/wait`, `/message` and `/sign_out`, each
 * request on a connection of its own. A message of a signed-in client is answered with 200 whatever
 * becomes of it, for anything else ends the whole session of libwebrtc's own client.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { refusal } from '../core/refusal.ts'
import { decodeMessage, decodeSignIn, keyIn, peerconnection, targetIn } from '../dialects/peerconnection.ts'
import { GuessLimit } from './guess-limit.ts'
import { originOf } from './origin.ts'
import { Pace } from './pace.ts'
import { done, refused, sendAnswer, unknownId } from './peerconnection-answer.ts'
import { PollingClient } from './polling-client.ts'
import { rawSignIn, readBody, responseOn, statusLineOf } from './raw-request.ts'
import type { Hub, TransportLimits } from './transport.ts'
import type { OriginAllowed } from './websocket.ts'

export interface PeerconnectionTransportOptions {
  readonly hub: Hub
  readonly limits: TransportLimits
  readonly originAllowed: OriginAllowed
  /** How long a client may be without a `/wait`. */
  readonly waitGraceMs?: number
  /** How long a client may leave the connection open after the answer to its `/wait`. */
  readonly patienceMs?: number
  /** From one network, before it gets no more answers about unknown ids for a minute. */
  readonly maxWrongIdsPerMinute?: number
  /** To all clients together: each note about who is present costs a request, and calls go first. */
  readonly maxNotesPerSecond?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

interface Visit {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: string
}

/** How many may wait for one client. */
const maxMessages = 1_024

const otherOrigin = { reason: 'Pages of this origin may not use this server.' }
const otherMethod = { reason: 'Only GET and POST are understood.' }
const noLength = { reason: 'The length of the message is missing.' }
const tooManyGuesses = { reason: 'Too many wrong ids: wait a minute.' }

export class PeerconnectionTransport {
  readonly #options: PeerconnectionTransportOptions
  readonly #guesses: GuessLimit
  readonly #pace: Pace
  /** By key. */
  readonly #clients = new Map<number, PollingClient>()
  /** The request that a connection has brought. */
  readonly #requests = new WeakMap<Duplex, IncomingMessage>()

  constructor(options: PeerconnectionTransportOptions) {
    const { maxWrongIdsPerMinute = 30, maxNotesPerSecond = 1_000, now = Date.now } = options
    this.#options = options
    this.#guesses = new GuessLimit({ perMinute: maxWrongIdsPerMinute, now })
    this.#pace = new Pace({ burst: maxNotesPerSecond, perSecond: maxNotesPerSecond, now })
  }

  /** Whether a request is for this wire; if it is, it will be answered. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { url = '', method, headers } = request
    const [path = '', ...rest] = url.split('?')
    const route = this.#routeOf(path)
    if (route === undefined) return false
    if (this.#requests.has(request.socket)) {
      this.#endAfterAnswer(request.socket)
      return true
    }
    this.#requests.set(request.socket, request)
    if (!this.#options.originAllowed(originOf(headers), headers.host)) {
      sendAnswer(response, refused(refusal('not-allowed', otherOrigin), 403))
    } else if (method === 'OPTIONS') {
      sendAnswer(response, { status: 200, body: '' })
    } else if (method !== 'GET' && method !== 'POST') {
      sendAnswer(response, refused(refusal('not-allowed', otherMethod), 405))
    } else {
      route({ request, response, query: rest.join('?') })
    }
    return true
  }

  /**
   * Ends a connection whose bytes Node could not parse: the listener for a server's `clientError`. A
   * sign-in whose name was never encoded, as the stock client sends it, is answered all the same.
   */
  salvage(error: Error, socket: Duplex): void {
    if (!(socket instanceof Socket) || !socket.writable) {
      socket.destroy()
      return
    }
    if (this.#requests.get(socket)?.complete) {
      this.#endAfterAnswer(socket)
      return
    }
    const url = this.#requests.has(socket) ? null : rawSignIn(error)
    if (url === null) {
      socket.write(`HTTP/1.1 ${statusLineOf(error)}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      socket.destroySoon()
      return
    }
    const response = responseOn(socket, url)
    if (response === null) {
      socket.destroy()
      return
    }
    response.on('finish', () => socket.destroySoon())
    this.handle(response.req, response)
  }

  /** Lets all clients go. */
  close(): void {
    for (const client of this.#clients.values()) client.leave()
  }

  /**
   * Each answer announces the end of its connection. Surplus bytes behind a request do not spoil that
   * answer, but are taken for nothing themselves, and behind a `/wait` they end it: it may wait for long.
   */
  #endAfterAnswer(socket: Duplex): void {
    if (/^\/wait(\?|$)/.test(this.#requests.get(socket)?.url ?? '')) socket.destroy()
  }

  #routeOf(path: string): ((visit: Visit) => void) | undefined {
    switch (path) {
      case '/sign_in':
        return (visit) => this.#signIn(visit)
      case '/wait':
        return (visit) => this.#find(visit)?.wait(visit.response)
      case '/message':
        return (visit) => this.#receive(visit)
      case '/sign_out':
        return (visit) => this.#signOut(visit)
      default:
        return undefined
    }
  }

  #signIn({ request, response, query }: Visit): void {
    const { hub, limits, waitGraceMs = 30_000, patienceMs = 1_000 } = this.#options
    const connection = hub.connect(peerconnection, addressOf(request), {
      deliver: (message) => client.deliver(message),
      close: (reason) => client.close(reason)
    })
    if ('code' in connection) {
      sendAnswer(response, refused(connection))
      return
    }
    const client = new PollingClient({
      connection,
      signIn: response,
      mailbox: { messages: maxMessages, size: limits.maxQueuedBytes },
      graceMs: waitGraceMs,
      patienceMs,
      pace: this.#pace,
      admitted: (key) => this.#clients.set(key, client),
      gone: (key) => this.#clients.delete(key)
    })
    connection.receive(decodeSignIn(query))
  }

  #receive(visit: Visit): void {
    const client = this.#find(visit)
    if (client === undefined) return
    const { request, response, query } = visit
    if (isUnmeasured(request)) {
      sendAnswer(response, refused(refusal('bad-message', noLength), 411))
      return
    }
    readBody(request, this.#options.limits.maxFrameBytes, (body) => {
      const to = targetIn(query)
      if (body === null) {
        sendAnswer(response, refused(refusal('too-large')))
      } else if (to === keyIn(query)) {
        // What a client says to itself comes back at once.
        sendAnswer(response, { status: 200, type: request.headers['content-type'], pragma: to, body })
      } else {
        const decoded = decodeMessage(to, body)
        if (decoded.ok) client.connection.receive(decoded.message)
        else client.connection.malformed(decoded.reason)
        sendAnswer(response, done)
      }
    })
  }

  #signOut(visit: Visit): void {
    const client = this.#find(visit)
    if (client === undefined) return
    sendAnswer(visit.response, done)
    client.leave()
  }

  /** The client that asks; if there is none, the request is answered here. */
  #find({ request, response, query }: Visit): PollingClient | undefined {
    const client = this.#clients.get(keyIn(query))
    if (client === undefined) {
      const mayAsk = this.#guesses.allows(addressOf(request))
      sendAnswer(response, mayAsk ? unknownId : refused(refusal('rate-limited', tooManyGuesses)))
    }
    return client
  }
}

export const peerconnectionTransport = (options: PeerconnectionTransportOptions): PeerconnectionTransport =>
  new PeerconnectionTransport(options)

const addressOf = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? ''

const isUnmeasured = ({ method, headers }: IncomingMessage): boolean =>
  method === 'POST' && headers['content-length'] === undefined && headers['transfer-encoding'] === undefined
