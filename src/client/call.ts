/** Runs one leg of a call: performs its effects on the line and on the media, and tells the app. */
import { unreachable } from '../core/codec.ts'
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
import type { CallId, ClientMessage, IceServer } from '../core/signal.ts'
import type { NativeServerMessage } from '../dialects/native-client.ts'
import { CallError } from './errors.ts'
import { type Typed, emitterOf } from './events.ts'
import type { MediaKind } from './media.ts'
import { OwnMedia } from './own-media.ts'
import { MediaConnection, type MediaEvent, type MediaPort } from './peer-connection.ts'
import type { Platform } from './platform.ts'
import type { Call, CallEvents, CallPhase, EndReason, Media, Peer } from './types.ts'

/** What a call asks of the line that it is on. */
export interface CallSurroundings {
  readonly platform: Platform
  /** The app's own. */
  readonly iceServers: readonly RTCIceServer[]
  readonly iceTransportPolicy: RTCIceTransportPolicy
  /** What is sent in calls that say nothing else. */
  readonly media: Media
  send(message: ClientMessage): void
  /** The call has ended; told before the app is. */
  ended(): void
}

interface Parties {
  readonly id: CallId
  readonly peer: Peer
  readonly direction: Call['direction']
  readonly media: Media
  /** The server's; `null` while they have to be asked for. */
  readonly iceServers: readonly IceServer[] | null
}

type Said<T extends NativeServerMessage['type']> = Extract<NativeServerMessage, { type: T }>
export type Invite = Said<'invite'>

export class ActiveCall extends EventTarget implements Call {
  declare addEventListener: Typed<CallEvents>['addEventListener']
  declare removeEventListener: Typed<CallEvents>['removeEventListener']
  readonly peer: Peer
  readonly direction: Call['direction']
  readonly remoteStream: MediaStream
  readonly #around: CallSurroundings
  readonly #emit = emitterOf<CallEvents>(this)
  readonly #own: OwnMedia
  readonly #deadlines = new Map<Deadline, () => void>()
  readonly #firstEffects: readonly LegEffect[]
  readonly #events: LegEvent[] = []
  #stepping = false
  #id: CallId
  #leg: Leg
  #iceServers: readonly IceServer[] | null
  /** The media is to be opened as soon as there are ICE servers. */
  #asking = false
  /** Under way while devices open. */
  #opening: Promise<CallError | null> | null
  #media: MediaConnection | null = null
  #connectedAt: number | null = null

  static place(around: CallSurroundings, peer: Peer, media: Media): ActiveCall {
    const id = around.platform.newCallId()
    return new ActiveCall(around, { id, peer, media, direction: 'outgoing', iceServers: null }, placeCall())
  }

  static receive(around: CallSurroundings, invite: Invite): ActiveCall {
    const { call: id, from: peer, iceServers, description } = invite
    const parties = { id, peer, media: null, direction: 'incoming', iceServers } as const
    return new ActiveCall(around, parties, receiveCall(description))
  }

  constructor(around: CallSurroundings, parties: Parties, [leg, effects]: LegStep) {
    super()
    this.#around = around
    this.#id = parties.id
    this.peer = parties.peer
    this.direction = parties.direction
    this.remoteStream = new around.platform.MediaStream()
    this.#iceServers = parties.iceServers
    this.#own = new OwnMedia(around.platform)
    this.#opening = this.#own.open(parties.media)
    this.#leg = leg
    this.#firstEffects = effects
  }

  /** Begins it. Called once, by the line that by now has it as its current call. */
  start(): void {
    for (const effect of this.#firstEffects) this.#perform(effect)
  }

  get id(): string {
    return this.#id
  }

  get phase(): CallPhase {
    return this.#leg.phase
  }

  get endReason(): EndReason | null {
    return this.#leg.phase === 'ended' ? this.#leg.reason : null
  }

  get localStream(): MediaStream | null {
    const { stream } = this.#own
    return stream.getTracks().length > 0 ? stream : null
  }

  get interrupted(): boolean {
    return this.#leg.phase === 'connected' && this.#leg.interrupted
  }

  get connectedAt(): number | null {
    return this.#connectedAt
  }

  async accept({ media = this.#around.media }: { readonly media?: Media } = {}): Promise<void> {
    if (this.#leg.phase !== 'ringing' || this.#leg.role !== 'callee') return
    this.#opening = this.#own.open(media)
    this.take({ type: 'accepted' })
    await this.#attach()
  }

  decline(reason: 'declined' | 'busy' = 'declined'): void {
    this.take({ type: 'declined', reason })
  }

  hangUp(): void {
    this.take({ type: 'hung-up' })
  }

  async replaceTrack(kind: MediaKind, track: MediaStreamTrack | null): Promise<void> {
    this.#own.replace(kind, track)
    try {
      await this.#media?.replaceTrack(kind, track, this.#own.stream)
    } catch (cause) {
      throw new CallError('media-failed', `The call cannot send this ${kind} track: try another.`, { cause })
    }
  }

  getStats(): Promise<RTCStatsReport> {
    return (
      this.#media?.getStats() ??
      Promise.reject(new CallError('no-media', 'This call has no media now: ask while it connects or talks.'))
    )
  }

  /** For the parts of a call that need more of its connection; `null` while there is none. */
  get port(): MediaPort | null {
    return this.#media
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
    this.#around.send({ type: 'hang-up', call: this.#id, reason: 'hung-up' })
    this.#id = call
    this.#iceServers = iceServers
    this.take({ type: 'invite-received', description })
  }

  /** The answer to having asked for them. */
  takeIceServers(iceServers: readonly IceServer[]): void {
    this.#iceServers = iceServers
    if (this.#asking) this.#openMedia(iceServers)
  }

  /** Takes one event; what follows from it is done, and told, before the next. */
  take(event: LegEvent): void {
    this.#events.push(event)
    if (this.#stepping) return
    this.#stepping = true
    try {
      for (let next = this.#events.shift(); next; next = this.#events.shift()) this.#step(next)
    } finally {
      this.#stepping = false
    }
  }

  #step(event: LegEvent): void {
    const { phase } = this.#leg
    const { interrupted } = this
    const [leg, effects] = stepLeg(this.#leg, event)
    this.#leg = leg
    for (const effect of effects) this.#perform(effect)
    if (this.interrupted !== interrupted) this.#emit('interrupted', { interrupted: !interrupted })
    if (leg.phase === phase) return
    if (leg.phase === 'connected') this.#connectedAt ??= this.#around.platform.now()
    if (leg.phase === 'ended') {
      this.#own.close()
      this.#around.ended()
    }
    this.#emit('phase', { phase: leg.phase })
    if (leg.phase === 'ended') this.#emit('ended', { reason: leg.reason })
  }

  #perform(effect: LegEffect): void {
    switch (effect.type) {
      case 'open-media':
        return this.#begin()
      case 'close-media':
        return this.#closeMedia()
      case 'apply-description':
        return this.#media?.applyDescription(effect.description)
      case 'apply-candidate':
        return this.#media?.applyCandidate(effect.candidate)
      case 'restart-ice':
        return this.#media?.restartIce()
      case 'set-deadline':
        return this.#setDeadline(effect.deadline, effect.afterMs)
      case 'clear-deadline':
        return this.#deadlines.get(effect.deadline)?.()
      default:
        return this.#around.send(this.#worded(effect))
    }
  }

  #worded(effect: Extract<LegEffect, { type: `send-${string}` }>): ClientMessage {
    const call = this.#id
    switch (effect.type) {
      case 'send-invite':
        return { type: 'invite', call, to: { by: 'id', id: this.peer.id }, description: effect.description }
      case 'send-ringing':
        return { type: 'ringing', call }
      case 'send-accept':
        return { type: 'accept', call, description: effect.description }
      case 'send-description':
        return { type: 'description', to: { by: 'call', call }, description: effect.description }
      case 'send-candidate':
        return { type: 'candidate', to: { by: 'call', call }, candidate: effect.candidate }
      case 'send-decline':
        return { type: 'decline', call, reason: effect.reason }
      case 'send-hang-up':
        return { type: 'hang-up', call, reason: effect.reason }
      default:
        return unreachable(effect)
    }
  }

  /** Sends what the devices give, once they are open. */
  async #attach(): Promise<void> {
    const problem = await this.#opening
    if (problem) this.#emit('problem', { error: problem })
    const { stream } = this.#own
    for (const track of stream.getTracks()) {
      await this.#media?.replaceTrack(track.kind === 'audio' ? 'audio' : 'video', track, stream)
    }
  }

  #begin(): void {
    if (this.#iceServers !== null) return this.#openMedia(this.#iceServers)
    this.#asking = true
    this.#around.send({ type: 'ice-servers', call: this.#id })
  }

  #openMedia(offered: readonly IceServer[]): void {
    this.#asking = false
    const { platform, iceTransportPolicy } = this.#around
    const iceServers = [
      ...this.#around.iceServers,
      ...offered.map(({ urls, ...proof }) => ({ urls: [...urls], ...proof }))
    ]
    const { role } = this.#leg
    // Older dialects know no glare: somebody has to yield, and it cannot be they.
    const polite = role === 'callee' || this.peer.dialect !== 'native'
    try {
      const connection = new platform.RTCPeerConnection({ iceServers, iceTransportPolicy })
      this.#media = new MediaConnection(connection, polite, (event) => this.#hearMedia(event))
      this.#media.open(this.localStream, role === 'caller')
    } catch (cause) {
      this.#report('No connection can be opened here: check `iceServers`.', cause)
      this.take({ type: 'media-gave-up' })
    }
  }

  #closeMedia(): void {
    this.#asking = false
    this.#media?.close()
    this.#media = null
    this.#showTracks([])
  }

  #hearMedia(event: MediaEvent): void {
    switch (event.type) {
      case 'tracks-changed':
        return this.#showTracks(event.tracks)
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

  #showTracks(tracks: readonly MediaStreamTrack[]): void {
    const shown = this.remoteStream.getTracks()
    const gone = shown.filter((track) => !tracks.includes(track))
    const come = tracks.filter((track) => !shown.includes(track))
    for (const track of gone) this.remoteStream.removeTrack(track)
    for (const track of come) this.remoteStream.addTrack(track)
    if (gone.length + come.length > 0) this.#emit('remote', { stream: this.remoteStream })
  }

  #setDeadline(deadline: Deadline, afterMs: number): void {
    this.#deadlines.get(deadline)?.()
    const cancel = this.#around.platform.after(afterMs, () =>
      this.take({ type: 'deadline-passed', deadline })
    )
    this.#deadlines.set(deadline, cancel)
  }
}
