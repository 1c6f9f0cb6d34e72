/** A signed-in client: its roster, its texts, and the one call that it is in. */
import { unreachable } from '../core/codec.ts'
import { bodyOf } from '../core/signal.ts'
import type { NativeServerMessage } from '../dialects/native-client.ts'
import { ActiveCall, type CallSurroundings, type Invite } from './call.ts'
import { CallError } from './errors.ts'
import { type Typed, emitterOf } from './events.ts'
import { applyChanges, compareRosters, type RosterStep } from './roster.ts'
import type { Call, Line, LineEvents, LineState, Media, Peer, PeerId } from './types.ts'

type Said<T extends NativeServerMessage['type']> = Extract<NativeServerMessage, { type: T }>
type Welcome = Said<'welcome'>

/** What a line asks of the connection underneath. */
export interface LineSurroundings extends Omit<CallSurroundings, 'ended'> {
  /** The name to ask for when signing in anew. */
  rename(name: string): void
  close(): void
}

export class ActiveLine extends EventTarget implements Line {
  declare addEventListener: Typed<LineEvents>['addEventListener']
  declare removeEventListener: Typed<LineEvents>['removeEventListener']
  readonly #around: LineSurroundings
  readonly #emit = emitterOf<LineEvents>(this)
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
    this.#insistOpen()
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
    this.#around.send({ type: 'rename', name })
  }

  sendText(text: string, to?: PeerId): void {
    this.#insistOpen()
    this.#around.send({
      type: 'text',
      to: to === undefined ? { by: 'lobby' } : { by: 'id', id: to },
      text: bodyOf(text)
    })
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#call?.hangUp()
    this.#around.close()
    this.#enter('closed')
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return Promise.resolve()
  }

  /** The connection is lost; it will be back with another `welcome`. */
  lose(error: CallError): void {
    this.#state = 'resuming'
    this.#emit('state', { state: 'resuming', error })
    this.#call?.take({ type: 'line-lost' })
  }

  /** Takes what the server says. */
  hear(message: NativeServerMessage): void {
    switch (message.type) {
      case 'welcome':
        return this.#return(message)
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
        return this.#hearOfCall(message)
    }
  }

  #insistOpen(): void {
    if (this.#state === 'open') return
    throw new CallError('not-connected', 'There is no connection to the server: try when the line is open.')
  }

  #return({ you, lobby, peers }: Welcome): void {
    this.#call?.take({ type: 'forgotten' })
    this.#self = you
    this.#lobby = lobby
    this.#show(compareRosters(this.#roster, peers))
    this.#enter('open')
  }

  #update(changes: Said<'roster'>): void {
    this.#self = changes.changed.find(({ id }) => id === this.#self.id) ?? this.#self
    this.#show(applyChanges(this.#roster, changes, this.#self.id))
  }

  #show({ roster, ...changes }: RosterStep): void {
    this.#roster = roster
    this.#emit('roster', changes)
  }

  #receive(invite: Invite): void {
    if (this.#call?.isCalling(invite.from)) return this.#call.cross(invite)
    if (this.#call !== null) {
      return this.#around.send({ type: 'decline', call: invite.call, reason: 'busy' })
    }
    const call = this.#begin(ActiveCall.receive(this.#callSurroundings(), invite))
    this.#emit('call', { call })
  }

  /** What is about a call that is over has crossed its end on the way, and is nobody's fault. */
  #hearRefusal({ code, reason, about, call }: Said<'refused'>): void {
    if (call !== undefined && call !== this.#call?.id) return
    this.#emit('refused', { code, reason })
    if (call === undefined) return
    if (about === 'ice-servers' || about === 'invite' || about === 'accept' || code === 'unknown-call')
      this.#call?.take({ type: 'refused' })
  }

  #hearOfCall(
    message: Said<'ice-servers' | 'ringing' | 'accept' | 'description' | 'candidate' | 'ended'>
  ): void {
    if (message.call !== this.#call?.id) return
    switch (message.type) {
      case 'ice-servers':
        return this.#call.takeIceServers(message.iceServers)
      case 'ringing':
        return this.#call.take({ type: 'ringing-received' })
      case 'accept':
        return this.#call.take({ type: 'accept-received', description: message.description })
      case 'description':
        return this.#call.take({ type: 'description-received', description: message.description })
      case 'candidate':
        return this.#call.take({ type: 'candidate-received', candidate: message.candidate })
      case 'ended':
        return this.#call.take({ type: 'ended-received', reason: message.reason })
      default:
        return unreachable(message)
    }
  }

  #begin(call: ActiveCall): ActiveCall {
    this.#call = call
    call.start()
    return call
  }

  #callSurroundings(): CallSurroundings {
    const { platform, iceServers, iceTransportPolicy, media } = this.#around
    return {
      platform,
      iceServers,
      iceTransportPolicy,
      media,
      send: (message) => this.#around.send(message),
      ended: () => {
        this.#call = null
      }
    }
  }

  #enter(state: LineState): void {
    this.#state = state
    this.#emit('state', { state })
  }
}
