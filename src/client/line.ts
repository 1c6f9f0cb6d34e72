/** A signed-in client: its roster, its texts, and its calls, one at a time. */
import { type CallId, type ClientMessage, bodyOf } from '../core/signal.ts'
import { ActiveCall, type CallSurroundings, type Invite } from './call.ts'
import { CallError } from './errors.ts'
import { type Typed, emitterOf } from './events.ts'
import type { Platform } from './platform.ts'
import { applyChanges, compareRosters, type RosterStep } from './roster.ts'
import type { LineMessage, OpenSignaling, SignalingClient, SignalingHandlers, Welcome } from './signaling.ts'
import type {
  Call,
  ConnectOptions,
  EndReason,
  Line,
  LineEvents,
  LineState,
  Media,
  Peer,
  PeerId
} from './types.ts'

type Said<T extends LineMessage['type']> = Extract<LineMessage, { type: T }>

/** How many calls that are over are known for such, should their partner not have heard. */
const maxOver = 32

/** It is for an app to see once it is welcomed. */
export class ActiveLine extends EventTarget implements Line, SignalingHandlers {
  declare addEventListener: Typed<LineEvents>['addEventListener']
  declare removeEventListener: Typed<LineEvents>['removeEventListener']
  declare self: Peer
  declare lobby: string
  roster: readonly Peer[] = []
  state: LineState = 'connecting'
  currentCall: ActiveCall | null = null
  readonly #around: CallSurroundings
  readonly #signaling: SignalingClient
  readonly #emit = emitterOf<LineEvents>(this)
  readonly #unwatch: () => void
  /** The current one, and those that are coming to their end. */
  readonly #calls = new Set<ActiveCall>()
  readonly #over = new Map<CallId, EndReason | null>()
  /** To ask for when signing in anew. */
  #name: string

  constructor(platform: Platform, options: ConnectOptions, open: OpenSignaling) {
    super()
    this.#name = options.name
    this.#around = {
      platform,
      options,
      send: (message) => this.#send(message),
      over: (call) => this.#release(call)
    }
    this.#signaling = open(this, () => this.#name)
    this.#unwatch = platform.watch((what) => {
      if (what === 'page-hidden') this.currentCall?.hangUp()
      if (what === 'network-changed') this.currentCall?.take({ type: what })
    })
  }

  call(id: PeerId, { media = this.#around.options.media ?? null }: { readonly media?: Media } = {}): Call {
    this.#insistNotClosed()
    const current = this.currentCall
    const peer = this.roster.find((other) => other.id === id)
    if (!peer) throw new CallError('unknown-peer', 'Nobody has this id: call a peer of the roster.')
    if (current?.isRinging('callee', peer)) {
      void current.accept({ media })
      return current
    }
    if (current) throw new CallError('already-in-call', 'There is a call: hang up first.')
    return this.#begin(new ActiveCall(this.#around, peer, null), media)
  }

  rename(name: string): void {
    this.#name = name
    this.#send({ type: 'rename', name })
  }

  sendText(text: string, to?: PeerId): void {
    this.#insistNotClosed()
    this.#send({
      type: 'text',
      to: to === undefined ? { by: 'lobby' } : { by: 'id', id: to },
      text: bodyOf(text)
    })
  }

  close(): void {
    if (this.state === 'closed') return
    this.currentCall?.hangUp()
    void this.#signaling.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return this.#signaling.close()
  }

  // What becomes of the way to the server

  lost(error: CallError): void {
    this.#enter('resuming', error)
    for (const call of this.#calls) call.take({ type: 'line-lost' })
  }

  back(): void {
    this.#enter('open')
    for (const call of this.#calls) call.take({ type: 'line-back' })
  }

  welcomed({ you, lobby, peers }: Welcome): void {
    this.self = you
    this.lobby = lobby
    this.#show(compareRosters(this.roster, peers))
    for (const call of this.#calls) {
      call.take({ type: 'signed-in-anew', present: peers.some(({ id }) => id === call.peer.id) })
    }
    // The old server may have been gone before it could tell the other side.
    const [id, reason] = [...this.#over].at(-1) ?? []
    if (id !== undefined && (reason === 'hung-up' || reason === 'failed')) this.#bidFarewell(id)
    this.#enter('open')
  }

  closed(error: CallError | null): void {
    this.#unwatch()
    for (const call of this.#calls) {
      call.take(error ? { type: 'ended', reason: 'replaced' } : { type: 'line-lost' })
    }
    this.#enter('closed', error)
  }

  message(message: LineMessage): void {
    if (this.state === 'connecting') return
    this.#around.options.trace?.({ direction: 'received', message })
    switch (message.type) {
      case 'renamed':
        this.self = message.you
        return this.#emit('roster', { joined: [], left: [], changed: [] })
      case 'roster':
        return this.#update(message)
      case 'text': {
        const { from, text, direct } = message
        return this.#emit('text', { from, text: text.text(), direct })
      }
      case 'refused':
        return this.#hearRefusal(message)
      default: {
        const call = this.#callNamed(message.call)
        if (call) return call.hear(message)
        if (message.type === 'rejoined') return this.#bidFarewell(message.call)
        if (message.type === 'invite') this.#receive(message)
      }
    }
  }

  #send(message: ClientMessage): void {
    this.#around.options.trace?.({ direction: 'sent', message })
    this.#signaling.send(message)
  }

  #insistNotClosed(): void {
    if (this.state === 'closed') throw new CallError('not-connected', 'The line is closed: connect again.')
  }

  #callNamed(id: CallId | undefined): ActiveCall | undefined {
    return [...this.#calls].find((call) => call.id === id)
  }

  #update(changes: Said<'roster'>): void {
    this.self = changes.changed.find(({ id }) => id === this.self.id) ?? this.self
    const step = applyChanges(this.roster, changes, this.self.id)
    this.#show(step)
    for (const call of this.#calls) {
      if (step.joined.some(({ id }) => id === call.peer.id)) call.take({ type: 'partner-joined' })
    }
  }

  #show({ roster, ...changes }: RosterStep): void {
    this.roster = roster
    this.#emit('roster', changes)
  }

  #receive(invite: Invite): void {
    const { call: id, from } = invite
    const current = this.currentCall
    if (this.#over.has(id)) return this.#bidFarewell(id)
    if (current?.isRinging('caller', from)) return current.cross(invite)
    if (current) return this.#send({ type: 'decline', call: id, reason: 'busy' })
    const call = this.#begin(new ActiveCall(this.#around, from, invite))
    this.#emit('call', { call })
  }

  /** A call that is over here, and not known to be so there: not to its partner, or not to the server. */
  #bidFarewell(call: CallId): void {
    this.#send({ type: 'hang-up', call, reason: 'hung-up' })
  }

  /** What is about a call that is over has crossed its end on the way, and is nobody's fault. */
  #hearRefusal({ code, reason, about, call: id }: Said<'refused'>): void {
    const call = this.#callNamed(id)
    if (id !== undefined && !call) return
    this.#emit('refused', { code, reason })
    if (about === 'ice-servers' || about === 'invite' || about === 'accept' || code === 'unknown-call')
      call?.take({ type: 'refused' })
  }

  #begin(call: ActiveCall, media?: Media): ActiveCall {
    this.currentCall = call
    this.#calls.add(call)
    this.#signaling.setLively(true)
    if (this.state === 'resuming') call.take({ type: 'line-lost' })
    call.start(media)
    return call
  }

  /** The line is free for another call, though the server may still have a word to say about this one. */
  #release(call: ActiveCall): void {
    if (this.currentCall === call) this.currentCall = null
    this.#over.set(call.id, call.endReason)
    for (const id of [...this.#over.keys()].slice(0, -maxOver)) this.#over.delete(id)
    if (!call.endReason) return
    this.#calls.delete(call)
    this.#signaling.setLively(this.#calls.size > 0)
  }

  #enter(state: LineState, error: CallError | null = null): void {
    this.state = state
    this.#emit('state', error ? { state, error } : { state })
  }
}
