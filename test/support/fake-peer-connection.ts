/**
 * An `RTCPeerConnection` without a network: the model of its signaling, and a handle for the test to
 * move its connection state. What the real one would reject is rejected.
 */
import type { Candidate } from '../../src/core/signal.ts'
import { bodyOf } from '../../src/core/signal.ts'
import type { PeerConnection, Transceiver } from '../../src/client/platform.ts'
import { FakeTrack } from './fake-media.ts'
import {
  type PeerConnectionModel,
  addIceCandidate,
  gatherCandidate,
  isNegotiationNeeded,
  newPeerConnection,
  restartIce,
  setLocalAnswer,
  setLocalOffer,
  setRemoteDescription
} from './peer-connection-model.ts'

class FakeTransceiver implements Transceiver {
  currentDirection: RTCRtpTransceiverDirection | null = null
  readonly receiver: { readonly track: MediaStreamTrack }
  readonly sender: Transceiver['sender'] & { track: MediaStreamTrack | null; streams: readonly MediaStream[] }
  readonly #changed: () => void
  #direction: RTCRtpTransceiverDirection

  constructor(
    kind: 'audio' | 'video',
    {
      track,
      direction,
      changed
    }: {
      readonly track: MediaStreamTrack | null
      readonly direction: RTCRtpTransceiverDirection
      readonly changed: () => void
    }
  ) {
    this.receiver = { track: new FakeTrack(kind, `remote ${kind}`) }
    this.sender = {
      track,
      streams: [],
      replaceTrack(next) {
        if (next && next.readyState === 'ended') return Promise.reject(new TypeError('The track has ended.'))
        this.track = next
        return Promise.resolve()
      },
      setStreams(...streams) {
        this.streams = streams
      }
    }
    this.#direction = direction
    this.#changed = changed
  }

  get direction(): RTCRtpTransceiverDirection {
    return this.#direction
  }

  set direction(direction) {
    this.#direction = direction
    this.#changed()
  }
}

let made = 0

export class FakePeerConnection extends EventTarget implements PeerConnection {
  declare addEventListener: PeerConnection['addEventListener'] & EventTarget['addEventListener']
  readonly configuration: RTCConfiguration | undefined
  readonly candidates: Candidate[] = []
  iceRestarts = 0
  closed = false
  connectionState: RTCPeerConnectionState = 'new'
  localDescription: { readonly type: RTCSdpType; readonly sdp: string } | null = null
  readonly #transceivers: FakeTransceiver[] = []
  #model: PeerConnectionModel
  /** W3C chains operations: each begins when the one before it is done. */
  #chain: Promise<unknown> = Promise.resolve()

  constructor(configuration?: RTCConfiguration) {
    super()
    this.configuration = configuration
    // One letter tells the owners of descriptions apart.
    this.#model = newPeerConnection(String.fromCharCode(0x100 + (made += 1)))
  }

  get signalingState(): RTCSignalingState {
    return this.#model.signalingState
  }

  addTrack(track: MediaStreamTrack): void {
    this.#add(track.kind === 'audio' ? 'audio' : 'video', { track, direction: 'sendrecv' })
  }

  addTransceiver(kind: 'audio' | 'video', { direction }: { direction: RTCRtpTransceiverDirection }): void {
    this.#add(kind, { track: null, direction })
  }

  getTransceivers(): readonly FakeTransceiver[] {
    return this.#transceivers
  }

  setLocalDescription(): Promise<void> {
    return this.#chained(() => {
      const make = this.signalingState === 'have-remote-offer' ? setLocalAnswer : setLocalOffer
      const [model, { type, sdp }] = make(this.#model)
      this.localDescription = { type, sdp: sdp.text() }
      this.#become(model)
    })
  }

  setRemoteDescription({ type, sdp }: { type: RTCSdpType; sdp: string }): Promise<void> {
    return this.#chained(() => this.#become(setRemoteDescription(this.#model, { type, sdp: bodyOf(sdp) })))
  }

  addIceCandidate(candidate: Candidate): Promise<void> {
    return this.#chained(() => {
      this.#model = addIceCandidate(this.#model, candidate)
      this.candidates.push(candidate)
    })
  }

  restartIce(): void {
    this.iceRestarts += 1
    this.#model = restartIce(this.#model)
    this.#notify()
  }

  getStats(): Promise<RTCStatsReport> {
    return Promise.resolve(new Map())
  }

  close(): void {
    this.closed = true
  }

  /** Moves as the network would have it. */
  connect(state: RTCPeerConnectionState): void {
    this.connectionState = state
    this.dispatchEvent(new Event('connectionstatechange'))
  }

  /** Finds one more way to be reached. */
  gather(number = 1): Candidate {
    const candidate = gatherCandidate(this.#model, number)
    this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate }))
    return candidate
  }

  /** Has found all. */
  gatherLast(): void {
    this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: null }))
  }

  #add(
    kind: 'audio' | 'video',
    how: { readonly track: MediaStreamTrack | null; readonly direction: RTCRtpTransceiverDirection }
  ): void {
    const changed = () => {
      this.#model = { ...this.#model, changes: this.#model.changes + 1 }
      this.#notify()
    }
    this.#transceivers.push(new FakeTransceiver(kind, { ...how, changed }))
    changed()
  }

  #become(model: PeerConnectionModel): void {
    const settled = model.signalingState === 'stable' && this.signalingState !== 'stable'
    this.#model = model
    if (settled)
      for (const transceiver of this.#transceivers) transceiver.currentDirection = transceiver.direction
    this.dispatchEvent(new Event('signalingstatechange'))
    this.#notify()
  }

  #chained(operation: () => void): Promise<void> {
    const outcome = this.#chain.then(() => {
      if (this.closed) throw new Error('The connection is closed.')
      operation()
    })
    this.#chain = outcome.catch(() => {})
    return outcome
  }

  /** In a task of its own, and only if it is still so then. */
  #notify(): void {
    setTimeout(() => {
      if (this.closed || !isNegotiationNeeded(this.#model)) return
      this.#model = { ...this.#model, notified: true }
      this.dispatchEvent(new Event('negotiationneeded'))
    })
  }
}
