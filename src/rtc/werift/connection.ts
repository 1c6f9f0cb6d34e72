/**
 * W3C's `RTCPeerConnection` over werift's, as far as the SDK uses it. Departed from werift, each for a reason:
 * - No STUN server is asked that nobody has named. Werift asks Google's, and waits five seconds where there is no internet.
 * - A path is found however often ICE starts over, and however many of these starts cross (candidates.ts, path-search.ts).
 * - Relays are given back, and a stream to one that has ended is not opened anew (relays.ts).
 * - All media is bundled: otherwise every call leaves four sockets open. The way is that of the first section (bundle.ts).
 * - Descriptions do not wait for the last candidate, which may be that of a relay which does not answer.
 * - `connectionState` tells of a dead or closed path within seconds (path-watch.ts).
 * - Datagrams that anybody could send, and that would end the media or stop the process, are dropped (datagrams.ts).
 * - After an ICE restart it looks for a path itself, and does not wait for the other side to.
 * - A candidate is told after the description that it belongs to.
 * - `negotiationneeded` is told when something is to be negotiated (negotiation.ts), and not after every negotiation.
 * - Of the codecs that the other side offers, those are taken that are written and read here, and not all their variants.
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
import { EarlyCandidates } from '../early-candidates.ts'
import { isNegotiationNeeded } from '../negotiation.ts'
import { overOneWay } from './bundle.ts'
import { withoutGeneration } from './candidates.ts'
import { type Codecs, codecParameters, headerExtensions, keepUsableCodecs } from './codecs.ts'
import { WeriftChannel, settleWhoBegins } from './data-channel.ts'
import { guardDatagrams } from './datagrams.ts'
import { prepareIce, reconfigure, startIceOver } from './ice.ts'
import { followKeyFrameRequests } from './key-frames.ts'
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
  readonly #candidates = new EarlyCandidates<GatheredCandidate | null>((init) => this.#tellCandidate(init))
  #toldSignalingState: RTCSignalingState = 'stable'
  #lookingWhetherNeeded = false
  /** Nothing has been negotiated since. */
  #toldNeeded = false
  #hasDataChannel = false
  #iceRestart: 'none' | 'due' | 'offered' = 'none'

  constructor({ iceServers, iceTransportPolicy = 'all' }: RTCConfiguration = {}, codecs?: Codecs) {
    super()
    this.#werift = new Werift({
      bundlePolicy: 'max-bundle',
      iceServers: iceServersOf(iceServers),
      iceTransportPolicy,
      codecs: codecParameters(codecs),
      headerExtensions: headerExtensions()
    })
    this.#werift.onNegotiationneeded.subscribe(() => this.#needNegotiation())
    this.#werift.onIceCandidate.subscribe((candidate) => this.#candidates.take(candidate ?? null))
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
    free.sender.setTrack(track)
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
    if (typeof track !== 'string') transceiver.sender.setTrack(track)
    transceiver.sender.setStreams?.(...streams)
    return transceiver
  }

  getTransceivers(): readonly WeriftTransceiver[] {
    return this.#werift.getTransceivers().map((transceiver) => this.#wrap(transceiver))
  }

  createDataChannel(label: string, options: { readonly negotiated: true; readonly id: number }): DataChannel {
    const channel = this.#werift.createDataChannel(label, { ...options })
    settleWhoBegins(channel.sctp)
    this.#hasDataChannel = true
    return new WeriftChannel(channel)
  }

  /** From the next ICE restart on. */
  setConfiguration({ iceServers, iceTransportPolicy = 'all' }: RTCConfiguration): void {
    reconfigure(this.#werift, { iceServers: iceServersOf(iceServers), iceTransportPolicy })
  }

  async setLocalDescription(description?: { readonly type: 'rollback' }): Promise<void> {
    prepareIce(this.#werift)
    await this.#candidates.during(() => this.#werift.setLocalDescription(description))
    if (this.signalingState === 'have-local-offer' && this.#iceRestart === 'due') this.#iceRestart = 'offered'
    if (description && this.#iceRestart === 'offered') this.#iceRestart = 'due'
    if (this.signalingState === 'stable') startIceOver(this.#werift)
    this.#tellSignalingState()
  }

  async setRemoteDescription(description: {
    readonly type: RTCSdpType
    readonly sdp: string
  }): Promise<void> {
    await this.#werift.setRemoteDescription({
      type: description.type,
      sdp: withoutGeneration(overOneWay(description.sdp))
    })
    // What crosses an offer of ours takes its place, and the restart that was in it is still to come.
    if (this.#iceRestart === 'offered' && description.type === 'offer') this.#iceRestart = 'due'
    if (this.#iceRestart === 'offered' && description.type === 'answer') this.#iceRestart = 'none'
    for (const transceiver of this.#werift.getTransceivers()) keepUsableCodecs(transceiver)
    guardDatagrams(this.#werift)
    followKeyFrameRequests(this.#werift, (ssrc) => {
      for (const transceiver of this.getTransceivers()) transceiver.requestKeyFrame(ssrc)
    })
    if (this.signalingState === 'stable') startIceOver(this.#werift)
    this.#tellSignalingState()
  }

  async addIceCandidate({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: Candidate): Promise<void> {
    await this.#werift.addIceCandidate({
      candidate: withoutGeneration(candidate),
      ...(sdpMid !== null && { sdpMid }),
      ...(sdpMLineIndex !== null && { sdpMLineIndex }),
      ...(usernameFragment !== null && { usernameFragment })
    })
  }

  restartIce(): void {
    this.#iceRestart = 'due'
    this.#werift.restartIce()
    // Werift does not tell of it each time.
    this.#needNegotiation()
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
    const transceiver = new WeriftTransceiver(werift, () => this.#needNegotiation())
    this.#transceivers.set(werift, transceiver)
    return transceiver
  }

  /** Once all is as the description says: werift tells of it before. */
  #tellSignalingState(): void {
    const { signalingState } = this
    if (signalingState === this.#toldSignalingState) return
    this.#toldSignalingState = signalingState
    this.#toldNeeded = false
    this.dispatchEvent(new Event('signalingstatechange'))
    if (signalingState === 'stable') this.#needNegotiation()
  }

  /** Tells of it once all that is going on has been done, if it is still true. */
  #needNegotiation(): void {
    if (this.#lookingWhetherNeeded) return
    this.#lookingWhetherNeeded = true
    setImmediate(() => {
      this.#lookingWhetherNeeded = false
      if (this.signalingState !== 'stable' || this.#connectionState === 'closed') return
      const wasTold = this.#toldNeeded
      this.#toldNeeded = this.#isNegotiationNeeded
      if (this.#toldNeeded && !wasTold) this.dispatchEvent(new Event('negotiationneeded'))
    })
  }

  get #isNegotiationNeeded(): boolean {
    return isNegotiationNeeded({
      local: this.#werift.currentLocalDescription,
      remote: this.#werift.currentRemoteDescription,
      transceivers: this.#werift.getTransceivers(),
      hasDataChannel: this.#hasDataChannel,
      isIceRestartDue: this.#iceRestart === 'due'
    })
  }

  #tellCandidate(init: GatheredCandidate | null): void {
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
