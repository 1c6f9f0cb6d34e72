/**
 * The relay: a STUN server (RFC 8489) and a TURN server (RFC 8656) whose relayed addresses exist only in
 * here. Data passes from one allocation to another of the same call and to nothing else, so it opens no
 * way into any network. It does no I/O: packets, time and randomness are arguments.
 */
import { writeXorAddress } from '../stun/address.ts'
import { read32 } from '../stun/bytes.ts'
import { ERROR, type ErrorCode, errorCode, unknownAttributes, unknownRequired } from '../stun/error.ts'
import {
  type IntegrityKey,
  appendFingerprint,
  appendIntegrity,
  covered,
  hasNoWrongFingerprint
} from '../stun/integrity.ts'
import {
  ATTRIBUTE,
  type Attribute,
  METHOD,
  type ReceivedMessage,
  readMessage,
  writeMessage
} from '../stun/message.ts'
import type { Platform } from '../stun/platform.ts'
import type { FiveTuple, Packet, RelayedCall } from './allocation.ts'
import { type AllocationLimits, Allocations } from './allocations.ts'
import { Authentication, type Principal } from './authentication.ts'
import { forward, isChannelData, isSendIndication } from './forward.ts'
import { type Request, answer, isTurnMethod } from './requests.ts'
import { SourceLimit } from './source-limit.ts'

export interface RelayLimits extends AllocationLimits {
  /** How long credentials are good for a first allocation; while their call has one, they stay good. */
  readonly credentialMs: number
  /** Answers to those who have not proven who they are, for each address. */
  readonly strangersPerSecond: number
}

export interface RelayOptions {
  readonly realm: string
  /** Credentials of each of them are good. */
  readonly secrets: readonly string[]
  readonly limits: RelayLimits
  readonly platform: Platform
  /** A call has no allocations any more; says what has passed between them. */
  readonly callRelayed?: (call: Pick<RelayedCall, 'id' | 'packets' | 'bytes'>) => void
}

/** What was not done, and says nothing to whoever asked for it. */
export interface RelayCounts {
  /** Packets that are neither STUN nor data. */
  malformed: number
  /** Strangers that asked too often. */
  unanswered: number
  /** Data for nobody who may have it, or beyond an allowance. */
  dropped: number
}

interface Answered {
  readonly kind: 'success' | 'error'
  readonly attributes: readonly Attribute[]
  readonly key?: IntegrityKey
}

const failure = (code: ErrorCode, ...more: readonly Attribute[]): Answered => ({
  kind: 'error',
  attributes: [errorCode(code), ...more]
})

export class Relay {
  readonly counts: RelayCounts = { malformed: 0, unanswered: 0, dropped: 0 }
  readonly #options: RelayOptions
  readonly #allocations: Allocations
  readonly #authentication: Authentication
  readonly #strangers: SourceLimit
  /** Calls that are over while credentials for them are still about, and until when. */
  readonly #ended = new Map<string, number>()

  constructor(options: RelayOptions) {
    const { limits, platform } = options
    this.#options = options
    this.#authentication = new Authentication(options)
    this.#strangers = new SourceLimit(limits.strangersPerSecond, read32(platform.random(4), 0))
    this.#allocations = new Allocations({
      limits,
      platform,
      emptied: (call) => options.callRelayed?.(call)
    })
  }

  get allocations(): number {
    return this.#allocations.size
  }

  /** Takes one whole packet, and does with it what is due. */
  receive(client: FiveTuple, packet: Packet, now: number): void {
    if (isChannelData(packet) || isSendIndication(packet)) return this.#passOn(client, packet, now)
    const message = readMessage(packet.bytes.subarray(packet.start, packet.end))
    if (message === null || !hasNoWrongFingerprint(message)) {
      this.counts.malformed += 1
      return
    }
    if (message.class === 'request') this.#answer(client, message, now)
  }

  passTime(now: number): void {
    this.#allocations.passTime(now)
    for (const [call, until] of this.#ended) if (until <= now) this.#ended.delete(call)
  }

  /** Ends its allocations, and its credentials with them. */
  endCall(call: string, now: number): void {
    this.#ended.set(call, now + this.#options.limits.credentialMs + 1_000)
    this.#allocations.endCall(call)
  }

  /** The client is gone, as one over TCP goes with its connection. */
  leave({ allocation }: FiveTuple): void {
    if (allocation !== null) this.#allocations.end(allocation)
  }

  #passOn(client: FiveTuple, packet: Packet, now: number): void {
    const to = client.allocation === null ? null : forward(client.allocation, packet, now)
    if (to === null) this.counts.dropped += 1
    else to.client.send(packet)
  }

  #answer(client: FiveTuple, message: ReceivedMessage, now: number): void {
    if (!isTurnMethod(message.method)) return this.#answerStranger(client, message, now)
    const proven = covered(message)
    const principal = this.#authenticate(client, message, now)
    if (typeof principal === 'number') return this.#refuseStranger({ client, message, now }, principal)
    const answered = this.#grant({ client, message: proven, principal, now })
    this.#send(client, message, { ...answered, key: principal.key })
  }

  #authenticate({ remote }: FiveTuple, message: ReceivedMessage, now: number): Principal | ErrorCode {
    const principal = this.#authentication.authenticate(message, remote, now)
    if (typeof principal === 'number') return principal
    const { call, expiresAt } = principal.grant
    const isGood = !this.#ended.has(call) && (expiresAt * 1_000 > now || this.#allocations.has(call))
    return isGood ? principal : ERROR.unauthorized
  }

  #grant(request: Request): Answered {
    const unknown = unknownRequired(request.message)
    if (unknown.length > 0) return failure(ERROR.unknownAttribute, unknownAttributes(unknown))
    const answered = answer(request, this.#allocations)
    return typeof answered === 'number' ? failure(answered) : { kind: 'success', attributes: answered }
  }

  /** Binding, for which nobody has to prove anything, and methods that there are not. */
  #answerStranger(client: FiveTuple, message: ReceivedMessage, now: number): void {
    if (!this.#mayAnswer(client, now)) return
    const unknown = unknownRequired(message)
    if (unknown.length > 0) {
      return this.#send(client, message, failure(ERROR.unknownAttribute, unknownAttributes(unknown)))
    }
    if (message.method !== METHOD.binding) return this.#send(client, message, failure(ERROR.badRequest))
    const value = writeXorAddress(client.remote, message.transactionId)
    this.#send(client, message, {
      kind: 'success',
      attributes: [{ type: ATTRIBUTE.xorMappedAddress, value }]
    })
  }

  #refuseStranger(
    { client, message, now }: { client: FiveTuple; message: ReceivedMessage; now: number },
    code: ErrorCode
  ): void {
    if (!this.#mayAnswer(client, now)) return
    const challenge = code === ERROR.badRequest ? [] : this.#authentication.challenge(client.remote, now)
    this.#send(client, message, failure(code, ...challenge))
  }

  #mayAnswer({ remote }: FiveTuple, now: number): boolean {
    const may = this.#strangers.take(remote, now)
    if (!may) this.counts.unanswered += 1
    return may
  }

  #send(client: FiveTuple, { method, transactionId, ...message }: ReceivedMessage, answered: Answered): void {
    const { kind, attributes, key } = answered
    const plain = writeMessage({ class: kind, method, transactionId, attributes })
    const signed = key === undefined ? plain : appendIntegrity(plain, key, this.#options.platform)
    const isMarked = message.attributes.some(({ type }) => type === ATTRIBUTE.fingerprint)
    const bytes = isMarked ? appendFingerprint(signed) : signed
    client.send({ bytes, start: 0, end: bytes.length })
  }
}
