/**
 * W3C's `MediaStreamTrack` and `MediaStream` for Node. A track carries encoded frames: whoever has media writes them
 * to it, and whoever wants them listens. What a browser knows of devices and constraints is there, and empty.
 */
import type { EncodedFrame, MediaKind } from '../media/frame.ts'

export type FrameListener = (frame: EncodedFrame) => void

/** What is known of the frames of a track. */
export interface TrackFormat {
  /** By its name in SDP, such as `VP8` or `opus`. */
  readonly codec: string
}

export class NodeTrack extends EventTarget implements MediaStreamTrack {
  declare addEventListener: MediaStreamTrack['addEventListener']
  declare removeEventListener: MediaStreamTrack['removeEventListener']
  readonly id = crypto.randomUUID()
  readonly kind: MediaKind
  readonly label: string
  readonly muted = false
  contentHint = ''
  /** A track that is disabled sends nothing. */
  enabled = true
  onended = null
  onmute = null
  onunmute = null
  readonly #listeners = new Set<FrameListener>()
  readonly #keyFrameListeners = new Set<() => void>()
  readonly #refusalListeners = new Set<(codec: string) => void>()
  #format: TrackFormat | null
  #readyState: MediaStreamTrackState = 'live'

  constructor(
    kind: MediaKind,
    { label = '', format = null }: { label?: string; format?: TrackFormat | null } = {}
  ) {
    super()
    this.kind = kind
    this.label = label
    this.#format = format
  }

  get readyState(): MediaStreamTrackState {
    return this.#readyState
  }

  /** `null` while it is not known, as for a remote track of which nothing has come yet. */
  get format(): TrackFormat | null {
    return this.#format
  }

  set format(format: TrackFormat) {
    this.#format = format
  }

  /** For whoever has its media. */
  write(frame: EncodedFrame): void {
    if (this.#readyState === 'ended') return
    for (const listener of this.#listeners) listener(frame)
  }

  /** For whoever wants it; the answer stops that. */
  listen(listener: FrameListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Tells that a frame has come whoever does not want to have it. Where it would be made only for that, it is not. */
  count(listener: () => void): () => void {
    return this.listen(() => listener())
  }

  /** Whoever receives it cannot go on without a picture that stands for itself. */
  requestKeyFrame(): void {
    for (const listener of this.#keyFrameListeners) listener()
  }

  onKeyFrameRequest(listener: () => void): () => void {
    this.#keyFrameListeners.add(listener)
    return () => this.#keyFrameListeners.delete(listener)
  }

  /** A connection that should send it cannot: the other side takes no such codec. */
  refuse(codec: string): void {
    for (const listener of this.#refusalListeners) listener(codec)
  }

  /** For whoever has its media; told once for each connection and codec. */
  onRefusal(listener: (codec: string) => void): () => void {
    this.#refusalListeners.add(listener)
    return () => this.#refusalListeners.delete(listener)
  }

  stop(): void {
    this.#readyState = 'ended'
  }

  /** Its source has come to an end by itself. */
  end(): void {
    if (this.#readyState === 'ended') return
    this.#readyState = 'ended'
    this.dispatchEvent(new Event('ended'))
  }

  /** Shows the same media; stopping one leaves the other. */
  clone(): NodeTrack {
    const copy = new NodeTrack(this.kind, { label: this.label, format: this.#format })
    const stop = this.listen((frame) => copy.write(frame))
    copy.onKeyFrameRequest(() => this.requestKeyFrame())
    copy.onRefusal((codec) => this.refuse(codec))
    this.addEventListener('ended', () => {
      stop()
      copy.end()
    })
    return copy
  }

  applyConstraints(): Promise<void> {
    return Promise.resolve()
  }

  getCapabilities(): MediaTrackCapabilities {
    return {}
  }

  getConstraints(): MediaTrackConstraints {
    return {}
  }

  getSettings(): MediaTrackSettings {
    return {}
  }
}

export class NodeStream extends EventTarget implements MediaStream {
  declare addEventListener: MediaStream['addEventListener']
  declare removeEventListener: MediaStream['removeEventListener']
  readonly id = crypto.randomUUID()
  onactive = null
  oninactive = null
  onaddtrack = null
  onremovetrack = null
  readonly #tracks: Set<MediaStreamTrack>

  constructor(tracks: readonly MediaStreamTrack[] = []) {
    super()
    this.#tracks = new Set(tracks)
  }

  get active(): boolean {
    return this.getTracks().some(({ readyState }) => readyState === 'live')
  }

  getTracks(): MediaStreamTrack[] {
    return [...this.#tracks]
  }

  getAudioTracks(): MediaStreamTrack[] {
    return this.getTracks().filter(({ kind }) => kind === 'audio')
  }

  getVideoTracks(): MediaStreamTrack[] {
    return this.getTracks().filter(({ kind }) => kind === 'video')
  }

  getTrackById(id: string): MediaStreamTrack | null {
    return this.getTracks().find((track) => track.id === id) ?? null
  }

  addTrack(track: MediaStreamTrack): void {
    this.#tracks.add(track)
  }

  removeTrack(track: MediaStreamTrack): void {
    this.#tracks.delete(track)
  }

  clone(): NodeStream {
    return new NodeStream(this.getTracks().map((track) => track.clone()))
  }
}
