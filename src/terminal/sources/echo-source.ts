/** Sends back whatever comes. */
import type { EncodedFrame } from '../../media/frame.ts'
import { NodeTrack } from '../../rtc/media-stream.ts'
import type { Sink } from '../sinks/sink.ts'
import type { MediaKind } from '../words.ts'
import { type Source, clock } from './source.ts'

/** A stream that has begun anew counts from another time. In seconds. */
const maxDrift = 1

export class EchoSource implements Source, Sink {
  readonly sink = this
  readonly tracks: readonly NodeTrack[]
  readonly #back: Readonly<Record<MediaKind, NodeTrack>> = {
    audio: new NodeTrack('audio', { label: 'echo' }),
    video: new NodeTrack('video', { label: 'echo' })
  }
  readonly #stops: (() => void)[] = []

  constructor() {
    this.tracks = [this.#back.audio, this.#back.video]
  }

  take(track: NodeTrack): void {
    const back = this.#back[track.kind]
    let offset: number | null = null
    const send = (frame: EncodedFrame): void => {
      if (track.format !== null) back.format = track.format
      const now = clock()
      if (offset === null || Math.abs(now - frame.time - offset) > maxDrift) offset = now - frame.time
      back.write({ ...frame, time: frame.time + offset })
    }
    this.#stops.push(
      track.listen(send),
      back.onKeyFrameRequest(() => track.requestKeyFrame())
    )
  }

  end(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    return Promise.resolve()
  }

  start(): void {}

  stop(): void {}

  close(): Promise<void> {
    return this.end()
  }
}
