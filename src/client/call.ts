/** Runs one leg of a call: performs its effects on the line and on the media, and tells the app. */
import type { NativeServerMessage } from '../dialects/native-client.ts'
import {
  type Deadline,
  type Leg,
  type LegEffect,
  type LegEvent,
  type LegStep,
  placeCall,
  receiveCall,
  stepLeg
} from '../core/leg.ts'
import { unreachable } from '../core/codec.ts'
import type { CallId, ClientMessage, IceServer } from '../core/signal.ts'
import { CallMedia } from './call-media.ts'
import { CallSharing } from './call-sharing.ts'
import { Delivery, isNative } from './delivery.ts'
import { type SetTimer, inOrder, timersOn } from './in-order.ts'
import { CallError } from './errors.ts'
import { type Typed, emitterOf } from './events.ts'
import type { SendFileOptions } from './files.ts'
import type { MediaKind } from './media.ts'
import type { Muted } from './partner.ts'
import type { MediaEvent } from './peer-connection.ts'
import type { Platform, Transceiver } from './platform.ts'
import { type Quality, qualityOf } from './quality.ts'
import type { Call, CallEvents, CallPhase, EndReason, InstantAnswer, Media, Peer } from './types.ts'
import type { CallVerification } from './verification.ts'

/** What a call asks of the line that it is on. */
export interface CallSurroundings {
  readonly platform: Platform
  /** The app's own. */
  readonly iceServers: readonly RTCIceServer[]
  readonly iceTransportPolicy: RTCIceTransportPolicy
  readonly instantAnswer: InstantAnswer
  readonly previewCaller: boolean
  /** What is sent in calls that say nothing else. */
  readonly media: Media
  send(message: ClientMessage): void
  /** It is over as far as this side is concerned, and waits to hear why. */
  ending(call: ActiveCall): void
  /** It has ended; told before the app is. */
  ended(call: ActiveCall): void
}

interface Parties {
  readonly id: CallId
  readonly peer: Peer
  readonly direction: Call['direction']
  /** The server's; `null` while they have to be asked for. */
  readonly iceServers: readonly IceServer[] | null
}

type Said<T extends NativeServerMessage['type']> = Extract<NativeServerMessage, { type: T }>
export type Invite = Said<'invite'>
/** What a server says about a call that there is; an invite is one to this very call. */
export type CallMessage = Said<
  | 'prepare'
  | 'accept'
  | 'description'
  | 'candidate'
  | 'ice-restart'
  | 'invite'
  | 'ice-servers'
  | 'ringing'
  | 'received'
  | 'rejoined'
  | 'ended'
>

export class ActiveCall extends EventTarget implements Call {
  declare addEventListener: Typed<CallEvents>['addEventListener']
  declare removeEventListener: Typed<CallEvents>['removeEventListener']
  readonly peer: Peer
  readonly direction: Call['direction']
  readonly remoteStream: MediaStream
  readonly #around: CallSurroundings
  readonly #emit = emitterOf<CallEvents>(this)
  readonly #setTimer: SetTimer<Deadline>
  readonly #media: CallMedia
  readonly #sharing: CallSharing
  readonly #over = new AbortController()
  readonly #firstEffects: readonly LegEffect[]
  #leg: Leg
  /** As the app sees it: to end is no phase of its own. */
  #phase: CallPhase
  #signals: Delivery
  #received: readonly Transceiver[] = []
  #connectedAt: number | null = null

  static place(around: CallSurroundings, peer: Peer, media: Media): ActiveCall {
    const id = around.platform.newCallId()
    const parties = { id, peer, direction: 'outgoing', iceServers: null } as const
    const call = new ActiveCall(around, parties, () => placeCall(isNative(peer)))
    void call.#send(media)
    return call
  }

  static receive(around: CallSurroundings, invite: Invite): ActiveCall {
    const { call: id, from: peer, iceServers, description } = invite
    const parties = { id, peer, direction: 'incoming', iceServers } as const
    return new ActiveCall(around, parties, (media) => {
      const prepares = invite.prepares ? media.preparation(around.instantAnswer) : 'no'
      return receiveCall(description, { native: isNative(peer), prepares })
    })
  }

  constructor(around: CallSurroundings, parties: Parties, begin: (media: CallMedia) => LegStep) {
    super()
    const { platform, iceServers, iceTransportPolicy } = around
    this.#around = around
    this.#setTimer = timersOn(platform)
    this.peer = parties.peer
    this.direction = parties.direction
    this.remoteStream = new platform.MediaStream()
    this.#signals = new Delivery(around, parties.id, parties.peer)
    this.#media = new CallMedia(
      {
        platform,
        iceServers,
        iceTransportPolicy,
        bundles: isNative(parties.peer),
        ask: () => around.send({ type: 'ice-servers', call: this.#signals.call }),
        made: (port) => this.#sharing.made(port),
        hear: (event) => this.#hearMedia(event)
      },
      parties.iceServers
    )
    this.#sharing = new CallSharing({
      platform,
      media: this.#media,
      role: () => this.#leg.role,
      isNative: isNative(parties.peer),
      emit: this.#emit
    })
    const [leg, effects] = begin(this.#media)
    this.#leg = leg
    this.#phase = leg.phase === 'ending' ? 'ended' : leg.phase
    this.#firstEffects = effects
  }

  /** Begins it. Called once, by the line that by now has it as its current call. */
  start(): void {
    for (const effect of this.#firstEffects) this.#perform(effect)
  }

  get id(): string {
    return this.#signals.call
  }

  get phase(): CallPhase {
    return this.#phase
  }

  get endReason(): EndReason | null {
    return this.#leg.phase === 'ended' ? this.#leg.reason : null
  }

  get localStream(): MediaStream | null {
    return this.#media.localStream
  }

  get interrupted(): boolean {
    return this.#leg.phase === 'connected' && this.#leg.interrupted
  }

  get connectedAt(): number | null {
    return this.#connectedAt
  }

  async accept({ media = this.#around.media }: { readonly media?: Media } = {}): Promise<void> {
    if (this.#leg.phase !== 'ringing' || this.#leg.role !== 'callee') return
    const opened = this.#send(media)
    this.take({ type: 'accepted' })
    await opened
  }

  decline(reason: 'declined' | 'busy' = 'declined'): void {
    this.take({ type: 'declined', reason })
  }

  hangUp(): void {
    this.take({ type: 'hung-up' })
  }

  async replaceTrack(kind: MediaKind, track: MediaStreamTrack | null): Promise<void> {
    await this.#media.replaceTrack(kind, track)
    this.#sharing.tracksChanged()
  }

  get muted(): Muted {
    return this.#sharing.muted
  }

  get remoteMuted(): Muted {
    return this.#sharing.remoteMuted
  }

  get screen(): MediaStream | null {
    return this.#sharing.screen
  }

  get remoteScreen(): MediaStream | null {
    return this.#sharing.remoteScreen
  }

  get verification(): CallVerification {
    return this.#sharing.verification
  }

  mute(kind: MediaKind): void {
    this.#sharing.mute(kind)
  }

  unmute(kind: MediaKind): void {
    this.#sharing.unmute(kind)
  }

  shareScreen(stream?: MediaStream): Promise<MediaStream> {
    return this.#sharing.shareScreen(stream)
  }

  stopSharing(): Promise<void> {
    return this.#sharing.stopSharing()
  }

  sendMessage(text: string): void {
    this.#sharing.sendMessage(text)
  }

  sendFile(file: Blob & { readonly name?: string }, options: SendFileOptions = {}): Promise<void> {
    return this.#sharing.sendFile(file, file.name ?? 'file', options)
  }

  quality({ everyMs = 2_000 }: { readonly everyMs?: number } = {}): AsyncGenerator<Quality, void, void> {
    return qualityOf(this.#around.platform, { media: this.#media, over: this.#over.signal, everyMs })
  }

  getStats(): Promise<RTCStatsReport> {
    return this.#media.getStats()
  }

  /** Whether an invite of the peer that is called here would cross this one. */
  isCalling(peer: Peer): boolean {
    const { role, phase } = this.#leg
    return role === 'caller' && (phase === 'calling' || phase === 'ringing') && peer.id === this.peer.id
  }

  /** Whether calling this peer would be the answer to its call. */
  isRungBy(peer: Peer): boolean {
    const { role, phase } = this.#leg
    return role === 'callee' && phase === 'ringing' && peer.id === this.peer.id
  }

  /** The peer's own invite has won: this becomes its call, and is accepted at once. */
  cross({ call, description, iceServers }: Invite): void {
    // Should the winner give up before our invite arrives, that one would begin a call of its own.
    this.#around.send({ type: 'hang-up', call: this.#signals.call, reason: 'hung-up' })
    this.#signals.close()
    this.#signals = new Delivery(this.#around, call, this.peer)
    this.#media.close()
    this.#media.takeIceServers(iceServers)
    this.take({ type: 'crossed', description })
  }

  /** Takes what the server says about this call. */
  hear(message: CallMessage): void {
    switch (message.type) {
      case 'invite':
        // The server had forgotten the call, and its caller has told it anew.
        this.#media.takeIceServers(message.iceServers)
        return this.take(message)
      case 'ice-servers':
        return this.#media.takeIceServers(message.iceServers)
      case 'received':
        return this.#signals.confirmed(message.seq)
      default:
        if (this.#signals.takes(message)) this.take(message)
    }
  }

  /** Takes one event; what follows from it is done, and told, before the next. */
  readonly take = inOrder((event: LegEvent) => this.#step(event))

  #step(event: LegEvent): void {
    const { interrupted } = this
    const before = this.#leg.phase
    const [leg, effects] = stepLeg(this.#leg, event)
    this.#leg = leg
    for (const effect of effects) this.#perform(effect)
    if (event.type === 'signed-in-anew') this.#media.askAgain()
    if (this.interrupted !== interrupted) this.#emit('interrupted', { interrupted: !interrupted })
    if (leg.phase !== before) this.#enter(leg)
  }

  #enter(leg: Leg): void {
    if (leg.phase === 'connected') this.#connectedAt ??= this.#around.platform.now()
    if (leg.phase === 'connecting' || leg.phase === 'connected') this.#sharing.accept()
    if (leg.phase === 'ending' || leg.phase === 'ended') this.#close()
    if (leg.phase === 'ending') return this.#around.ending(this)
    if (leg.phase === 'ended') this.#around.ended(this)
    this.#phase = leg.phase
    this.#showTracks()
    this.#emit('phase', { phase: leg.phase })
    if (leg.phase === 'ended') this.#emit('ended', { reason: leg.reason })
  }

  #perform(effect: LegEffect): void {
    switch (effect.type) {
      case 'say':
        if (effect.message.type === 'ice-restart') this.#media.expectRestart()
        return this.#signals.say(effect.message)
      case 'hold-signals':
        return this.#signals.hold()
      case 'say-again':
        return this.#signals.sayAgain(effect.all)
      case 'open-media':
        return this.#open()
      case 'attach-media':
        return this.#media.attach()
      case 'release-candidates':
        return this.#media.release()
      case 'close-media':
        this.#media.close()
        return this.#hearMedia({ type: 'tracks-changed', received: [] })
      case 'apply':
        return this.#media.connection?.apply(effect.heard)
      case 'restart-ice':
        return this.#media.restartIce()
      case 'set-deadline':
        return this.#setTimer(effect.deadline, effect.afterMs, () =>
          this.take({ type: 'deadline-passed', deadline: effect.deadline })
        )
      default:
        return unreachable(effect)
    }
  }

  #open(): void {
    const { role, phase } = this.#leg
    this.#media.open({
      role,
      // Older dialects know no glare: somebody has to yield, and it cannot be they.
      polite: role === 'callee' || !isNative(this.peer),
      prepares: phase === 'ringing' ? this.#media.preparation(this.#around.instantAnswer) : 'no'
    })
  }

  async #send(media: Media): Promise<void> {
    await this.#media.send(media)
    this.#sharing.tracksChanged()
  }

  /** Nothing of it is to go on. */
  #close(): void {
    this.#over.abort()
    this.#signals.close()
    this.#sharing.end()
    this.#media.end()
  }

  #hearMedia(event: MediaEvent): void {
    switch (event.type) {
      case 'tracks-changed':
        this.#received = event.received
        return this.#showTracks()
      case 'problem-met':
        return this.#report(event.reason, event.cause)
      default:
        return this.take(event)
    }
  }

  /** A moment later, for one who has only just been given this call. */
  #report(message: string, cause: unknown): void {
    const error = new CallError('media-failed', message, { cause })
    queueMicrotask(() => this.#emit('problem', { error }))
  }

  /** What comes in before the accept is shown to a callee that wants to see its caller, and to nobody else. */
  #showTracks(): void {
    const { role, phase } = this.#leg
    const accepted = phase === 'connecting' || phase === 'connected'
    const cameraAndMicrophone = this.#sharing.receive(this.#received)
    const isVisible = accepted || (phase === 'ringing' && role === 'callee' && this.#around.previewCaller)
    const tracks = isVisible ? cameraAndMicrophone : []
    const shown = this.remoteStream.getTracks()
    const gone = shown.filter((track) => !tracks.includes(track))
    const come = tracks.filter((track) => !shown.includes(track))
    for (const track of gone) this.remoteStream.removeTrack(track)
    for (const track of come) this.remoteStream.addTrack(track)
    if (gone.length + come.length > 0) this.#emit('remote', { stream: this.remoteStream })
  }
}
