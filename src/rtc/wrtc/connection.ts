/**
 * W3C's `RTCPeerConnection` over that of `@roamhq/wrtc`, as far as the SDK uses it. Departed from it, each for a reason:
 * - `setLocalDescription` without an argument makes the offer or the answer that is due.
 * - An offer that crosses one of ours takes its place.
 * - `connectionState` is looked at, since not all of its changes are told; the other side's end of the encryption is `failed`.
 * - A candidate is told after the description that it belongs to.
 * - `negotiationneeded` is told in the stable state only, as W3C has it.
 * - Events are `Event`s.
 * One fault is left: data channels of a first offer are lost if that is rolled back.
 */
import type { DataChannel, PeerConnection, Transceiver } from '../../client/platform.ts'
import type { Candidate } from '../../core/signal.ts'
import { EarlyCandidates } from '../early-candidates.ts'
import { WrtcChannel } from './data-channel.ts'
import type { NativeConnection } from './library.ts'

const lookEveryMs = 500

const isCandidate = (value: unknown): value is Candidate =>
  typeof value === 'object' && value !== null && 'candidate' in value && typeof value.candidate === 'string'

const candidateOf = (event: unknown): Candidate | null => {
  const candidate: unknown =
    typeof event === 'object' && event !== null && 'candidate' in event ? event.candidate : null
  return isCandidate(candidate) ? candidate : null
}

export class WrtcConnection extends EventTarget implements PeerConnection {
  declare addEventListener: PeerConnection['addEventListener']
  readonly #native: NativeConnection
  readonly #timer: NodeJS.Timeout
  readonly #candidates = new EarlyCandidates<Candidate | null>((candidate) => {
    this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate }))
  })
  #connectionState: RTCPeerConnectionState = 'new'
  /** An offer of ours is being taken back for one of the other side's; that it is stable between is nobody's business. */
  #isYielding = false

  constructor(native: NativeConnection) {
    super()
    this.#native = native
    native.addEventListener('icecandidate', (event) => this.#candidates.take(candidateOf(event)))
    native.addEventListener('signalingstatechange', () => {
      if (!this.#isYielding) this.dispatchEvent(new Event('signalingstatechange'))
    })
    native.addEventListener('negotiationneeded', () => {
      // In any other state it is asked for again once all is stable.
      if (this.signalingState === 'stable' && !this.#isYielding)
        this.dispatchEvent(new Event('negotiationneeded'))
    })
    native.addEventListener('connectionstatechange', () => this.#look())
    this.#timer = setInterval(() => this.#look(), lookEveryMs)
    this.#timer.unref()
  }

  get localDescription() {
    return this.#native.localDescription
  }

  get currentLocalDescription() {
    return this.#native.currentLocalDescription
  }

  get currentRemoteDescription() {
    return this.#native.currentRemoteDescription
  }

  get signalingState(): RTCSignalingState {
    return this.#native.signalingState
  }

  get connectionState(): RTCPeerConnectionState {
    return this.#connectionState
  }

  addTrack(track: MediaStreamTrack, ...streams: MediaStream[]): unknown {
    return this.#native.addTrack(track, ...streams)
  }

  addTransceiver(track: 'audio' | 'video' | MediaStreamTrack, init: RTCRtpTransceiverInit): Transceiver {
    return this.#native.addTransceiver(track, init)
  }

  getTransceivers(): readonly Transceiver[] {
    return this.#native.getTransceivers()
  }

  createDataChannel(label: string, options: { readonly negotiated: true; readonly id: number }): DataChannel {
    return new WrtcChannel(this.#native.createDataChannel(label, options))
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.#native.setConfiguration(configuration)
  }

  async setLocalDescription(description?: { readonly type: 'rollback' }): Promise<void> {
    await this.#candidates.during(async () => {
      const due = description ?? (await this.#describe())
      await this.#native.setLocalDescription(due)
    })
  }

  async setRemoteDescription(description: {
    readonly type: RTCSdpType
    readonly sdp: string
  }): Promise<void> {
    if (description.type !== 'offer' || this.signalingState !== 'have-local-offer')
      return this.#native.setRemoteDescription(description)
    this.#isYielding = true
    try {
      await this.#native.setLocalDescription({ type: 'rollback' })
      await this.#native.setRemoteDescription(description)
    } catch (error) {
      this.#tellWhatIsLeft()
      throw error
    } finally {
      this.#isYielding = false
    }
  }

  /** Our offer is gone, and theirs was none: what was kept from everybody is true after all. */
  #tellWhatIsLeft(): void {
    if (this.signalingState !== 'stable') return
    for (const type of ['signalingstatechange', 'negotiationneeded'])
      setImmediate(() => this.dispatchEvent(new Event(type)))
  }

  async addIceCandidate(candidate: Candidate): Promise<void> {
    // Theirs would never answer.
    if (this.signalingState === 'closed') throw new DOMException('It is closed.', 'InvalidStateError')
    await this.#native.addIceCandidate(candidate)
  }

  restartIce(): void {
    this.#native.restartIce()
  }

  getStats(): Promise<RTCStatsReport> {
    return this.#native.getStats()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#connectionState = 'closed'
    this.#native.close()
  }

  #describe() {
    return this.signalingState === 'have-remote-offer'
      ? this.#native.createAnswer()
      : this.#native.createOffer()
  }

  #look(): void {
    if (this.#connectionState === 'closed') return
    const state = this.#isClosedByPartner ? 'failed' : this.#native.connectionState
    if (state === this.#connectionState) return
    this.#connectionState = state
    this.dispatchEvent(new Event('connectionstatechange'))
  }

  get #isClosedByPartner(): boolean {
    const transports = this.#native.getTransceivers().flatMap(({ sender }) => sender.transport ?? [])
    // A section that is not wanted has one that is closed from the beginning.
    return transports.length > 0 && transports.every(({ state }) => state === 'closed')
  }
}
