/**
 * What is shared in a call beside camera and microphone: words, files, whose screen is shown, what is muted, and
 * the code that both can compare. With partners of other protocols a screen takes the place of the camera, and
 * the rest is not there.
 */
import type { Side } from '../core/signal.ts'
import type { CallMedia } from './call-media.ts'
import { cannotSend, mediaFailure } from './errors.ts'
import type { Emit } from './events.ts'
import type { SendFileOptions } from './files.ts'
import { type MediaKind, kinds, trackOf } from './media.ts'
import { type Muted, Partner, type PartnerMessage, noWay } from './partner.ts'
import type { MediaPort } from './peer-connection.ts'
import type { Platform, Transceiver } from './platform.ts'
import type { CallEvents } from './types.ts'

export interface SharingOptions {
  readonly platform: Pick<Platform, 'MediaStream' | 'openScreen'>
  readonly media: Pick<CallMedia, 'localStream' | 'replaceTrack'>
  /** As it is now: a caller whose call is crossed becomes the callee. */
  readonly role: () => Side
  /** Whether the partner speaks the native protocol. */
  readonly isNative: boolean
  readonly emit: Emit<CallEvents>
  /** The same of what the call has for all to see from then on. */
  readonly show: Emit<CallEvents>
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

export const nothing: Muted = { audio: false, video: false }

const stop = ({ isOwn, stream }: Pick<Share, 'isOwn' | 'stream'>): void => {
  if (isOwn) for (const track of stream.getTracks()) track.stop()
}

export class CallSharing {
  readonly #options: SharingOptions
  readonly #silenced = new Set<string>()
  readonly #disabled = new Set<MediaStreamTrack>()
  #port: MediaPort | null = null
  #partner: Partner | null = null
  #accepted = false
  #ended = false
  #muted = nothing
  #remoteMuted = nothing
  #share: Share | null = null
  /** Where the partner says that its screen is. */
  #screenMid: string | null = null
  #received: readonly Transceiver[] = []
  #remoteScreen: MediaStream | null = null

  constructor(options: SharingOptions) {
    this.#options = options
  }

  // What becomes of the call

  /** A connection is made, and has described nothing yet. */
  made(port: MediaPort): void {
    const { isNative, role, emit, show } = this.#options
    this.#port = port
    this.#partner?.close()
    if (!isNative) return
    this.#partner = new Partner(port.connection, role(), {
      hear: (message) => this.#hear(message),
      file: (file) => emit('file', { file }),
      verification: (verification) => show('verification', { verification })
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
      const isSilenced = this.#silenced.has(track.kind)
      if (isSilenced && track.enabled) {
        track.enabled = false
        this.#disabled.add(track)
      } else if (!isSilenced && this.#disabled.delete(track)) track.enabled = true
    }
    const isMuted = (kind: MediaKind): boolean =>
      !tracks.some((track) => track.kind === kind && track.enabled)
    const muted = { audio: isMuted('audio'), video: isMuted('video') }
    if (muted.audio === this.#muted.audio && muted.video === this.#muted.video) return
    this.#muted = muted
    this.#partner?.tellMuted(muted)
    this.#showMuted()
  }

  /** Takes what the partner sends now, its screen perhaps. */
  receive(received: readonly Transceiver[]): void {
    this.#received = received
    this.#tellScreen()
    this.#findScreen()
  }

  /** What the partner's camera and microphone send. */
  tracks(): readonly MediaStreamTrack[] {
    const port = this.#port
    const all = port?.connection.getTransceivers().filter((transceiver) => !port.extra.has(transceiver)) ?? []
    // What comes after the first of a kind is no camera and no microphone of a native partner.
    const first = new Set(kinds.map((kind) => all.find(({ receiver }) => receiver.track.kind === kind)))
    return this.#received
      .filter((transceiver) => !this.#options.isNative || first.has(transceiver))
      .map(({ receiver }) => receiver.track)
  }

  end(): void {
    this.#ended = true
    this.#partner?.close()
    for (const track of this.#disabled) track.enabled = true
    this.#disabled.clear()
    if (this.#share) this.#giveUp(this.#share)
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
    if (!this.#partner) throw noWay()
    this.#partner.sendText(text)
  }

  async sendFile(blob: Blob, name: string, options: SendFileOptions): Promise<void> {
    if (!this.#partner) throw noWay()
    return this.#partner.sendFile(blob, name, options)
  }

  async shareScreen(given: MediaStream | undefined): Promise<MediaStream> {
    this.#insistConnected()
    const stream = given ?? (await this.#openScreen())
    const isOwn = given === undefined
    try {
      const track = trackOf(stream, 'video')
      if (!track) throw mediaFailure('There is no picture to share.')
      // While one is given up, another may have begun.
      while (this.#share) await this.stopSharing()
      await this.#begin({ stream, track, isOwn })
    } catch (error) {
      stop({ stream, isOwn })
      throw error
    }
    return stream
  }

  async stopSharing(): Promise<void> {
    const share = this.#share
    if (!share) return
    this.#giveUp(share)
    const { transceiver, camera } = share
    if (!transceiver) return this.#options.media.replaceTrack('video', camera)
    this.#partner?.say({ type: 'screen', mid: null })
    transceiver.direction = transceiver.direction === 'sendrecv' ? 'recvonly' : 'inactive'
    await transceiver.sender.replaceTrack(null)
  }

  #insistConnected(): MediaPort {
    if (this.#accepted && !this.#ended && this.#port) return this.#port
    throw mediaFailure('Share the screen while the call is connected.')
  }

  async #begin(screen: Pick<Share, 'stream' | 'track' | 'isOwn'>): Promise<void> {
    const { isNative, media, emit } = this.#options
    const { stream, track } = screen
    const port = this.#insistConnected()
    const camera = trackOf(media.localStream, 'video') ?? null
    const transceiver = isNative ? port.addTrack(track, stream) : null
    const share: Share = { ...screen, transceiver, camera, told: null }
    this.#share = share
    // The browser's own button ends it, too.
    track.addEventListener('ended', () => {
      if (this.#share !== share) return
      this.stopSharing().catch((cause: unknown) => {
        emit('problem', { error: mediaFailure(cannotSend('video'), cause) })
      })
    })
    // A section that is used again may need no negotiation.
    this.#tellScreen()
    try {
      if (!transceiver) await media.replaceTrack('video', track, true)
    } catch (error) {
      if (this.#share === share) this.#share = null
      throw error
    }
    this.#showScreens()
  }

  #giveUp(share: Share): void {
    this.#share = null
    stop(share)
    this.#showScreens()
  }

  async #openScreen(): Promise<MediaStream> {
    try {
      return await this.#options.platform.openScreen()
    } catch (cause) {
      throw mediaFailure('No screen was chosen, or none can be.', cause)
    }
  }

  // What the partner is told, and tells

  #tellScreen(): void {
    const share = this.#share
    const mid = share?.transceiver?.mid
    if (!share || !mid || mid === share.told) return
    share.told = mid
    this.#partner?.say({ type: 'screen', mid })
  }

  #hear(message: PartnerMessage): void {
    switch (message.type) {
      case 'muted': {
        const { audio, video } = message
        this.#remoteMuted = { audio, video }
        return this.#showMuted()
      }
      case 'screen':
        this.#screenMid = message.mid
        return this.#findScreen()
      default:
        return this.#options.emit('message', { text: message.text })
    }
  }

  #findScreen(): void {
    const mid = this.#screenMid
    const track =
      mid === null ? undefined : this.#received.find((received) => received.mid === mid)?.receiver.track
    if (track === trackOf(this.#remoteScreen, 'video')) return
    this.#remoteScreen = track ? new this.#options.platform.MediaStream([track]) : null
    this.#showScreens()
  }

  #showScreens(): void {
    this.#options.show('screen', { screen: this.#share?.stream ?? null, remoteScreen: this.#remoteScreen })
  }

  #showMuted(): void {
    this.#options.show('muted', { muted: this.#muted, remoteMuted: this.#remoteMuted })
  }
}
