/** A signed-in client: its roster, its texts, and its calls, one at a time. */
import { type CallId, bodyOf } from '../core/signal.ts'
import { ActiveCall, type CallSurroundings, type Invite } from './call.ts'
import { CallError } from './errors.ts'
import { type Typed, emitterOf } from './events.ts'
import { applyChanges, compareRosters, type RosterStep } from './roster.ts'
import type { LineMessage, SignalingClient, Welcome } from './signaling.ts'
import type { Call, EndReason, Line, LineEvents, LineState, Media, Peer, PeerId } from './types.ts'

type Said<T extends LineMessage['type']> = Extract<LineMessage, { type: T }>

/** What a line asks of what is around it. */
export interface LineSurroundings extends Omit<CallSurroundings, 'send' | 'ending' | 'ended'> {
  readonly signaling: SignalingClient
  /** The name to ask for when signing in anew. */
  rename(name: string): void
}

/** How many calls that are over are known for such, should their partner not have heard. */
const maxOver = 32

export class ActiveLine extends EventTarget implements Line {
  declare addEventListener: Typed<LineEvents>['addEventListener']
  declare removeEventListener: Typed<LineEvents>['removeEventListener']
  readonly #around: LineSurroundings
  readonly #emit = emitterOf<LineEvents>(this)
  readonly #unwatch: () => void
  /** The current one, and those that are coming to their end. */
  readonly #calls = new Set<ActiveCall>()
  readonly #over = new Map<CallId, EndReason | null>()
  #self: Peer
  #lobby: string
  #roster: readonly Peer[]
  #state: LineState = 'open'
  #call: ActiveCall | null = null

  constructor(around: LineSurroundings, { you, lobby, peers }: Welcome) {
    super()
    this.#around = around
    this.#self = you
    this.#lobby = lobby
    this.#roster = peers
    this.#unwatch = around.platform.watch((what) => {
      if (what === 'page-hidden') this.#call?.hangUp()
      if (what === 'network-changed') this.#call?.take({ type: 'network-changed' })
    })
  }

  get self(): Peer {
    return this.#self
  }

  get lobby(): string {
    return this.#lobby
  }

  get roster(): readonly Peer[] {
    return this.#roster
  }

  get state(): LineState {
    return this.#state
  }

  get currentCall(): Call | null {
    return this.#call
  }

  call(id: PeerId, options: { readonly media?: Media } = {}): Call {
    this.#insistNotClosed()
    const peer = this.#roster.find((other) => other.id === id)
    if (peer === undefined) {
      throw new CallError('unknown-peer', 'Nobody here has this id: call a peer of the roster.')
    }
    if (this.#call?.isRungBy(peer)) {
      void this.#call.accept(options)
      return this.#call
    }
    if (this.#call !== null) {
      throw new CallError('already-in-call', 'This line is in a call: hang up first.')
    }
    const { media = this.#around.media } = options
    return this.#begin(ActiveCall.place(this.#callSurroundings(), peer, media))
  }

  rename(name: string): void {
    this.#around.rename(name)
    this.#around.signaling.send({ type: 'rename', name })
  }

  sendText(text: string, to?: PeerId): void {
    this.#insistNotClosed()
    this.#around.signaling.send({
      type: 'text',
      to: to === undefined ? { by: 'lobby' } : { by: 'id', id: to },
      text: bodyOf(text)
    })
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#call?.hangUp()
    void this.#around.signaling.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return this.#around.signaling.close()
  }

  /** The way to the server is lost, and is being sought. */
  lose(error: CallError): void {
    this.#enter('resuming', error)
    for (const call of this.#calls) call.take({ type: 'line-lost' })
  }

  /** It is back, and nothing was missed. */
  resume(): void {
    this.#enter('open')
    for (const call of this.#calls) call.take({ type: 'line-back' })
  }

  /** It is back, to a server that has forgotten all there was. */
  startAnew({ you, lobby, peers }: Welcome): void {
    this.#self = you
    this.#lobby = lobby
    this.#show(compareRosters(this.#roster, peers))
    for (const call of this.#calls) {
      call.take({ type: 'signed-in-anew', present: peers.some(({ id }) => id === call.peer.id) })
    }
    // The old server may have been gone before it could tell the other side.
    const [id, reason] = [...this.#over].at(-1) ?? []
    if (id !== undefined && (reason === 'hung-up' || reason === 'failed')) this.#bidFarewell(id)
    this.#enter('open')
  }

  /** It is gone for good: closed from here, or, with an error, by the server. */
  end(error: CallError | null): void {
    this.#unwatch()
    for (const call of this.#calls) {
      call.take(error ? { type: 'ended-received', reason: 'replaced' } : { type: 'line-lost' })
    }
    this.#enter('closed', error)
  }

  /** Takes what the server says. */
  hear(message: LineMessage): void {
    switch (message.type) {
      case 'renamed':
        this.#self = message.you
        return this.#emit('roster', { joined: [], left: [], changed: [] })
      case 'roster':
        return this.#update(message)
      case 'text':
        return this.#emit('text', { from: message.from, text: message.text.text(), direct: message.direct })
      case 'invite':
        return this.#receive(message)
      case 'refused':
        return this.#hearRefusal(message)
      default:
        return this.#callNamed(message.call)?.hear(message)
    }
  }

  #insistNotClosed(): void {
    if (this.#state !== 'closed') return
    throw new CallError('not-connected', 'This line is closed: connect again.')
  }

  #callNamed(id: CallId | undefined): ActiveCall | undefined {
    return Array.from(this.#calls).find((call) => call.id === id)
  }

  #update(changes: Said<'roster'>): void {
    this.#self = changes.changed.find(({ id }) => id === this.#self.id) ?? this.#self
    const step = applyChanges(this.#roster, changes, this.#self.id)
    this.#show(step)
    for (const call of this.#calls) {
      if (step.joined.some(({ id }) => id === call.peer.id)) call.take({ type: 'partner-joined' })
    }
  }

  #show({ roster, ...changes }: RosterStep): void {
    this.#roster = roster
    this.#emit('roster', changes)
  }

  #receive(invite: Invite): void {
    const known = this.#callNamed(invite.call)
    if (known !== undefined) return known.hear(invite)
    if (this.#over.has(invite.call)) return this.#bidFarewell(invite.call)
    if (this.#call?.isCalling(invite.from)) return this.#call.cross(invite)
    if (this.#call !== null) return this.#decline(invite, 'busy')
    const call = this.#begin(ActiveCall.receive(this.#callSurroundings(), invite))
    this.#emit('call', { call })
  }

  /** A call that is over here, and not known to be so there. */
  #bidFarewell(call: CallId): void {
    this.#around.signaling.send({ type: 'hang-up', call, reason: 'hung-up' })
  }

  #decline({ call }: Invite, reason: 'declined' | 'busy'): void {
    this.#around.signaling.send({ type: 'decline', call, reason })
  }

  /** What is about a call that is over has crossed its end on the way, and is nobody's fault. */
  #hearRefusal({ code, reason, about, call: id }: Said<'refused'>): void {
    const call = this.#callNamed(id)
    if (id !== undefined && call === undefined) return
    this.#emit('refused', { code, reason })
    if (about === 'ice-servers' || about === 'invite' || about === 'accept' || code === 'unknown-call')
      call?.take({ type: 'refused' })
  }

  #begin(call: ActiveCall): ActiveCall {
    this.#call = call
    this.#calls.add(call)
    this.#around.signaling.setLively(true)
    if (this.#state === 'resuming') call.take({ type: 'line-lost' })
    call.start()
    return call
  }

  #callSurroundings(): CallSurroundings {
    const { signaling, ...around } = this.#around
    return {
      ...around,
      send: (message) => signaling.send(message),
      ending: (call) => this.#release(call),
      ended: (call) => {
        this.#release(call)
        this.#over.set(call.id, call.endReason)
        this.#calls.delete(call)
        signaling.setLively(this.#calls.size > 0)
      }
    }
  }

  /** The line is free for another call, though the server may still have a word to say about this one. */
  #release(call: ActiveCall): void {
    if (this.#call !== call) return
    this.#call = null
    this.#over.set(call.id, null)
    for (const id of [...this.#over.keys()].slice(0, -maxOver)) this.#over.delete(id)
  }

  #enter(state: LineState, error: CallError | null = null): void {
    this.#state = state
    this.#emit('state', error === null ? { state } : { state, error })
  }
}
