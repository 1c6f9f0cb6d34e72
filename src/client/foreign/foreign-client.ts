/**
 * A line's way to a server of another protocol: calls are made of what such a wire carries, a roster of what it
 * tells, and a lost connection is opened anew. The server then takes this client for a new one, and a call
 * that was accepted ends with `left`, at both ends.
 */
import { unreachable } from '../../core/codec.ts'
import type { PeerId } from '../../core/signal.ts'
import {
  type CallInput,
  type CallOutput,
  callDeadline,
  noCalls,
  stepForeignCalls
} from '../../dialects/foreign-calls.ts'
import { type ForeignNews, type ForeignPeer, foreignPeer } from '../../dialects/foreign.ts'
import { CallError } from '../errors.ts'
import type { Platform } from '../platform.ts'
import { compareRosters } from '../roster.ts'
import type { LineMessage, SignalingClient, SignalingHandlers, Welcome } from '../signaling.ts'
import type { Arrival, Wire, WireHandlers } from './wire.ts'

export interface ForeignOptions {
  readonly platform: Platform
  readonly handlers: SignalingHandlers
  /** What peers of this wire speak. */
  readonly dialect: string
  readonly lobby: string
  /** Opens a connection and signs in. Tells nothing before it has returned. */
  open(handlers: WireHandlers): Wire
}

type Message = Parameters<SignalingClient['send']>[0]

/** How long a server may take to let one in. */
const signInMs = 10_000
/** Between attempts: doubled each time, up to the second. */
const retryMs = 250
const maxRetryMs = 8_000
/** A connection that held this long was a good one. */
const steadyMs = 5_000

const noWords = (about: Message['type']): LineMessage => ({
  type: 'refused',
  code: 'not-allowed',
  reason: 'The protocol of this server has no words for it.',
  about
})

export class ForeignClient implements SignalingClient {
  readonly #options: ForeignOptions
  readonly #unwatch: () => void
  /** Of the connection that counts; what an earlier one still tells does not. */
  #attempt = 0
  #wire: Wire | null = null
  #arrival: Arrival | null = null
  #peers: readonly ForeignPeer[] = []
  #phase: 'connecting' | 'open' | 'lost' | 'closed' = 'connecting'
  #openedAt = 0
  #failures = 0
  #calls = noCalls
  /** Peers that could not be told yet that their call is over. */
  #owed: readonly PeerId[] = []
  /** A name that was asked for since. */
  #asked: string | null = null
  /** Until the last word has left. */
  #farewell: Promise<void> = Promise.resolve()
  #stopTimer: (() => void) | null = null
  #stopDeadline: (() => void) | null = null

  constructor(options: ForeignOptions) {
    this.#options = options
    this.#unwatch = options.platform.watch((what) => {
      if (what === 'page-hidden') this.#sleep()
      else if (this.#phase === 'lost' && this.#wire === null) this.#open()
    })
    this.#open()
  }

  send(message: Message): void {
    if (this.#phase === 'closed') return
    switch (message.type) {
      case 'text': {
        const to = message.to.by === 'id' ? message.to.id : null
        return this.#say({ type: 'text', to, text: message.text }, message)
      }
      case 'rename':
        this.#asked = message.name
        return this.#say({ type: 'name', name: message.name }, message)
      case 'sign-in':
      case 'sign-out':
      case 'ready':
      case 'file':
        return
      default:
        return this.#step({ type: 'said', message, now: this.#options.platform.now() })
    }
  }

  /** A wire of this kind has no pings. */
  setLively(): void {}

  close(): Promise<void> {
    this.#end(null)
    return this.#farewell
  }

  #say(said: Parameters<Wire['say']>[0], { type }: Message): void {
    if (this.#phase === 'open' && this.#wire?.say(said) === false) this.#tell(noWords(type))
  }

  /** A moment later, and in this order: nobody is told anything while it is still speaking. */
  #later(run: (handlers: SignalingHandlers) => void): void {
    queueMicrotask(() => {
      if (this.#phase !== 'closed') run(this.#options.handlers)
    })
  }

  #tell(message: LineMessage): void {
    this.#later((handlers) => handlers.message(message))
  }

  // The connection

  #open(): void {
    this.#attempt += 1
    const attempt = this.#attempt
    const current =
      <Args extends readonly unknown[]>(run: (...args: Args) => void) =>
      (...args: Args): void => {
        if (attempt === this.#attempt && this.#phase !== 'closed') run(...args)
      }
    this.#setTimer(signInMs, () => {
      void this.#wire?.close(true)
      this.#lose(new CallError('unreachable', 'The server does not answer: check the address.'))
    })
    this.#wire = this.#options.open({
      opened: current((arrival) => this.#arrive(arrival)),
      news: current((news) => this.#hear(news)),
      interrupted: current((error) => this.#later((handlers) => handlers.lost(error))),
      restored: current(() => this.#later((handlers) => handlers.back())),
      closed: current((error) => this.#lose(error))
    })
  }

  #arrive(arrival: Arrival): void {
    const isFirst = this.#phase === 'connecting'
    const gone = this.#peers.filter(({ id }) => !arrival.peers.some((peer) => peer.id === id))
    this.#setTimer(null)
    this.#phase = 'open'
    this.#openedAt = this.#options.platform.now()
    this.#arrival = arrival
    this.#peers = arrival.peers
    const { self: you, asked, peers } = arrival
    const welcome: Welcome = { type: 'welcome', you, asked, lobby: this.#options.lobby, peers }
    for (const to of this.#owed) {
      if (peers.some(({ id }) => id === to)) this.#wire?.say({ type: 'signal', to, signal: { type: 'bye' } })
    }
    this.#owed = []
    this.#later((handlers) => handlers.welcomed(welcome))
    if (isFirst) return
    this.#step({ type: 'signed-in-anew' })
    for (const { id } of gone) this.#step({ type: 'gone', peer: id })
  }

  #lose(error: CallError): void {
    const { platform } = this.#options
    if (this.#phase === 'connecting') return this.#end(error)
    this.#attempt += 1
    this.#wire = null
    this.#failures = this.#phase === 'open' && this.#held() ? 0 : this.#failures + 1
    this.#phase = 'lost'
    const delayMs = Math.min(maxRetryMs, retryMs * 2 ** Math.min(this.#failures, 10))
    this.#setTimer(delayMs * (0.5 + platform.random() / 2), () => this.#open())
    this.#later((handlers) => handlers.lost(error))
  }

  #held(): boolean {
    return this.#options.platform.now() - this.#openedAt >= steadyMs
  }

  /** The page goes, and may come back. */
  #sleep(): void {
    if (this.#phase !== 'open') return
    void this.#wire?.close(true)
    this.#lose(new CallError('unreachable', 'The page was left.'))
    this.#setTimer(null)
  }

  #end(error: CallError | null): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#unwatch()
    this.#setTimer(null)
    this.#stopDeadline?.()
    if (this.#wire) this.#farewell = this.#wire.close(false)
    this.#options.handlers.closed(error)
  }

  #setTimer(afterMs: number | null, run = (): void => {}): void {
    this.#stopTimer?.()
    this.#stopTimer = afterMs === null ? null : this.#options.platform.after(afterMs, run)
  }

  // Calls

  #step(input: CallInput): void {
    const [calls, outputs] = stepForeignCalls(this.#calls, input)
    this.#calls = calls
    for (const output of outputs) this.#perform(output)
    this.#stopDeadline?.()
    const { platform } = this.#options
    const waitMs = callDeadline(calls) - platform.now()
    this.#stopDeadline = Number.isFinite(waitMs)
      ? platform.after(Math.max(0, waitMs), () => this.#step({ type: 'time-passed', now: platform.now() }))
      : null
  }

  #perform(output: CallOutput): void {
    if (output.type === 'tell') return this.#tell(output.message)
    if (this.#phase === 'open') this.#wire?.say(output)
    else if (output.signal.type === 'bye') this.#owed = [...this.#owed, output.to].slice(-8)
  }

  // News

  #hear(news: ForeignNews): void {
    switch (news.type) {
      case 'signal':
        return this.#hearSignal(news)
      case 'everybody':
        return this.#see(news.peers)
      case 'present':
        return this.#meet(news.peer)
      case 'absent':
        return this.#show(this.#peers.filter(({ id }) => id !== news.peer))
      case 'text':
        return this.#hearText(news)
      case 'named':
        return this.#beNamed(news.name)
      case 'numbered':
        return
      default:
        return unreachable(news)
    }
  }

  #hearSignal({ from: id, signal }: Extract<ForeignNews, { type: 'signal' }>): void {
    const { platform, dialect } = this.#options
    // Its own words, which some servers send back.
    if (id !== null && id === this.#arrival?.self.id) return
    // Somebody may be heard of later than heard.
    const from = id === null ? null : (this.#peerWith(id) ?? foreignPeer(id, id, dialect))
    if (from !== null && !this.#peers.includes(from)) this.#meet(from)
    this.#step({ type: 'heard', from, signal, call: platform.newCallId(), now: platform.now() })
  }

  #peerWith(id: PeerId): ForeignPeer | undefined {
    return this.#peers.find((peer) => peer.id === id)
  }

  #meet(peer: ForeignPeer): void {
    if (peer.id === this.#arrival?.self.id) return
    this.#show([...this.#peers.filter(({ id }) => id !== peer.id), peer])
  }

  /** A userlist: what one is called oneself is in it, too. */
  #see(everybody: readonly ForeignPeer[]): void {
    const asked = this.#asked
    if (asked !== null && everybody.some(({ id }) => id === asked)) this.#beNamed(asked)
    this.#show(everybody.filter(({ id }) => id !== this.#arrival?.self.id))
  }

  #show(peers: readonly ForeignPeer[]): void {
    const { joined, left, changed } = compareRosters(this.#peers, peers)
    this.#peers = peers
    const gone = left.map(({ id }) => id)
    for (const peer of gone) this.#step({ type: 'gone', peer })
    if (joined.length + left.length + changed.length === 0) return
    this.#tell({ type: 'roster', joined, left: gone, changed })
  }

  #hearText({ from: name, text, sentAt }: Extract<ForeignNews, { type: 'text' }>): void {
    const { platform, dialect } = this.#options
    if (name !== '' && name === this.#arrival?.self.name) return
    const from = this.#peers.find((peer) => peer.name === name) ?? foreignPeer('', name, dialect)
    this.#tell({ type: 'text', from, text, direct: false, sentAt: sentAt ?? platform.now() })
  }

  /** On a wire whose peers are their names, it is the id, too. */
  #beNamed(name: string): void {
    const arrival = this.#arrival
    if (arrival === null) return
    const { self } = arrival
    const you = { ...self, id: self.id === self.name ? name : self.id, name }
    this.#arrival = { ...arrival, self: you }
    this.#tell({ type: 'renamed', you, asked: this.#asked ?? name })
    this.#asked = null
  }
}
