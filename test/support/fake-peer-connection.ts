/**
 * An `RTCPeerConnection` without a network: the model of its signaling, and a handle for the test to
 * move its connection state. What the real one would reject is rejected.
 */
import type { Candidate } from '../../src/core/signal.ts'
import { bodyOf } from '../../src/core/signal.ts'
import type { DataChannel, PeerConnection, Transceiver } from '../../src/client/platform.ts'
import { FakeTrack } from './fake-media.ts'
import {
  type PeerConnectionModel,
  addIceCandidate,
  gatherCandidate,
  isNegotiationNeeded,
  newPeerConnection,
  restartIce,
  rollBack,
  setLocalAnswer,
  setLocalOffer,
  setRemoteDescription
} from './peer-connection-model.ts'

type Kind = 'audio' | 'video'

/** Which kinds a description has sections for. */
const sections = new Map<string, readonly Kind[]>()

const kindOf = ({ kind }: MediaStreamTrack): Kind => (kind === 'audio' ? 'audio' : 'video')

class FakeChannel extends EventTarget implements DataChannel {
  binaryType: BinaryType = 'arraybuffer'
  bufferedAmountLowThreshold = 0
  readonly readyState = 'connecting'
  readonly bufferedAmount = 0
  readonly label: string
  readonly id: number

  constructor(label: string, id: number) {
    super()
    this.label = label
    this.id = id
  }

  send(): void {}

  close(): void {}
}

class FakeTransceiver implements Transceiver {
  mid: string | null = null
  currentDirection: RTCRtpTransceiverDirection | null = null
  readonly receiver: { readonly track: MediaStreamTrack }
  readonly sender: Transceiver['sender'] & { track: MediaStreamTrack | null; streams: readonly MediaStream[] }
  readonly #changed: () => void
  #direction: RTCRtpTransceiverDirection

  constructor(
    kind: Kind,
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
  configuration: RTCConfiguration | undefined
  readonly channels: FakeChannel[] = []
  readonly candidates: Candidate[] = []
  iceRestarts = 0
  closed = false
  connectionState: RTCPeerConnectionState = 'new'
  localDescription: { readonly type: RTCSdpType; readonly sdp: string } | null = null
  currentLocalDescription: { readonly type: RTCSdpType; readonly sdp: string } | null = null
  currentRemoteDescription: { readonly type: RTCSdpType; readonly sdp: string } | null = null
  #remoteDescription: { readonly type: RTCSdpType; readonly sdp: string } | null = null
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

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration
  }

  createDataChannel(label: string, { id }: { readonly id: number }): FakeChannel {
    const channel = new FakeChannel(label, id)
    this.channels.push(channel)
    return channel
  }

  addTrack(track: MediaStreamTrack): void {
    this.#add(kindOf(track), { track, direction: 'sendrecv' })
    this.#changed()
  }

  addTransceiver(
    of: Kind | MediaStreamTrack,
    { direction = 'sendrecv' }: RTCRtpTransceiverInit
  ): FakeTransceiver {
    const how = typeof of === 'string' ? { kind: of, track: null } : { kind: kindOf(of), track: of }
    const transceiver = this.#add(how.kind, { track: how.track, direction })
    this.#changed()
    return transceiver
  }

  getTransceivers(): readonly FakeTransceiver[] {
    return this.#transceivers
  }

  setLocalDescription(description?: { readonly type: 'rollback' }): Promise<void> {
    return this.#chained(() => {
      if (description !== undefined) return this.#become(rollBack(this.#model))
      const make = this.signalingState === 'have-remote-offer' ? setLocalAnswer : setLocalOffer
      const [model, { type, sdp }] = make(this.#model)
      this.localDescription = { type, sdp: sdp.text() }
      sections.set(
        sdp.text(),
        this.#transceivers.map(({ receiver }) => kindOf(receiver.track))
      )
      this.#become(model)
    })
  }

  setRemoteDescription({ type, sdp }: { type: RTCSdpType; sdp: string }): Promise<void> {
    return this.#chained(() => {
      const model = setRemoteDescription(this.#model, { type, sdp: bodyOf(sdp) })
      this.#remoteDescription = { type, sdp }
      for (const kind of ['audio', 'video'] as const) {
        const offered = (sections.get(sdp) ?? []).filter((other) => other === kind)
        const own = this.#transceivers.filter(({ receiver }) => receiver.track.kind === kind)
        for (let at = own.length; at < offered.length; at += 1) {
          this.#add(kind, { track: null, direction: 'recvonly' })
        }
      }
      this.#become(model)
    })
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
    kind: Kind,
    how: { readonly track: MediaStreamTrack | null; readonly direction: RTCRtpTransceiverDirection }
  ): FakeTransceiver {
    const changed = () => this.#changed()
    const transceiver = new FakeTransceiver(kind, { ...how, changed })
    this.#transceivers.push(transceiver)
    return transceiver
  }

  /** What is set between an offer and its answer is part of the answer. */
  #changed(): void {
    if (this.signalingState === 'have-remote-offer') return
    this.#model = { ...this.#model, changes: this.#model.changes + 1 }
    this.#notify()
  }

  #become(model: PeerConnectionModel): void {
    const settled = model.signalingState === 'stable' && this.signalingState !== 'stable'
    this.#model = model
    if (settled) {
      for (const transceiver of this.#transceivers) transceiver.currentDirection = transceiver.direction
      this.currentLocalDescription = this.localDescription
      this.currentRemoteDescription = this.#remoteDescription
    }
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
