/**
 * All media of one call: the devices or tracks that are sent, the connection that carries them, and the ICE
 * servers that help it. The leg says when; this does it, and reports what becomes of it.
 */
import type { Preparation } from '../core/leg.ts'
import type { IceServer, Side } from '../core/signal.ts'
import { CallError } from './errors.ts'
import type { MediaKind } from './media.ts'
import { OwnMedia, kindsIn } from './own-media.ts'
import { MediaConnection, type MediaEvent, type MediaPort } from './peer-connection.ts'
import type { Platform } from './platform.ts'
import type { InstantAnswer, Media } from './types.ts'

export interface CallMediaOptions {
  readonly platform: Platform
  /** The app's own. */
  readonly iceServers: readonly RTCIceServer[]
  readonly iceTransportPolicy: RTCIceTransportPolicy
  /**
   * All media on one transport from the first offer on, as with every native partner. Firefox against Firefox
   * otherwise loses one direction in every other ICE restart that the callee begins.
   */
  readonly bundles: boolean
  /** Asks the server for its ICE servers. */
  readonly ask: () => void
  /** A connection is made, and has described nothing yet. */
  readonly made: (port: MediaPort) => void
  readonly hear: (event: MediaEvent) => void
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

const isTurn = ({ urls }: RTCIceServer): boolean =>
  (typeof urls === 'string' ? [urls] : urls).some((url) => /^turns?:/.test(url))

export class CallMedia {
  readonly #options: CallMediaOptions
  readonly #own: OwnMedia
  #kinds: readonly MediaKind[] = []
  /** Under way while devices open. */
  #devices: Promise<CallError | null> | null = null
  /** The server's; `null` while they have to be asked for. */
  #iceServers: readonly IceServer[] | null
  #servedAt: number
  #opening: Opening | null = null
  #limited = false
  #connection: MediaConnection | null = null
  #stopAsking: (() => void) | null = null

  constructor(options: CallMediaOptions, iceServers: readonly IceServer[] | null) {
    this.#options = options
    this.#iceServers = iceServers
    this.#servedAt = options.platform.now()
    this.#own = new OwnMedia(options.platform)
  }

  get localStream(): MediaStream | null {
    const { stream } = this.#own
    return stream.getTracks().length > 0 ? stream : null
  }

  get connection(): MediaConnection | null {
    return this.#connection
  }

  /** What an instant answer comes down to where there may be no relay, or nothing else. */
  preparation(wanted: InstantAnswer): Preparation {
    if (wanted === 'all') return 'over-all'
    if (wanted === 'off' || !this.#allServers().some(isTurn)) return 'no'
    return this.#options.iceTransportPolicy === 'relay' ? 'over-all' : 'over-relays'
  }

  /** Sends this, devices as soon as they are open. Called once. */
  async send(media: Media): Promise<void> {
    this.#kinds = kindsIn(media)
    const devices = this.#own.open(media)
    if (devices === null) return
    this.#devices = devices
    const problem = await devices
    this.#devices = null
    if (problem) this.#options.hear({ type: 'problem-met', reason: problem.message, cause: problem.cause })
    this.#openWhenReady()
    this.attach()
  }

  open(opening: Opening): void {
    this.#opening = opening
    if (this.#iceServers === null) this.#options.ask()
    this.#openWhenReady()
  }

  /** What was asked for may have been lost with the line, and a new server knows no old credentials. */
  askAgain(): void {
    this.#servedAt = -Infinity
    if (this.#opening !== null && this.#iceServers === null) this.#options.ask()
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
    const { stream } = this.#own
    for (const track of stream.getTracks()) {
      const kind = track.kind === 'audio' ? 'audio' : 'video'
      this.#connection?.replaceTrack(kind, track, stream).catch((cause: unknown) => {
        this.#options.hear({ type: 'problem-met', reason: `The call cannot send its ${kind}.`, cause })
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

  async replaceTrack(kind: MediaKind, track: MediaStreamTrack | null): Promise<void> {
    this.#own.replace(kind, track)
    try {
      await this.#connection?.replaceTrack(kind, track, this.#own.stream)
    } catch (cause) {
      throw new CallError('media-failed', `The call cannot send this ${kind} track: try another.`, { cause })
    }
  }

  getStats(): Promise<RTCStatsReport> {
    return (
      this.#connection?.getStats() ??
      Promise.reject(new CallError('no-media', 'This call has no media now: ask while it connects or talks.'))
    )
  }

  /** The connection; another may follow. */
  close(): void {
    this.#opening = null
    this.#stopAsking?.()
    this.#stopAsking = null
    this.#connection?.close()
    this.#connection = null
  }

  /** The devices, too. */
  end(): void {
    this.close()
    this.#own.close()
  }

  #allServers(): RTCIceServer[] {
    const offered = this.#iceServers ?? []
    return [
      ...this.#options.iceServers,
      ...offered.map(({ urls, username, credential }) => ({ urls: [...urls], username, credential }))
    ]
  }

  #configuration(): RTCConfiguration {
    const iceTransportPolicy = this.#limited ? 'relay' : this.#options.iceTransportPolicy
    const bundlePolicy: RTCBundlePolicy = this.#options.bundles ? 'max-bundle' : 'balanced'
    return { iceServers: this.#allServers(), iceTransportPolicy, bundlePolicy }
  }

  /** Nobody is rung by a caller whose devices are not open yet; a callee that has accepted has no time to lose. */
  #openWhenReady(): void {
    const opening = this.#opening
    if (opening === null || this.#iceServers === null) return
    if (opening.role === 'caller' && this.#devices !== null) return
    this.#opening = null
    this.#limited = opening.prepares === 'over-relays'
    try {
      this.#make(opening)
    } catch (cause) {
      this.#options.hear({
        type: 'problem-met',
        reason: 'No connection can be opened here: check `iceServers`.',
        cause
      })
      this.#options.hear({ type: 'media-gave-up' })
    }
  }

  #make({ role, polite, prepares }: Opening): void {
    const { platform, made, hear } = this.#options
    const connection = new MediaConnection(
      new platform.RTCPeerConnection(this.#configuration()),
      polite,
      hear
    )
    this.#connection = connection
    made(connection)
    if (prepares !== 'no') return connection.promise(['audio', 'video'], this.#own.stream)
    if (role === 'callee') connection.promise(this.#kinds, this.#own.stream)
    connection.open(this.localStream, role === 'caller')
  }

  #isFresh(): boolean {
    return this.#options.platform.now() - this.#servedAt < freshMs
  }

  #configure(): void {
    this.#connection?.configure(this.#configuration())
  }

  #restart(): void {
    this.#stopAsking?.()
    this.#stopAsking = null
    this.#configure()
    this.#connection?.restartIce()
  }
}
