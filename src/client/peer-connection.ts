/**
 * Runs the negotiation over a W3C `RTCPeerConnection`: performs its effects, and reports what becomes of them.
 *
 * `MediaPort` is what other parts of a call (messages, files, the screen, the verification code, the quality)
 * build on. A `MediaConnection` is one, and such a part has to open its channels as soon as it is made, so that
 * the first descriptions already announce them. Channels are there for native peers alone, and may open while it
 * rings: before the accept nothing is to be sent over them.
 */
import { unreachable } from '../core/codec.ts'
import type { LegEvent } from '../core/leg.ts'
import {
  type NegotiationEffect,
  type NegotiationEvent,
  negotiate,
  startNegotiation
} from '../core/negotiation.ts'
import { inItsDtlsRole } from '../core/sdp.ts'
import { type Candidate, type Description, bodyOf } from '../core/signal.ts'
import { cannotSend, messageOf } from './errors.ts'
import { type MediaKind, kinds, trackOf } from './media.ts'
import type { PeerConnection, Transceiver } from './platform.ts'

/** What the leg of the call is told: its descriptions and candidates, in their order, and how its media is. */
export type MediaEvent = Extract<
  LegEvent,
  { readonly type: 'description-made' | 'candidate-gathered' | `media-${string}` }
>

export interface MediaHandlers {
  readonly hear: (event: MediaEvent) => void
  /** What the partner sends now. */
  readonly receive: (received: readonly Transceiver[]) => void
  /** Something went wrong with which the call can live. */
  readonly report: (reason: string, cause?: unknown) => void
}

const statesToTell: Partial<
  Record<RTCPeerConnectionState, `media-${'connected' | 'interrupted' | 'failed'}`>
> = {
  connected: 'media-connected',
  disconnected: 'media-interrupted',
  failed: 'media-failed'
}

const sends = ({ direction }: Transceiver): boolean => direction.startsWith('send')

const receives = ({ currentDirection }: Transceiver): boolean =>
  currentDirection === 'sendrecv' || currentDirection === 'recvonly'

/** Sends in this stream what it is given. */
const sendIn = (
  stream: MediaStream,
  transceiver: Transceiver,
  direction: RTCRtpTransceiverDirection = 'sendrecv'
): void => {
  transceiver.sender.setStreams?.(stream)
  transceiver.direction = direction
}

export interface MediaPort {
  readonly connection: Pick<
    PeerConnection,
    'createDataChannel' | 'getTransceivers' | 'currentLocalDescription' | 'currentRemoteDescription'
  >
  /** What is sent beside camera and microphone, now or before. */
  readonly extra: ReadonlySet<Transceiver>
  /** Sends a track beside camera and microphone, whose replacements leave it alone. Negotiation follows by itself. */
  addTrack(track: MediaStreamTrack, stream: MediaStream): Transceiver
}

/** The media of one call. After `close` it does and tells nothing more. */
export class MediaConnection implements MediaPort {
  readonly connection: PeerConnection
  readonly extra = new Set<Transceiver>()
  readonly #handlers: MediaHandlers
  #negotiation
  /** Kinds that the first answer agrees to send, though their tracks may come later, and in which stream. */
  #promise: readonly [readonly MediaKind[], MediaStream] | null = null
  /** What the connection rejected last. */
  #cause: unknown
  #closed = false

  constructor(connection: PeerConnection, polite: boolean, handlers: MediaHandlers) {
    this.connection = connection
    this.#handlers = handlers
    this.#negotiation = startNegotiation(polite)
    connection.addEventListener('negotiationneeded', () => this.take({ type: 'negotiation-needed' }))
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate) this.#tell({ type: 'candidate-gathered', candidate: plainCandidate(candidate) })
    })
    connection.addEventListener('connectionstatechange', () => {
      const type = statesToTell[connection.connectionState]
      if (type) this.#tell({ type })
    })
    connection.addEventListener('signalingstatechange', () => {
      if (connection.signalingState === 'stable' && !this.#closed)
        handlers.receive(connection.getTransceivers().filter(receives))
    })
  }

  /** Sends what the stream has. A caller also asks for the kinds that it does not send itself. */
  open(stream: MediaStream | null, asksForAll: boolean): void {
    for (const kind of kinds) {
      const track = trackOf(stream, kind)
      if (stream && track) this.connection.addTrack(track, stream)
      else if (asksForAll) this.connection.addTransceiver(kind, { direction: 'recvonly' })
    }
  }

  /** For a callee: agrees to send these kinds in the stream, whenever tracks are set. */
  promise(kinds: readonly MediaKind[], stream: MediaStream): void {
    this.#promise = [kinds, stream]
  }

  /** From the next ICE restart on. */
  configure(configuration: RTCConfiguration): void {
    if (!this.#closed) this.connection.setConfiguration?.(configuration)
  }

  addTrack(track: MediaStreamTrack, stream: MediaStream): Transceiver {
    const idle = [...this.extra].find(
      ({ direction, receiver, currentDirection }) =>
        direction === 'inactive' && currentDirection !== 'stopped' && receiver.track.kind === track.kind
    )
    if (!idle) {
      const added = this.connection.addTransceiver(track, { direction: 'sendonly', streams: [stream] })
      this.extra.add(added)
      return added
    }
    // Descriptions only ever grow by sections: one that is no longer of use is used again.
    idle.sender.replaceTrack(track).catch((cause: unknown) => {
      this.#report(cannotSend(track.kind), cause)
    })
    sendIn(stream, idle, 'sendonly')
    return idle
  }

  /** Replaces what is sent of this kind, or begins to send it; the latter needs negotiation, which follows by itself. */
  async replaceTrack(kind: MediaKind, track: MediaStreamTrack | null, stream: MediaStream): Promise<void> {
    const ofKind = this.connection
      .getTransceivers()
      .filter(
        (transceiver) =>
          transceiver.receiver.track.kind === kind &&
          transceiver.currentDirection !== 'stopped' &&
          !this.extra.has(transceiver)
      )
    const transceiver = ofKind.find(({ sender }) => sender.track) ?? ofKind.find(sends) ?? ofKind[0]
    if (transceiver) {
      await transceiver.sender.replaceTrack(track)
      if (track && !sends(transceiver)) sendIn(stream, transceiver)
    } else if (track) this.connection.addTrack(track, stream)
  }

  close(): void {
    this.#closed = true
    this.connection.close()
  }

  /** Takes what the partner said, or what else has happened. */
  take(event: NegotiationEvent): void {
    if (this.#closed) return
    const [next, effects] = negotiate(this.#negotiation, event)
    this.#negotiation = next
    for (const effect of effects) this.#perform(effect)
  }

  #tell(event: MediaEvent): void {
    if (!this.#closed) this.#handlers.hear(event)
  }

  #report(reason: string, cause: unknown): void {
    if (!this.#closed) this.#handlers.report(reason, cause)
  }

  #perform(effect: NegotiationEffect): void {
    const { connection } = this
    switch (effect.type) {
      case 'set-local-description':
        return this.#operate(() => this.#setLocalDescription())
      case 'set-remote-description':
        return this.#operate(() => this.#setRemoteDescription(effect.description))
      case 'roll-back':
        return this.#operate(async () => {
          await connection.setLocalDescription({ type: 'rollback' })
          return { type: 'rolled-back' }
        })
      case 'add-candidate':
        return this.#await(connection.addIceCandidate(effect.candidate), 'candidate-failed')
      case 'send-description':
        return this.#tell({ type: 'description-made', description: effect.description })
      case 'restart-ice':
        return connection.restartIce()
      case 'report':
        return this.#report(effect.reason, this.#cause)
      case 'give-up':
        this.#report(effect.reason, this.#cause)
        return this.#tell({ type: 'media-gave-up' })
      default:
        return unreachable(effect)
    }
  }

  /** Without an argument W3C's method makes the offer or the answer that is due, which the negotiation knows too. */
  async #setLocalDescription(): Promise<NegotiationEvent> {
    await this.connection.setLocalDescription()
    const local = this.connection.localDescription
    if (!local) throw new Error('no local description')
    return { type: 'local-description-set', description: { type: local.type, sdp: bodyOf(local.sdp) } }
  }

  async #setRemoteDescription(description: Description): Promise<NegotiationEvent> {
    const { currentLocalDescription: local, currentRemoteDescription: remote } = this.connection
    const { type } = description
    const sdp = description.sdp.text()
    await this.connection.setRemoteDescription({
      type,
      sdp: type === 'answer' ? inItsDtlsRole(sdp, local, remote) : sdp
    })
    this.#keepPromise()
    return { type: 'remote-description-set', description }
  }

  #keepPromise(): void {
    if (!this.#promise) return
    const [kinds, stream] = this.#promise
    this.#promise = null
    for (const transceiver of this.connection.getTransceivers()) {
      const { kind } = transceiver.receiver.track
      if (kinds.some((promised) => promised === kind) && !sends(transceiver)) sendIn(stream, transceiver)
    }
  }

  /** What fails once may have come at a bad moment. */
  #operate(operation: () => Promise<NegotiationEvent>): void {
    const again = (cause: unknown): Promise<NegotiationEvent> => {
      this.#report(messageOf(cause), cause)
      return operation()
    }
    this.#await(operation().catch(again), 'operation-failed')
  }

  #await(outcome: Promise<NegotiationEvent | void>, type: 'operation-failed' | 'candidate-failed'): void {
    outcome.then(
      (event) => event && this.take(event),
      (cause: unknown) => {
        this.#cause = cause
        this.take({ type, reason: messageOf(cause) })
      }
    )
  }
}

/** A W3C candidate is an object of the browser; its fields are what is sent. */
const plainCandidate = ({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: Candidate): Candidate => ({
  candidate,
  sdpMid,
  sdpMLineIndex,
  usernameFragment
})
