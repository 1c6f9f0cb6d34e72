/** Runs one leg of a call: performs its effects on the line and on the media, and tells the app. */
import { unreachable } from '../core/codec.ts'
import {
  type Deadline,
  type Leg,
  type LegEffect,
  type LegEvent,
  placeCall,
  receiveCall,
  stepLeg
} from '../core/leg.ts'
import type { ClientMessage, Side } from '../core/signal.ts'
import type { NativeServerMessage } from '../dialects/native-client.ts'
import { CallMedia } from './call-media.ts'
import { CallSharing, nothing } from './call-sharing.ts'
import { Delivery, isNative } from './delivery.ts'
import { mediaFailure } from './errors.ts'
import { type Emit, type Typed, emitterOf } from './events.ts'
import type { SendFileOptions } from './files.ts'
import { inOrder, timersOn } from './in-order.ts'
import type { MediaKind } from './media.ts'
import type { Platform } from './platform.ts'
import { type Quality, qualityOf } from './quality.ts'
import type { Call, CallEvents, CallPhase, ConnectOptions, EndReason, Media, Peer } from './types.ts'
import { type CallVerification, pending, unavailable } from './verification.ts'

/** What a call asks of the line that it is on. */
export interface CallSurroundings {
  readonly platform: Platform
  readonly options: ConnectOptions
  readonly send: (message: ClientMessage) => void
  /** It is over as far as this side is concerned. Until it has a reason it waits to hear why; then the app is told. */
  readonly over: (call: ActiveCall) => void
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

const isAccepted = ({ phase }: Leg): boolean => phase === 'connecting' || phase === 'connected'

export class ActiveCall extends EventTarget implements Call {
  declare addEventListener: Typed<CallEvents>['addEventListener']
  declare removeEventListener: Typed<CallEvents>['removeEventListener']
  readonly peer: Peer
  readonly direction: Call['direction']
  readonly remoteStream: MediaStream
  /** As the app sees it: to end is no phase of its own. */
  phase: CallPhase
  interrupted = false
  endReason: EndReason | null = null
  connectedAt: number | null = null
  muted = nothing
  remoteMuted = nothing
  screen: MediaStream | null = null
  remoteScreen: MediaStream | null = null
  verification: CallVerification
  readonly #around: CallSurroundings
  readonly #emit = emitterOf<CallEvents>(this)
  readonly #setTimer
  readonly #media: CallMedia
  readonly #sharing: CallSharing
  readonly #over = new AbortController()
  readonly #firstEffects: readonly LegEffect[]
  #leg: Leg
  #signals: Delivery

  /** Without an invite this side is the caller. */
  constructor(around: CallSurroundings, peer: Peer, invite: Invite | null) {
    super()
    const { platform, options } = around
    const native = isNative(peer)
    this.#around = around
    this.#setTimer = timersOn<Deadline>(platform)
    this.peer = peer
    this.direction = invite ? 'incoming' : 'outgoing'
    this.remoteStream = new platform.MediaStream()
    this.verification = native ? pending : unavailable
    this.#signals = new Delivery(around, invite ? invite.call : platform.newCallId(), peer)
    this.#media = new CallMedia(
      {
        platform,
        options,
        bundles: native,
        ask: () => around.send({ type: 'ice-servers', call: this.id }),
        made: (port) => this.#sharing.made(port),
        hear: (event) => this.take(event),
        receive: (received) => {
          this.#sharing.receive(received)
          this.#showTracks()
        },
        // A moment later, for one who has only just been given this call.
        report: (reason, cause) =>
          queueMicrotask(() => this.#emit('problem', { error: mediaFailure(reason, cause) }))
      },
      invite?.iceServers ?? null
    )
    this.#sharing = new CallSharing({
      platform,
      media: this.#media,
      role: () => this.#leg.role,
      isNative: native,
      emit: this.#emit,
      show: this.#show
    })
    const prepares = invite?.prepares ? this.#media.preparation : 'no'
    const [leg, effects] = invite ? receiveCall(invite.description, { native, prepares }) : placeCall(native)
    this.#leg = leg
    this.phase = invite ? 'ringing' : 'calling'
    this.#firstEffects = effects
  }

  /** Begins it, a caller with what it sends. Called once, by the line that by now has it as its current call. */
  start(media?: Media): void {
    if (media !== undefined) void this.#send(media)
    for (const effect of this.#firstEffects) this.#perform(effect)
  }

  get id(): string {
    return this.#signals.call
  }

  get localStream(): MediaStream | null {
    return this.#media.localStream
  }

  async accept({
    media = this.#around.options.media ?? null
  }: { readonly media?: Media } = {}): Promise<void> {
    if (!this.isRinging('callee', this.peer)) return
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

  /**
   * Whether it waits for its callee's answer, with this side in this role and this peer at the other. A caller's is
   * crossed by an invite of its peer, and a callee's is answered by calling its peer.
   */
  isRinging(role: Side, { id }: Peer): boolean {
    const { phase } = this.#leg
    return (phase === 'calling' || phase === 'ringing') && this.#leg.role === role && id === this.peer.id
  }

  /** The peer's own invite has won: this becomes its call, and is accepted at once. */
  cross({ call, description, iceServers }: Invite): void {
    // Should the winner give up before our invite arrives, that one would begin a call of its own.
    this.#signals.say({ type: 'hang-up', reason: 'hung-up' })
    this.#signals.close()
    this.#signals = new Delivery(this.#around, call, this.peer)
    this.#media.close()
    this.#media.takeIceServers(iceServers)
    this.take({ type: 'crossed', description })
  }

  /** Takes what the server says about this call. */
  hear(message: CallMessage): void {
    // With an invite, the server had forgotten the call, and its caller has told it anew.
    if ('iceServers' in message) this.#media.takeIceServers(message.iceServers)
    if (message.type === 'received') this.#signals.confirmed(message.seq)
    else if (message.type !== 'ice-servers' && this.#signals.takes(message)) this.take(message)
  }

  /** Takes one event; what follows from it is done, and told, before the next. */
  readonly take = inOrder((event: LegEvent) => {
    const before = this.#leg.phase
    const [leg, effects] = stepLeg(this.#leg, event)
    this.#leg = leg
    // Before its tracks go, so that whoever sees that knows why.
    if (leg.phase === 'ended') this.endReason = leg.reason
    for (const effect of effects) this.#perform(effect)
    if (event.type === 'signed-in-anew') this.#media.askAgain()
    const interrupted = leg.phase === 'connected' && leg.interrupted
    if (interrupted !== this.interrupted) this.#show('interrupted', { interrupted })
    if (leg.phase !== before) this.#enter(leg)
  })

  /** Tells what from now on is to be seen here. */
  readonly #show: Emit<CallEvents> = (type, detail) => {
    Object.assign(this, detail)
    this.#emit(type, detail)
  }

  #enter(leg: Leg): void {
    if (leg.phase === 'connected') this.connectedAt ??= this.#around.platform.now()
    if (isAccepted(leg)) this.#sharing.accept()
    if ('reason' in leg) {
      this.#over.abort()
      this.#signals.close()
      this.#sharing.end()
      this.#media.end()
      this.#around.over(this)
    }
    if (leg.phase === 'ending') return
    this.phase = leg.phase
    this.#showTracks()
    this.#emit('phase', { phase: leg.phase })
    if (leg.phase === 'ended') this.#emit('ended', { reason: leg.reason })
  }

  #perform(effect: LegEffect): void {
    const media = this.#media
    const signals = this.#signals
    switch (effect.type) {
      case 'say':
        if (effect.message.type === 'ice-restart') media.expectRestart()
        return signals.say(effect.message)
      case 'hold-signals':
        return signals.hold()
      case 'say-again':
        return signals.sayAgain(effect.all)
      case 'open-media':
        return this.#open()
      case 'attach-media':
        return media.attach()
      case 'release-candidates':
        return media.release()
      case 'close-media':
        media.close()
        this.#sharing.receive([])
        return this.#showTracks()
      case 'apply':
        return media.connection?.take(effect.heard)
      case 'restart-ice':
        return media.restartIce()
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
      prepares: phase === 'ringing' ? this.#media.preparation : 'no'
    })
  }

  async #send(media: Media): Promise<void> {
    await this.#media.send(media)
    this.#sharing.tracksChanged()
  }

  /** What comes in before the accept is shown to a callee that wants to see its caller, and to nobody else. */
  #showTracks(): void {
    const leg = this.#leg
    const isPreview = leg.phase === 'ringing' && leg.role === 'callee' && this.#around.options.previewCaller
    const tracks = isAccepted(leg) || isPreview ? this.#sharing.tracks() : []
    const stream = this.remoteStream
    const shown = stream.getTracks()
    const gone = shown.filter((track) => !tracks.includes(track))
    const come = tracks.filter((track) => !shown.includes(track))
    for (const track of gone) stream.removeTrack(track)
    for (const track of come) stream.addTrack(track)
    if (gone.length + come.length > 0) this.#emit('remote', { stream })
  }
}
