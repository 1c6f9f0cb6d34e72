/** Streams and tracks that carry nothing, for tests in Node. */

export class FakeTrack extends EventTarget implements MediaStreamTrack {
  declare addEventListener: MediaStreamTrack['addEventListener']
  declare removeEventListener: MediaStreamTrack['removeEventListener']
  readonly id: string
  readonly kind: 'audio' | 'video'
  readonly label = 'fake'
  readonly muted = false
  readyState: MediaStreamTrackState = 'live'
  contentHint = ''
  enabled = true
  onended = null
  onmute = null
  onunmute = null

  constructor(kind: 'audio' | 'video', id = `fake ${kind}`) {
    super()
    this.kind = kind
    this.id = id
  }

  applyConstraints(): Promise<void> {
    return Promise.resolve()
  }

  clone(): MediaStreamTrack {
    return new FakeTrack(this.kind, this.id)
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

  stop(): void {
    this.readyState = 'ended'
  }
}

export class FakeStream extends EventTarget implements MediaStream {
  declare addEventListener: MediaStream['addEventListener']
  declare removeEventListener: MediaStream['removeEventListener']
  readonly active = true
  readonly id = 'fake stream'
  onactive = null
  oninactive = null
  onaddtrack = null
  onremovetrack = null
  readonly #tracks: Set<MediaStreamTrack>

  constructor(tracks: readonly MediaStreamTrack[] = []) {
    super()
    this.#tracks = new Set(tracks)
  }

  addTrack(track: MediaStreamTrack): void {
    this.#tracks.add(track)
  }

  removeTrack(track: MediaStreamTrack): void {
    this.#tracks.delete(track)
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

  clone(): MediaStream {
    return new FakeStream(this.getTracks())
  }
}

/** A camera with its microphone. */
export const fakeCamera = (): FakeStream => new FakeStream([new FakeTrack('audio'), new FakeTrack('video')])
