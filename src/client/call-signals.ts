/** What a leg of a call says, in the words of the vocabulary, and what it hears. */
import { unreachable } from '../core/codec.ts'
import type { LegEffect, LegEvent } from '../core/leg.ts'
import type { CallId, ClientMessage, Side } from '../core/signal.ts'
import type { NativeServerMessage } from '../dialects/native-client.ts'
import { Delivery } from './delivery.ts'
import type { Platform } from './platform.ts'
import type { Peer } from './types.ts'

export type Said<T extends NativeServerMessage['type']> = Extract<NativeServerMessage, { type: T }>
/** What the partner has said. */
type Signaled = Said<'prepare' | 'accept' | 'description' | 'candidate' | 'ice-restart'>
/** What a server says about a call that there is; an invite is one to this very call. */
export type CallMessage =
  | Signaled
  | Said<'invite' | 'ice-servers' | 'ringing' | 'received' | 'rejoined' | 'ended'>

type Saying = Extract<LegEffect, { type: `send-${string}` | 'hold-signals' }>

interface Way {
  readonly platform: Pick<Platform, 'after'>
  readonly send: (message: ClientMessage) => void
}

export const isNative = ({ dialect }: Peer): boolean => dialect === 'native'

export class CallSignals {
  readonly call: CallId
  readonly #peer: Peer
  readonly #send: (message: ClientMessage) => void
  readonly #delivery: Delivery

  constructor({ platform, send }: Way, call: CallId, peer: Peer) {
    this.call = call
    this.#peer = peer
    this.#send = send
    this.#delivery = new Delivery({
      platform,
      counts: isNative(peer),
      send,
      confirm: (seq) => send({ type: 'received', call, seq })
    })
  }

  /** Whether this has not come before. */
  takes(message: Signaled): boolean {
    return this.#delivery.takes(message)
  }

  confirmed(seq: number): void {
    this.#delivery.confirmed(seq)
  }

  close(): void {
    this.#delivery.close()
  }

  say(effect: Saying, role: Side): void {
    const { call } = this
    const send = this.#send
    const to = { by: 'id', id: this.#peer.id } as const
    switch (effect.type) {
      case 'send-invite':
        return send({ type: 'invite', call, to, description: effect.description })
      case 'send-rejoin':
        return send({ type: 'rejoin', call, to, role })
      case 'send-ringing':
        return send({ type: 'ringing', call })
      case 'send-prepare':
        return this.#delivery.say({ type: 'prepare', call, description: effect.description })
      case 'send-accept':
        return this.#delivery.say({ type: 'accept', call, description: effect.description })
      case 'send-description':
        return this.#delivery.say({
          type: 'description',
          to: { by: 'call', call },
          description: effect.description
        })
      case 'send-candidate':
        return this.#delivery.say({
          type: 'candidate',
          to: { by: 'call', call },
          candidate: effect.candidate
        })
      case 'send-ice-restart':
        return this.#delivery.say({ type: 'ice-restart', call })
      case 'hold-signals':
        return this.#delivery.hold()
      case 'send-again':
      case 'send-all-again':
        return this.#delivery.sayAgain(effect.type === 'send-all-again')
      case 'send-decline':
        return send({ type: 'decline', call, reason: effect.reason })
      case 'send-hang-up':
        return send({ type: 'hang-up', call, reason: effect.reason })
      default:
        return unreachable(effect)
    }
  }
}

/** What has come from the partner, for its leg. */
export const heard = (message: Signaled): LegEvent => {
  switch (message.type) {
    case 'prepare':
      return { type: 'prepare-received', description: message.description }
    case 'accept':
      return { type: 'accept-received', description: message.description }
    case 'description':
      return { type: 'description-received', description: message.description }
    case 'candidate':
      return { type: 'candidate-received', candidate: message.candidate }
    case 'ice-restart':
      return { type: 'ice-restart-received' }
    default:
      return unreachable(message)
  }
}
