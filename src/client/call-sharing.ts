/**
 * What is shared in a call beside camera and microphone: words, files, whose screen is shown, what is muted, and
 * the code that both can compare. With partners of other protocols a screen takes the place of the camera, and
 * the rest is not there.
 */
import type { Side } from '../core/signal.ts'
import type { CallMedia } from './call-media.ts'
import { CallError } from './errors.ts'
import type { Emit } from './events.ts'
import type { SendFileOptions } from './files.ts'
import type { MediaKind } from './media.ts'
import { type Muted, Partner } from './partner.ts'
import type { MediaPort } from './peer-connection.ts'
import type { Platform, Transceiver } from './platform.ts'
import type { CallEvents } from './types.ts'
import { type CallVerification, unavailable } from './verification.ts'

export interface SharingOptions {
  readonly platform: Pick<Platform, 'MediaStream' | 'openScreen'>
  readonly media: Pick<CallMedia, 'localStream' | 'replaceTrack'>
  /** As it is now: a caller whose call is crossed becomes the callee. */
  role(): Side
  /** Whether the partner speaks the native protocol. */
  readonly isNative: boolean
  readonly emit: Emit<CallEvents>
}

/** The screen that is shown, and what took its place or gave it up. */
interface Share {
  readonly stream: MediaStream
  readonly track: MediaStreamTrack
  /** Opened here, so stopped here. */
  readonly isOwn: boolean
  /** `null` where it is sent instead of the camera. */
  readonly transceiver: Transceiver | null
  readonly camera: MediaStreamTrack | null
  /** In which section the partner was told to look for it. */
  told: string | null
}

const kinds: readonly MediaKind[] = ['audio', 'video']
const nothing: Muted = { audio: false, video: false }

const failure = (message: string, cause?: unknown): CallError =>
  new CallError('media-failed', message, { cause })

export class CallSharing {
  readonly #options: SharingOptions
  readonly #silenced = new Set<MediaKind>()
  readonly #disabled = new Set<MediaStreamTrack>()
  #port: MediaPort | null = null
  #partner: Partner | null = null
  #accepted = false
  #ended = false
  #muted = nothing
  #remoteMuted = nothing
  #share: Share | null = null
  /** Whatever has shown a screen of this side on this connection. */
  readonly #own = new Set<Transceiver>()
  /** Where the partner says that its screen is. */
  #screenMid: string | null = null
  #received: readonly Transceiver[] = []
  #remoteScreen: MediaStream | null = null
  #verification: CallVerification

  constructor(options: SharingOptions) {
    this.#options = options
    this.#verification = options.isNative ? { state: 'pending' } : unavailable
  }

  get muted(): Muted {
    return this.#muted
  }

  get remoteMuted(): Muted {
    return this.#remoteMuted
  }

  get screen(): MediaStream | null {
    return this.#share?.stream ?? null
  }

  get remoteScreen(): MediaStream | null {
    return this.#remoteScreen
  }

  get verification(): CallVerification {
    return this.#verification
  }

  // What becomes of the call

  /** A connection is made, and has described nothing yet. */
  made(port: MediaPort): void {
    const { isNative, emit } = this.#options
    this.#port = port
    this.#own.clear()
    this.#partner?.close()
    this.#partner = new Partner(isNative ? port : null, this.#options.role(), {
      muted: (muted) => {
        this.#remoteMuted = muted
        this.#emitMuted()
      },
      screen: (mid) => {
        this.#screenMid = mid
        this.#showScreen()
      },
      text: (text) => emit('message', { text }),
      file: (file) => emit('file', { file }),
      verification: (verification) => {
        this.#verification = verification
        emit('verification', { verification })
      }
    })
    if (this.#accepted) this.#partner.accept(this.#muted)
  }

  accept(): void {
    if (this.#accepted) return
    this.#accepted = true
    this.tracksChanged()
    this.#partner?.accept(this.#muted)
  }

  /** The tracks that are sent have changed. After the end they are the app's alone. */
  tracksChanged(): void {
    if (this.#ended) return
    const tracks = this.#options.media.localStream?.getTracks() ?? []
    for (const track of tracks) {
      const isSilenced = kinds.some((kind) => kind === track.kind && this.#silenced.has(kind))
      if (isSilenced && track.enabled) {
        track.enabled = false
        this.#disabled.add(track)
      } else if (!isSilenced && this.#disabled.delete(track)) track.enabled = true
    }
    const isMuted = (kind: MediaKind): boolean =>
      this.#silenced.has(kind) || !tracks.some((track) => track.kind === kind && track.enabled)
    const muted = { audio: isMuted('audio'), video: isMuted('video') }
    if (muted.audio === this.#muted.audio && muted.video === this.#muted.video) return
    this.#muted = muted
    this.#partner?.tellMuted(muted)
    this.#emitMuted()
  }

  /** Keeps what the partner's screen may be, and answers with what its camera and microphone send. */
  receive(received: readonly Transceiver[]): readonly MediaStreamTrack[] {
    this.#received = received
    this.#tellScreen()
    this.#showScreen()
    const all = (this.#port?.transceivers() ?? []).filter((transceiver) => !this.#own.has(transceiver))
    // What comes after the first of a kind is no camera and no microphone of a native partner.
    const first = new Set(kinds.map((kind) => all.find(({ receiver }) => receiver.track.kind === kind)))
    return received
      .filter((transceiver) => !this.#options.isNative || first.has(transceiver))
      .map(({ receiver }) => receiver.track)
  }

  end(): void {
    this.#ended = true
    this.#partner?.close()
    for (const track of this.#disabled) track.enabled = true
    this.#disabled.clear()
    const share = this.#share
    this.#share = null
    if (share?.isOwn) stop(share.stream)
  }

  // What the app does

  mute(kind: MediaKind): void {
    this.#silenced.add(kind)
    this.tracksChanged()
  }

  unmute(kind: MediaKind): void {
    this.#silenced.delete(kind)
    this.tracksChanged()
  }

  sendMessage(text: string): void {
    if (this.#partner === null) throw failure('This call has no media now: write while it is connected.')
    this.#partner.sendText(text)
  }

  sendFile(blob: Blob, name: string, options: SendFileOptions): Promise<void> {
    return (
      this.#partner?.sendFile(blob, name, options) ??
      Promise.reject(failure('This call has no media now: send files while it is connected.'))
    )
  }

  async shareScreen(given: MediaStream | undefined): Promise<MediaStream> {
    if (!this.#accepted) throw failure('Share the screen while the call is connected.')
    const stream = given ?? (await this.#openScreen())
    const isOwn = given === undefined
    try {
      const track = videoOf(stream)
      if (track === undefined) throw failure('There is no picture in what is to be shared.')
      // While one is given up, another may have begun.
      while (this.#share !== null) await this.stopSharing()
      await this.#show({ stream, track, isOwn })
    } catch (error) {
      if (isOwn) stop(stream)
      throw error
    }
    return stream
  }

  async stopSharing(): Promise<void> {
    const share = this.#share
    if (share === null) return
    this.#share = null
    if (share.isOwn) stop(share.stream)
    this.#emitScreen()
    if (share.transceiver === null) return this.#options.media.replaceTrack('video', share.camera)
    this.#partner?.tellScreen(null)
    await this.#port?.removeTrack(share.transceiver)
  }

  async #show(screen: Pick<Share, 'stream' | 'track' | 'isOwn'>): Promise<void> {
    const { isNative, media } = this.#options
    const { stream, track } = screen
    if (this.#ended) throw failure('The call has ended.')
    const port = this.#port
    if (port === null) throw failure('This call has no media now: share the screen while it is connected.')
    const camera = videoOf(media.localStream) ?? null
    const transceiver = isNative ? port.addTrack(track, stream) : null
    if (transceiver) this.#own.add(transceiver)
    const share: Share = { ...screen, transceiver, camera, told: null }
    this.#share = share
    // The browser's own button ends it, too.
    track.addEventListener('ended', () => {
      if (this.#share === share) void this.stopSharing()
    })
    // A section that is used again may need no negotiation.
    this.#tellScreen()
    if (transceiver === null) await this.#replaceCamera(share)
    this.#emitScreen()
  }

  async #replaceCamera(share: Share): Promise<void> {
    try {
      await this.#options.media.replaceTrack('video', share.track)
    } catch (error) {
      if (this.#share === share) this.#share = null
      throw error
    }
  }

  async #openScreen(): Promise<MediaStream> {
    try {
      return await this.#options.platform.openScreen()
    } catch (cause) {
      throw failure('No screen was chosen, or this browser does not let one be shared.', cause)
    }
  }

  #tellScreen(): void {
    const share = this.#share
    const mid = share?.transceiver?.mid ?? null
    if (share === null || mid === null || mid === share.told) return
    share.told = mid
    this.#partner?.tellScreen(mid)
  }

  #showScreen(): void {
    const mid = this.#screenMid
    const transceiver = mid === null ? undefined : this.#received.find((received) => received.mid === mid)
    const track = transceiver?.receiver.track ?? null
    const shown = this.#remoteScreen?.getTracks()[0] ?? null
    if (track === shown) return
    this.#remoteScreen = track && new this.#options.platform.MediaStream([track])
    this.#emitScreen()
  }

  #emitScreen(): void {
    this.#options.emit('screen', { screen: this.screen, remoteScreen: this.#remoteScreen })
  }

  #emitMuted(): void {
    this.#options.emit('muted', { muted: this.#muted, remoteMuted: this.#remoteMuted })
  }
}

const videoOf = (stream: MediaStream | null): MediaStreamTrack | undefined =>
  stream?.getTracks().find(({ kind }) => kind === 'video')

const stop = (stream: MediaStream): void => {
  for (const track of stream.getTracks()) track.stop()
}
