/**
 * All media of one call: the devices or tracks that are sent, the connection that carries them, and the ICE
 * servers that help it. The leg says when; this does it, and reports what becomes of it.
 */
import type { Preparation } from '../core/leg.ts'
import type { IceServer, Side } from '../core/signal.ts'
import { CallError, cannotSend, mediaFailure } from './errors.ts'
import { type MediaKind, kinds, openMedia, trackOf } from './media.ts'
import { MediaConnection, type MediaHandlers, type MediaPort } from './peer-connection.ts'
import type { Platform } from './platform.ts'
import type { ConnectOptions, Media } from './types.ts'

export interface CallMediaOptions extends MediaHandlers {
  readonly platform: Platform
  /** The app's own servers, and its policies. */
  readonly options: Pick<ConnectOptions, 'iceServers' | 'iceTransportPolicy' | 'instantAnswer'>
  /**
   * All media on one transport from the first offer on, as with every native partner. Firefox against Firefox
   * otherwise loses one direction in every other ICE restart that the callee begins.
   */
  readonly bundles: boolean
  /** Asks the server for its ICE servers. */
  readonly ask: () => void
  /** A connection is made, and has described nothing yet. */
  readonly made: (port: MediaPort) => void
}

interface Opening {
  readonly role: Side
  readonly polite: boolean
  /** Before the accept: agrees to send all kinds, and gathers no candidates but these. */
  readonly prepares: Preparation
}

/** How long new credentials may take when a path has to be found: the old ones may do. */
const askMs = 1_000
/** Those that have come within this time are new: the server's are good for ten minutes. */
const freshMs = 60_000

const isStream = (media: Exclude<Media, null>): media is MediaStream => 'getTracks' in media

/** The kinds that are sent, or will be as soon as their device is open. */
export const kindsIn = (media: Media): readonly MediaKind[] =>
  kinds.filter((kind) => media && (isStream(media) ? trackOf(media, kind) : media[kind]))

const isTurn = ({ urls }: RTCIceServer): boolean => [urls].flat().some((url) => /^turns?:/.test(url))

export class CallMedia {
  connection: MediaConnection | null = null
  readonly #options: CallMediaOptions
  /** The call's own: the app's stream stays as it is whatever is replaced later. */
  readonly #stream: MediaStream
  /** Of devices that this call has opened, and stops. */
  #opened: readonly MediaStreamTrack[] = []
  #ended = false
  #kinds: readonly MediaKind[] = []
  /** Devices are being opened. */
  #isWaiting = false
  /** The server's; `null` while they have to be asked for. */
  #iceServers: readonly IceServer[] | null
  #servedAt: number
  #opening: Opening | null = null
  #limited = false
  #stopAsking: (() => void) | null = null

  constructor(options: CallMediaOptions, iceServers: readonly IceServer[] | null) {
    this.#options = options
    this.#iceServers = iceServers
    this.#servedAt = options.platform.now()
    this.#stream = new options.platform.MediaStream()
  }

  get localStream(): MediaStream | null {
    return this.#stream.getTracks().length > 0 ? this.#stream : null
  }

  /** What an instant answer comes down to where there may be no relay, or nothing else. */
  get preparation(): Preparation {
    const { instantAnswer = 'relay', iceTransportPolicy } = this.#options.options
    if (instantAnswer === 'all') return 'over-all'
    if (instantAnswer === 'off' || !this.#allServers().some(isTurn)) return 'no'
    return iceTransportPolicy === 'relay' ? 'over-all' : 'over-relays'
  }

  /** Sends this, devices as soon as they are open. Called once. */
  async send(media: Media): Promise<void> {
    this.#kinds = kindsIn(media)
    if (!media) return
    if (isStream(media)) {
      for (const track of media.getTracks()) this.#stream.addTrack(track)
      return
    }
    const { audio = false, video = false } = media
    this.#isWaiting = true
    const { stream, problems } = await openMedia({ audio, video }, this.#options.platform.devices())
    this.#isWaiting = false
    this.#opened = stream?.getTracks() ?? []
    for (const track of this.#opened) {
      if (this.#ended) track.stop()
      else this.#stream.addTrack(track)
    }
    const missing = problems.map(({ kind, code }) => `${kind} (${code})`).join(' and ')
    if (missing) this.#options.report(`The call is without ${missing}: set a track to send.`)
    this.#openWhenReady()
    this.attach()
  }

  open(opening: Opening): void {
    this.#opening = opening
    this.#askIfDue()
    this.#openWhenReady()
  }

  /** What was asked for may have been lost with the line, and a new server knows no old credentials. */
  askAgain(): void {
    this.#servedAt = -Infinity
    this.#askIfDue()
  }

  /** The server's, for this connection and for those of its ICE restarts that follow. */
  takeIceServers(iceServers: readonly IceServer[]): void {
    this.#iceServers = iceServers
    this.#servedAt = this.#options.platform.now()
    this.#openWhenReady()
    if (this.#stopAsking) this.#restart()
    else this.#configure()
  }

  /** Sends the tracks that there are over a connection that was made without them. */
  attach(): void {
    for (const kind of kinds) {
      const track = trackOf(this.#stream, kind)
      if (!track) continue
      this.connection?.replaceTrack(kind, track, this.#stream).catch((cause: unknown) => {
        this.#options.report(cannotSend(kind), cause)
      })
    }
  }

  /** From the next start of ICE on one's own addresses may be known. */
  release(): void {
    this.#limited = false
    this.#configure()
  }

  /** Starts over with fresh credentials if they come in time. */
  restartIce(): void {
    if (this.#stopAsking) return
    if (this.#isFresh()) return this.#restart()
    this.#stopAsking = this.#options.platform.after(askMs, () => this.#restart())
    this.#options.ask()
  }

  /** The partner is about to start over. */
  expectRestart(): void {
    if (!this.#isFresh()) this.#options.ask()
  }

  /** An own device that is replaced is let go. `keeps`: it is to come back, and stays open until the end. */
  async replaceTrack(kind: MediaKind, track: MediaStreamTrack | null, keeps?: boolean): Promise<void> {
    for (const old of this.#stream.getTracks()) {
      if (old.kind !== kind || old === track) continue
      this.#stream.removeTrack(old)
      if (!keeps && this.#opened.includes(old)) old.stop()
    }
    if (track) this.#stream.addTrack(track)
    try {
      await this.connection?.replaceTrack(kind, track, this.#stream)
    } catch (cause) {
      throw mediaFailure(cannotSend(kind), cause)
    }
  }

  async getStats(): Promise<RTCStatsReport> {
    if (this.connection) return this.connection.connection.getStats()
    throw new CallError('no-media', 'There is no connection now: ask during the call.')
  }

  /** The connection; another may follow. */
  close(): void {
    this.#opening = null
    this.#stop()
    this.connection?.close()
    this.connection = null
  }

  /** The devices, too. */
  end(): void {
    this.#ended = true
    this.close()
    for (const track of this.#opened) track.stop()
  }

  #askIfDue(): void {
    if (this.#opening && !this.#iceServers) this.#options.ask()
  }

  #allServers(): RTCIceServer[] {
    const offered = this.#iceServers ?? []
    return [
      ...(this.#options.options.iceServers ?? []),
      ...offered.map(({ urls, username, credential }) => ({ urls: [...urls], username, credential }))
    ]
  }

  #configuration(): RTCConfiguration {
    const { options, bundles } = this.#options
    return {
      iceServers: this.#allServers(),
      iceTransportPolicy: this.#limited ? 'relay' : (options.iceTransportPolicy ?? 'all'),
      bundlePolicy: bundles ? 'max-bundle' : 'balanced'
    }
  }

  /** Nobody is rung by a caller whose devices are not open yet; a callee that has accepted has no time to lose. */
  #openWhenReady(): void {
    const opening = this.#opening
    if (!opening || !this.#iceServers || (opening.role === 'caller' && this.#isWaiting)) return
    this.#opening = null
    this.#limited = opening.prepares === 'over-relays'
    try {
      this.#make(opening)
    } catch (cause) {
      this.#options.report('Cannot open a connection: check `iceServers`.', cause)
      this.#options.hear({ type: 'media-gave-up' })
    }
  }

  #make({ role, polite, prepares }: Opening): void {
    const { platform, made } = this.#options
    const connection = new MediaConnection(
      new platform.RTCPeerConnection(this.#configuration()),
      polite,
      this.#options
    )
    this.connection = connection
    made(connection)
    if (prepares !== 'no') return connection.promise(kinds, this.#stream)
    if (role === 'callee') connection.promise(this.#kinds, this.#stream)
    connection.open(this.localStream, role === 'caller')
  }

  #isFresh(): boolean {
    return this.#options.platform.now() - this.#servedAt < freshMs
  }

  #configure(): void {
    this.connection?.configure(this.#configuration())
  }

  #stop(): void {
    this.#stopAsking?.()
    this.#stopAsking = null
  }

  #restart(): void {
    this.#stop()
    this.#configure()
    this.connection?.take({ type: 'ice-restart-wanted' })
  }
}
