/**
 * W3C's `RTCPeerConnection` over werift's, as far as the SDK uses it. Departed from werift, each for a reason:
 * - No STUN server is asked that nobody has named. Werift asks Google's, and waits five seconds where there is no internet.
 * - All media is bundled: otherwise every call leaves four sockets open.
 * - Descriptions do not wait for the last candidate, which may be that of a relay which does not answer.
 * - `connectionState` tells of a dead or closed path within seconds (path-watch.ts).
 * - A datagram that claims to be an unencrypted alert of an encrypted connection is dropped: it would end the media.
 * - Negotiation is asked for where there is something to negotiate, and once for all of it (negotiation-needed.ts).
 * - A candidate is told after the description that it belongs to.
 * - `signalingstatechange` is told when a description has been applied as a whole, directions included.
 * - After an ICE restart it looks for a path itself, and does not wait for the other side to.
 * - Changes of `iceServers` and `iceTransportPolicy` take effect with the next ICE restart.
 * - Events are `Event`s.
 */
import {
  type RTCRtpTransceiver,
  RTCPeerConnection as Werift,
  type RTCIceServer as WeriftIceServer
} from 'werift'
import type { DataChannel, PeerConnection, Transceiver } from '../../client/platform.ts'
import type { Candidate } from '../../core/signal.ts'
import { type Codecs, codecParameters, headerExtensions } from './codecs.ts'
import { WeriftChannel, settleWhoBegins } from './data-channel.ts'
import { dropForgedAlerts, prepareIce, reconfigure, startIceOver } from './ice.ts'
import { followKeyFrameRequests } from './key-frames.ts'
import { isNegotiationNeeded } from './negotiation-needed.ts'
import { type PathReading, PathWatch } from './path-watch.ts'
import { WeriftTransceiver } from './transceiver.ts'

const watchEveryMs = 500

const seconds = (): number => performance.now() / 1_000

const iceServersOf = (servers: readonly RTCIceServer[] = []): WeriftIceServer[] =>
  servers.map(({ urls, username = '', credential = '' }) => ({ urls, username, credential }))

/** What has come, and how it stands. */
const readingOf = (werift: Werift): PathReading => {
  const { connectionState: state } = werift
  const [dtls] = werift.dtlsTransports
  if (dtls === undefined) return { state, closed: false, received: 0 }
  const { requestsReceived = 0, responsesReceived = 0 } = dtls.iceTransport.connection.nominated ?? {}
  const closed = dtls.state === 'closed' || dtls.state === 'failed'
  return { state, closed, received: dtls.packetsReceived + requestsReceived + responsesReceived }
}

interface GatheredCandidate {
  readonly candidate?: string
  readonly sdpMid?: string
  readonly sdpMLineIndex?: number
}

export class WeriftConnection extends EventTarget implements PeerConnection {
  declare addEventListener: PeerConnection['addEventListener']
  readonly #werift: Werift
  readonly #transceivers = new Map<object, WeriftTransceiver>()
  readonly #watch = new PathWatch(seconds())
  readonly #timer: NodeJS.Timeout
  #connectionState: RTCPeerConnectionState = 'new'
  /** How many local descriptions are being made, and what was gathered meanwhile. */
  #describing = 0
  readonly #early: (GatheredCandidate | null)[] = []
  /** As it was told last. */
  #signalingState: RTCSignalingState = 'stable'
  /** W3C's flag: it was asked for, and nothing has been agreed on since. */
  #negotiationNeeded = false
  /** Asked for, and not agreed on yet. */
  #restartDue = false

  constructor({ iceServers, iceTransportPolicy = 'all' }: RTCConfiguration = {}, codecs?: Codecs) {
    super()
    this.#werift = new Werift({
      bundlePolicy: 'max-bundle',
      iceServers: iceServersOf(iceServers),
      iceTransportPolicy,
      codecs: codecParameters(codecs),
      headerExtensions: headerExtensions()
    })
    this.#werift.onNegotiationneeded.subscribe(() => this.#checkNegotiation())
    this.#werift.onIceCandidate.subscribe((candidate) => this.#tellCandidate(candidate ?? null))
    this.#werift.connectionStateChange.subscribe(() => this.#look())
    this.#timer = setInterval(() => this.#look(), watchEveryMs)
    this.#timer.unref()
  }

  get localDescription() {
    return this.#werift.localDescription
  }

  get currentLocalDescription() {
    return this.#werift.currentLocalDescription
  }

  get currentRemoteDescription() {
    return this.#werift.currentRemoteDescription
  }

  get signalingState(): RTCSignalingState {
    return this.#werift.signalingState
  }

  get connectionState(): RTCPeerConnectionState {
    return this.#connectionState
  }

  addTrack(track: MediaStreamTrack, ...streams: MediaStream[]): Transceiver['sender'] {
    const free = this.getTransceivers().find(
      ({ receiver, sender, currentDirection }) =>
        receiver.track.kind === track.kind && sender.track === null && currentDirection !== 'stopped'
    )
    if (free === undefined) return this.addTransceiver(track, { direction: 'sendrecv', streams }).sender
    void free.sender.replaceTrack(track)
    free.sender.setStreams?.(...streams)
    if (free.direction === 'recvonly') free.direction = 'sendrecv'
    if (free.direction === 'inactive') free.direction = 'sendonly'
    return free.sender
  }

  addTransceiver(
    track: 'audio' | 'video' | MediaStreamTrack,
    { direction = 'sendrecv', streams = [] }: RTCRtpTransceiverInit
  ): Transceiver {
    const kind = typeof track === 'string' ? track : track.kind === 'audio' ? 'audio' : 'video'
    if (direction === 'stopped') throw new TypeError('A transceiver is not stopped from the beginning.')
    const transceiver = this.#wrap(this.#werift.addTransceiver(kind, { direction }))
    if (typeof track !== 'string') void transceiver.sender.replaceTrack(track)
    transceiver.sender.setStreams?.(...streams)
    return transceiver
  }

  getTransceivers(): readonly WeriftTransceiver[] {
    return this.#werift.getTransceivers().map((transceiver) => this.#wrap(transceiver))
  }

  createDataChannel(label: string, options: { readonly negotiated: true; readonly id: number }): DataChannel {
    const channel = this.#werift.createDataChannel(label, { ...options })
    settleWhoBegins(channel.sctp)
    return new WeriftChannel(channel)
  }

  /** From the next ICE restart on. */
  setConfiguration({ iceServers, iceTransportPolicy = 'all' }: RTCConfiguration): void {
    reconfigure(this.#werift, { iceServers: iceServersOf(iceServers), iceTransportPolicy })
  }

  async setLocalDescription(description?: { readonly type: 'rollback' }): Promise<void> {
    prepareIce(this.#werift)
    this.#describing += 1
    try {
      await this.#werift.setLocalDescription(description)
    } finally {
      // Whoever waits for the description has it by then.
      setImmediate(() => this.#tellEarly())
    }
    this.#tellSignalingState()
    if (this.signalingState === 'stable') this.#settle(description?.type !== 'rollback')
  }

  async setRemoteDescription(description: {
    readonly type: RTCSdpType
    readonly sdp: string
  }): Promise<void> {
    await this.#werift.setRemoteDescription({ ...description })
    dropForgedAlerts(this.#werift)
    followKeyFrameRequests(this.#werift, (ssrc) => {
      for (const transceiver of this.getTransceivers()) transceiver.requestKeyFrame(ssrc)
    })
    this.#tellSignalingState()
    if (this.signalingState === 'stable') this.#settle(true)
  }

  async addIceCandidate({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: Candidate): Promise<void> {
    await this.#werift.addIceCandidate({
      candidate,
      ...(sdpMid !== null && { sdpMid }),
      ...(sdpMLineIndex !== null && { sdpMLineIndex }),
      ...(usernameFragment !== null && { usernameFragment })
    })
  }

  restartIce(): void {
    this.#restartDue = true
    this.#werift.restartIce()
  }

  async getStats(): Promise<RTCStatsReport> {
    return new Map(await this.#werift.getStats())
  }

  close(): void {
    clearInterval(this.#timer)
    for (const transceiver of this.#transceivers.values()) transceiver.close()
    this.#connectionState = 'closed'
    void this.#werift.close()
  }

  #wrap(werift: RTCRtpTransceiver): WeriftTransceiver {
    const known = this.#transceivers.get(werift)
    if (known !== undefined) return known
    const transceiver = new WeriftTransceiver(werift, () => this.#checkNegotiation())
    this.#transceivers.set(werift, transceiver)
    return transceiver
  }

  #tellSignalingState(): void {
    if (this.#signalingState === this.signalingState || this.#connectionState === 'closed') return
    this.#signalingState = this.signalingState
    this.dispatchEvent(new Event('signalingstatechange'))
  }

  /** No offer is pending any more. */
  #settle(isAgreed: boolean): void {
    startIceOver(this.#werift)
    if (isAgreed) this.#restartDue = false
    this.#negotiationNeeded = false
    this.#checkNegotiation()
  }

  /** A moment later, so that all that is changed together is negotiated together. */
  #checkNegotiation(): void {
    setImmediate(() => {
      if (this.#connectionState === 'closed' || this.signalingState !== 'stable') return
      const before = this.#negotiationNeeded
      this.#negotiationNeeded = this.#isNegotiationNeeded()
      if (this.#negotiationNeeded && !before) this.dispatchEvent(new Event('negotiationneeded'))
    })
  }

  #isNegotiationNeeded(): boolean {
    const { sctpTransport, currentLocalDescription: local, currentRemoteDescription: remote } = this.#werift
    const wanted = { transceivers: this.getTransceivers(), hasChannels: sctpTransport !== undefined }
    return this.#restartDue || isNegotiationNeeded(wanted, { local, remote })
  }

  #tellEarly(): void {
    this.#describing -= 1
    if (this.#describing === 0) for (const candidate of this.#early.splice(0)) this.#tellCandidate(candidate)
  }

  #tellCandidate(init: GatheredCandidate | null): void {
    if (this.#describing > 0) return void this.#early.push(init)
    if (this.#connectionState === 'closed') return
    const candidate =
      init === null
        ? null
        : {
            candidate: init.candidate ?? '',
            sdpMid: init.sdpMid ?? null,
            sdpMLineIndex: init.sdpMLineIndex ?? null,
            usernameFragment: this.#werift.iceTransports[0]?.localParameters.usernameFragment ?? null
          }
    this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate }))
  }

  #look(): void {
    if (this.#connectionState === 'closed') return
    const state = this.#watch.read(readingOf(this.#werift), seconds())
    if (state === this.#connectionState) return
    this.#connectionState = state
    this.dispatchEvent(new Event('connectionstatechange'))
  }
}
