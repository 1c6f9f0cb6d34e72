/** Counts what comes, and tells of each frame where somebody wants to know. */
import type { EncodedFrame } from '../../media/frame.ts'
import type { NodeTrack } from '../../rtc/media-stream.ts'
import type { MediaKind } from '../words.ts'
import type { FrameCounts, Sink } from './sink.ts'

type Tell = (kind: MediaKind, frame: EncodedFrame) => void

export class CountingSink implements Sink {
  readonly frames: FrameCounts = { audio: 0, video: 0 }
  readonly #tell: Tell | undefined
  readonly #stops: (() => void)[] = []

  constructor(tell?: Tell) {
    this.#tell = tell
  }

  take(track: NodeTrack): void {
    const tell = this.#tell
    this.#stops.push(track.count(() => (this.frames[track.kind] += 1)))
    if (tell) this.#stops.push(track.listen((frame) => tell(track.kind, frame)))
  }

  end(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    return Promise.resolve()
  }
}
