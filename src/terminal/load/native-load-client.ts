/**
 * A native client that holds only what its calls need, so that thousands fit into a process. To the server it is like one
 * of the SDK: it has a secret, numbers its messages and acknowledges what comes, in the session and in the call. Other than
 * that, it does not resume a session but begins anew, answers at once and without `prepare`, and does not read rosters.
 */
import { randomBytes } from 'node:crypto'
import { socketUrl } from '../../client/socket.ts'
import { type Candidate, type ClientMessage, bodyOf } from '../../core/signal.ts'
import {
  type NativeServerMessage,
  frameText,
  nativeClientCodec,
  receiveFromServer
} from '../../dialects/native-client.ts'
import {
  type NativeFrame,
  type ServerSessionMessage,
  type Stamp,
  sessionFrame,
  stamped
} from '../../dialects/native-frame.ts'
import type { ClientOptions, LoadClient } from './client.ts'
import { type LoadSocket, openLoadSocket } from './load-socket.ts'
import { answerSdp, candidates, endOfCandidates, isProbe, offerSdp, probeCandidate } from './recorded.ts'
import type { CallId, PeerId, Said } from './words.ts'

/** How long what has come may wait for a message to carry its acknowledgment, and how much of it. */
const ackMs = 500
const maxOwed = 32
/** The same of candidates, in a call. */
const receivedMs = 200

const lineBreak = 0x0a

/** Rosters are most of what a large lobby is told, and of no use here. Our server says the type first. */
const rosterStart = '{"type":"roster"'

const isRoster = (bytes: Buffer): boolean => bytes.toString('latin1', 0, rosterStart.length) === rosterStart

/** Bodies are never looked into, but for candidates. */
const frameOf = (bytes: Buffer): NativeFrame => {
  const end = bytes.indexOf(lineBreak)
  if (end < 0) return { header: bytes.toString(), body: bodyOf('') }
  const size = bytes.length - end - 1
  return {
    header: bytes.toString('utf8', 0, end),
    body: { size, text: () => bytes.toString('utf8', end + 1) }
  }
}

/** The user fragment of a call at one of its ends. */
const ufragOf = (call: CallId): string => call.replaceAll('-', '').slice(0, 8)

export class NativeLoadClient implements LoadClient {
  readonly #options: ClientOptions
  readonly #socket: LoadSocket
  readonly #secret = randomBytes(24).toString('base64url')
  readonly #timers = new Map<'ack' | 'received', NodeJS.Timeout>()
  #welcomed = false
  /** The numbers of the session. */
  #sent = 0
  #received = 0
  #acknowledged = 0
  /** The call that it is in, or was in last, and the numbers there. */
  #call: CallId = ''
  #seq = 0
  #partnerSeq = 0
  /** Whom to invite, once it knows its ICE servers. */
  #callee: PeerId | null = null

  constructor(options: ClientOptions) {
    this.#options = options
    this.#socket = openLoadSocket({ url: socketUrl(options.url), protocol: 'patchcord.1' }, options, {
      opened: () => this.#signIn(),
      received: (bytes) => this.#receive(bytes),
      ended: () => this.#clearTimers()
    })
  }

  close(): void {
    this.#socket.close()
  }

  say({ type, call, to }: Said): void {
    switch (type) {
      case 'invite':
        this.#begin(call ?? '')
        this.#callee = to
        return this.#send({ type: 'ice-servers', call: this.#call })
      case 'answer':
        return this.#answer(call ?? '')
      case 'decline':
        return call === null ? undefined : this.#send({ type, call, reason: 'declined' })
      case 'probe':
        return this.#sendCandidate(probeCandidate(ufragOf(this.#call)))
      case 'hang-up':
        this.#clear('received')
        return this.#send({ type, call, reason: 'hung-up' })
      default:
    }
  }

  // Speaking

  #begin(call: CallId): void {
    this.#call = call
    this.#seq = 0
    this.#partnerSeq = 0
    this.#clear('received')
  }

  #signIn(): void {
    const { name, lobby } = this.#options
    // It is never resumed, so that the first attempt is the only one.
    this.#send({ type: 'sign-in', name, lobby }, { secret: this.#secret, attempt: 1 })
  }

  #invite(to: PeerId): void {
    const call = this.#call
    this.#callee = null
    const sdp = bodyOf(offerSdp(ufragOf(call)))
    this.#send({ type: 'invite', call, to: { by: 'id', id: to }, description: { type: 'offer', sdp } })
  }

  #answer(call: CallId): void {
    this.#begin(call)
    this.#send({ type: 'ringing', call })
    const sdp = bodyOf(answerSdp(ufragOf(call)))
    this.#seq += 1
    this.#send({ type: 'accept', call, seq: this.#seq, description: { type: 'answer', sdp } })
    this.#sendCandidates()
  }

  #sendCandidates(): void {
    const ufrag = ufragOf(this.#call)
    for (const candidate of candidates(ufrag)) this.#sendCandidate(candidate)
    this.#sendCandidate(endOfCandidates(ufrag))
  }

  #sendCandidate(candidate: Candidate): void {
    this.#seq += 1
    this.#send({ type: 'candidate', to: { by: 'call', call: this.#call }, candidate, seq: this.#seq })
  }

  #send(message: ClientMessage, proof: Stamp = {}): void {
    for (const frame of nativeClientCodec.encode(message)) {
      this.#sent += 1
      this.#clear('ack')
      this.#acknowledged = this.#received
      this.#socket.send(frameText(stamped(frame, { n: this.#sent, ack: this.#received, ...proof })))
    }
  }

  // Hearing

  #receive(bytes: Buffer): void {
    if (this.#welcomed && isRoster(bytes)) return this.#count(this.#received + 1)
    const frame = receiveFromServer(frameOf(bytes))
    if (!frame.ok) return this.#socket.fail({ type: 'violated', detail: frame.reason.slice(0, 80) })
    const { stamp, message } = frame.message
    if (stamp.n !== undefined) this.#count(stamp.n)
    if (!message.ok) return this.#socket.fail({ type: 'violated', detail: message.reason.slice(0, 80) })
    if (message.message !== null) this.#hear(message.message)
  }

  #count(n: number): void {
    if (n !== this.#received + 1)
      return this.#socket.fail({ type: 'violated', detail: 'a message is missing' })
    this.#received = n
    if (n - this.#acknowledged >= maxOwed) this.#acknowledge()
    else this.#after('ack', ackMs, () => this.#acknowledge())
  }

  #acknowledge(): void {
    this.#clear('ack')
    this.#acknowledged = this.#received
    this.#socket.send(frameText(sessionFrame({ type: 'ack', ack: this.#received })))
  }

  #hear(message: NativeServerMessage | ServerSessionMessage): void {
    const { handlers } = this.#options
    switch (message.type) {
      case 'welcome':
        this.#welcomed = true
        this.#socket.settle()
        return handlers.welcomed(message.you.id)
      case 'ice-servers':
        return this.#callee === null || message.call !== this.#call ? undefined : this.#invite(this.#callee)
      case 'invite':
        return handlers.heard({ type: 'rung', call: message.call, from: message.from.id })
      case 'refused':
        return this.#beRefused(message)
      case 'ended':
        if (message.call === this.#call) this.#clear('received')
        return handlers.heard({ type: 'ended', call: message.call, reason: message.reason })
      case 'ringing':
      case 'accept':
      case 'candidate':
        return message.call === this.#call ? this.#hearInCall(message) : undefined
      default:
    }
  }

  #hearInCall(message: Extract<NativeServerMessage, { type: 'ringing' | 'accept' | 'candidate' }>): void {
    const { handlers } = this.#options
    const { type, call } = message
    switch (type) {
      case 'ringing':
        handlers.heard({ type, call })
        return this.#sendCandidates()
      case 'accept':
        handlers.heard({ type: 'accepted', call })
        return this.#countInCall(message.seq, 0)
      default:
        if (isProbe(message.candidate)) handlers.heard({ type: 'relayed', call })
        this.#countInCall(message.seq, receivedMs)
    }
  }

  #countInCall(seq: number | undefined, afterMs: number): void {
    if (seq === undefined) return
    this.#partnerSeq = Math.max(seq, this.#partnerSeq)
    const tell = (): void => {
      this.#clear('received')
      this.#send({ type: 'received', call: this.#call, seq: this.#partnerSeq })
    }
    if (afterMs === 0) tell()
    else this.#after('received', afterMs, tell)
  }

  #beRefused({ code, call }: Extract<NativeServerMessage, { type: 'refused' }>): void {
    if (this.#welcomed) this.#options.handlers.heard({ type: 'refused', code, call: call ?? null })
    else this.#socket.fail({ type: 'turned-away', code })
  }

  // Time

  /** Nothing where it waits for that already. */
  #after(timer: 'ack' | 'received', ms: number, run: () => void): void {
    if (!this.#timers.has(timer)) this.#timers.set(timer, setTimeout(run, ms))
  }

  #clear(timer: 'ack' | 'received'): void {
    clearTimeout(this.#timers.get(timer))
    this.#timers.delete(timer)
  }

  #clearTimers(): void {
    this.#clear('ack')
    this.#clear('received')
  }
}
