/**
 * What a track of libwebrtc brings, as encoded frames: it gives pictures and samples, which are encoded again here, and only
 * while somebody listens.
 */
import { type FrameListener, NodeTrack } from '../media-stream.ts'
import { type Encoding, encodePictures, encodeSound } from './encodings.ts'
import type { RawSink, Wrtc } from './library.ts'

type Sinks = Pick<Wrtc['nonstandard'], 'RTCVideoSink' | 'RTCAudioSink'>

export class ReceivedTrack extends NodeTrack {
  readonly #sinks: Sinks
  readonly #native: MediaStreamTrack
  readonly #listening = new Set<symbol>()
  readonly #counting = new Set<() => void>()
  /** While anybody wants what comes. */
  #sink: RawSink | null = null
  /** While somebody listens. */
  #encoding: Encoding | null = null
  readonly #closing = new Set<Promise<void>>()
  #isKeyDue = false
  #pieces = 0

  constructor(sinks: Sinks, native: MediaStreamTrack) {
    super(native.kind === 'audio' ? 'audio' : 'video', {
      label: 'remote',
      format: { codec: native.kind === 'audio' ? 'opus' : 'VP8' }
    })
    this.#sinks = sinks
    this.#native = native
  }

  override listen(listener: FrameListener): () => void {
    const stop = super.listen(listener)
    const wish = Symbol('listener')
    this.#listening.add(wish)
    // Whoever has just begun cannot begin in the middle.
    this.#isKeyDue = true
    this.#follow()
    return () => {
      stop()
      this.#listening.delete(wish)
      this.#follow()
    }
  }

  override count(listener: () => void): () => void {
    const count = (): void => listener()
    this.#counting.add(count)
    this.#follow()
    return () => {
      this.#counting.delete(count)
      this.#follow()
    }
  }

  override requestKeyFrame(): void {
    this.#isKeyDue = true
  }

  override stop(): void {
    super.stop()
    this.#follow()
  }

  override end(): void {
    super.end()
    this.#follow()
  }

  /** Ends it, and resolves when nothing is left of it that would keep the process from ending. */
  async close(): Promise<void> {
    this.end()
    await Promise.all(this.#closing)
  }

  #follow(): void {
    const isLive = this.readyState === 'live'
    const isHeard = isLive && this.#listening.size > 0
    if (isHeard || (isLive && this.#counting.size > 0)) this.#sink ??= this.#open()
    else {
      this.#sink?.stop()
      this.#sink = null
    }
    if (isHeard) this.#encoding ??= this.#encode()
    else {
      if (this.#encoding) this.#letGo(this.#encoding)
      this.#encoding = null
    }
  }

  #letGo({ close }: Encoding): void {
    // Nobody has a use for what goes wrong on the way out.
    const closing = close()
      .catch(() => {})
      .finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }

  #open(): RawSink {
    const { RTCVideoSink, RTCAudioSink } = this.#sinks
    const isVideo = this.kind === 'video'
    const sink = isVideo ? new RTCVideoSink(this.#native) : new RTCAudioSink(this.#native)
    sink.addEventListener(isVideo ? 'frame' : 'data', (event) => {
      if (this.#sink === sink) this.#take(event)
    })
    return sink
  }

  #take(event: unknown): void {
    this.#pieces += 1
    // Sound comes in pieces of ten milliseconds, and a frame of it is of twenty.
    if (this.kind === 'video' || this.#pieces % 2 === 0) for (const count of this.#counting) count()
    this.#encoding?.take(event)
  }

  #encode(): Encoding {
    const write = this.write.bind(this)
    if (this.kind === 'audio') return encodeSound(write)
    return encodePictures(write, () => {
      const isDue = this.#isKeyDue
      this.#isKeyDue = false
      return isDue
    })
  }
}
