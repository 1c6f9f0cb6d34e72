/**
 * Runs the negotiation over a W3C `RTCPeerConnection`: performs its effects, and reports what becomes of them.
 *
 * `MediaPort` is what other parts of a call (messages, files, the screen, the verification code, the quality)
 * build on. A `MediaConnection` is one; `ActiveCall` makes it, and such a part has to open its channels right
 * after that, in `#openMedia`, so that the first descriptions already announce them. Channels are there for
 * native peers alone, and may open while it rings: before the accept nothing is to be sent over them.
 */
import {
  type Negotiation,
  type NegotiationEffect,
  type NegotiationEvent,
  type Received,
  negotiate,
  startNegotiation
} from '../core/negotiation.ts'
import { unreachable } from '../core/codec.ts'
import { inItsDtlsRole } from '../core/sdp.ts'
import { type Candidate, type Description, bodyOf } from '../core/signal.ts'
import { messageOf } from './errors.ts'
import type { MediaKind } from './media.ts'
import type { DataChannel, PeerConnection, Transceiver } from './platform.ts'

const kinds: readonly MediaKind[] = ['audio', 'video']

export type MediaEvent =
  /** To be sent to the partner, in this order. */
  | { readonly type: 'description-made'; readonly description: Description }
  | { readonly type: 'candidate-gathered'; readonly candidate: Candidate }
  | { readonly type: 'media-connected' | 'media-interrupted' | 'media-failed' | 'media-gave-up' }
  /** What the partner sends now. */
  | { readonly type: 'tracks-changed'; readonly received: readonly Transceiver[] }
  | { readonly type: 'problem-met'; readonly reason: string; readonly cause: unknown }

const statesToTell: Partial<Record<RTCPeerConnectionState, MediaEvent>> = {
  connected: { type: 'media-connected' },
  disconnected: { type: 'media-interrupted' },
  failed: { type: 'media-failed' }
}

const sends = ({ direction }: Transceiver): boolean => direction === 'sendrecv' || direction === 'sendonly'

const receives = ({ currentDirection }: Transceiver): boolean =>
  currentDirection === 'sendrecv' || currentDirection === 'recvonly'

export interface MediaPort {
  /** Both parties open the same id under the same label, and neither has to announce it. */
  openChannel(id: number, label: string): DataChannel
  /** Sends a track beside camera and microphone, whose replacements leave it alone. Negotiation follows by itself. */
  addTrack(track: MediaStreamTrack, stream: MediaStream): Transceiver
  /** Ends what `addTrack` began. */
  removeTrack(transceiver: Transceiver): Promise<void>
  transceivers(): readonly Transceiver[]
  /** The SDPs of the descriptions in use; `null` before there are two. */
  descriptions(): { readonly local: string; readonly remote: string } | null
  getStats(): Promise<RTCStatsReport>
}

/** The media of one call. After `close` it does and tells nothing more. */
export class MediaConnection implements MediaPort {
  readonly #connection: PeerConnection
  readonly #tell: (event: MediaEvent) => void
  #negotiation: Negotiation
  /** What is sent beside camera and microphone. */
  readonly #extra = new Set<Transceiver>()
  /** Kinds that the first answer agrees to send, though their tracks may come later. */
  #promised: readonly MediaKind[] = []
  #promisedIn: MediaStream | null = null
  /** What the connection rejected last. */
  #cause: unknown
  #closed = false

  constructor(connection: PeerConnection, polite: boolean, tell: (event: MediaEvent) => void) {
    this.#connection = connection
    this.#negotiation = startNegotiation(polite)
    this.#tell = (event) => {
      if (!this.#closed) tell(event)
    }
    connection.addEventListener('negotiationneeded', () => this.#step({ type: 'negotiation-needed' }))
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate !== null) this.#tell({ type: 'candidate-gathered', candidate: plainCandidate(candidate) })
    })
    connection.addEventListener('connectionstatechange', () => {
      const event = statesToTell[connection.connectionState]
      if (event !== undefined) this.#tell(event)
    })
    connection.addEventListener('signalingstatechange', () => {
      if (connection.signalingState === 'stable') this.#tellTracks()
    })
  }

  /** Sends what the stream has. A caller also asks for the kinds that it does not send itself. */
  open(stream: MediaStream | null, asksForAll: boolean): void {
    for (const kind of kinds) {
      const track = stream?.getTracks().find((track) => track.kind === kind)
      if (stream && track) this.#connection.addTrack(track, stream)
      else if (asksForAll) this.#connection.addTransceiver(kind, { direction: 'recvonly' })
    }
  }

  /** For a callee: agrees to send these kinds in the stream, whenever tracks are set. */
  promise(kinds: readonly MediaKind[], stream: MediaStream): void {
    this.#promised = kinds
    this.#promisedIn = stream
  }

  /** What the partner said. */
  apply(heard: Received): void {
    this.#step(heard)
  }

  /** From the next ICE restart on. */
  configure(configuration: RTCConfiguration): void {
    if (!this.#closed) this.#connection.setConfiguration?.(configuration)
  }

  restartIce(): void {
    this.#step({ type: 'ice-restart-wanted' })
  }

  openChannel(id: number, label: string): DataChannel {
    return this.#connection.createDataChannel(label, { negotiated: true, id })
  }

  addTrack(track: MediaStreamTrack, stream: MediaStream): Transceiver {
    const idle = [...this.#extra].find(
      ({ direction, receiver, currentDirection }) =>
        direction === 'inactive' && currentDirection !== 'stopped' && receiver.track.kind === track.kind
    )
    if (idle === undefined) {
      const added = this.#connection.addTransceiver(track, { direction: 'sendonly', streams: [stream] })
      this.#extra.add(added)
      return added
    }
    // Descriptions only ever grow by sections: one that is no longer of use is used again.
    idle.sender.replaceTrack(track).catch((cause: unknown) => {
      this.#tell({ type: 'problem-met', reason: `The call cannot send this ${track.kind} track.`, cause })
    })
    idle.sender.setStreams?.(stream)
    idle.direction = 'sendonly'
    return idle
  }

  async removeTrack(transceiver: Transceiver): Promise<void> {
    transceiver.direction = transceiver.direction === 'sendrecv' ? 'recvonly' : 'inactive'
    await transceiver.sender.replaceTrack(null)
  }

  transceivers(): readonly Transceiver[] {
    return this.#connection.getTransceivers()
  }

  descriptions(): { readonly local: string; readonly remote: string } | null {
    const { currentLocalDescription: local, currentRemoteDescription: remote } = this.#connection
    return local && remote && { local: local.sdp, remote: remote.sdp }
  }

  /** Replaces what is sent of this kind, or begins to send it; the latter needs negotiation, which follows by itself. */
  async replaceTrack(kind: MediaKind, track: MediaStreamTrack | null, stream: MediaStream): Promise<void> {
    const ofKind = this.#connection
      .getTransceivers()
      .filter(
        (transceiver) =>
          transceiver.receiver.track.kind === kind &&
          transceiver.currentDirection !== 'stopped' &&
          !this.#extra.has(transceiver)
      )
    const transceiver = ofKind.find(({ sender }) => sender.track) ?? ofKind.find(sends) ?? ofKind[0]
    if (transceiver === undefined) {
      if (track) this.#connection.addTrack(track, stream)
      return
    }
    await transceiver.sender.replaceTrack(track)
    if (!track || sends(transceiver)) return
    transceiver.sender.setStreams?.(stream)
    transceiver.direction = 'sendrecv'
  }

  getStats(): Promise<RTCStatsReport> {
    return this.#connection.getStats()
  }

  close(): void {
    this.#closed = true
    this.#connection.close()
  }

  #keepPromise(): void {
    const stream = this.#promisedIn
    if (stream === null) return
    this.#promisedIn = null
    for (const transceiver of this.#connection.getTransceivers()) {
      if (!this.#promised.some((kind) => transceiver.receiver.track.kind === kind) || sends(transceiver))
        continue
      transceiver.sender.setStreams?.(stream)
      transceiver.direction = 'sendrecv'
    }
  }

  #tellTracks(): void {
    this.#tell({ type: 'tracks-changed', received: this.#connection.getTransceivers().filter(receives) })
  }

  #step(event: NegotiationEvent): void {
    if (this.#closed) return
    const [next, effects] = negotiate(this.#negotiation, event)
    this.#negotiation = next
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: NegotiationEffect): void {
    const connection = this.#connection
    switch (effect.type) {
      case 'set-local-description':
        return this.#operate(() => this.#setLocalDescription())
      case 'set-remote-description':
        return this.#operate(() => this.#setRemoteDescription(effect.description))
      case 'roll-back':
        return this.#operate(() => this.#rollBack())
      case 'add-candidate':
        return this.#await(connection.addIceCandidate(effect.candidate), 'candidate-failed')
      case 'send-description':
        return this.#tell({ type: 'description-made', description: effect.description })
      case 'restart-ice':
        return connection.restartIce()
      case 'report':
        return this.#tell({ type: 'problem-met', reason: effect.reason, cause: this.#cause })
      case 'give-up':
        this.#tell({ type: 'problem-met', reason: effect.reason, cause: this.#cause })
        return this.#tell({ type: 'media-gave-up' })
      default:
        return unreachable(effect)
    }
  }

  /** Without an argument W3C's method makes the offer or the answer that is due, which the negotiation knows too. */
  async #setLocalDescription(): Promise<NegotiationEvent> {
    await this.#connection.setLocalDescription()
    const local = this.#connection.localDescription
    if (local === null) throw new Error('There is no local description.')
    return { type: 'local-description-set', description: { type: local.type, sdp: bodyOf(local.sdp) } }
  }

  async #rollBack(): Promise<NegotiationEvent> {
    await this.#connection.setLocalDescription({ type: 'rollback' })
    return { type: 'rolled-back' }
  }

  async #setRemoteDescription(description: Description): Promise<NegotiationEvent> {
    const { currentLocalDescription: local, currentRemoteDescription: remote } = this.#connection
    const { type, sdp } = description
    const text = sdp.text()
    await this.#connection.setRemoteDescription({
      type,
      sdp: type === 'answer' ? inItsDtlsRole(text, local, remote) : text
    })
    this.#keepPromise()
    return { type: 'remote-description-set', description }
  }

  /** What fails once may have come at a bad moment. */
  #operate(operation: () => Promise<NegotiationEvent>): void {
    const again = (cause: unknown): Promise<NegotiationEvent> => {
      this.#tell({ type: 'problem-met', reason: messageOf(cause), cause })
      return operation()
    }
    this.#await(operation().catch(again), 'operation-failed')
  }

  #await(outcome: Promise<NegotiationEvent | void>, failure: 'operation-failed' | 'candidate-failed'): void {
    outcome.then(
      (event) => event && this.#step(event),
      (error: unknown) => {
        this.#cause = error
        this.#step({ type: failure, reason: messageOf(error) })
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
