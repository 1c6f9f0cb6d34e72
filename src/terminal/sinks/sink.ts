/** Where what is received goes. */
import type { NodeTrack } from '../../rtc/media-stream.ts'
import type { MediaKind } from '../words.ts'

export interface Sink {
  /** Frames of a track of the call that begins or goes on; the answer stops that. */
  take(track: NodeTrack): void
  /** The call is over: what was to be written is written. Rejects with a `MediaError`, and leaves nothing half-written. */
  end(): Promise<void>
}

export type FrameCounts = Record<MediaKind, number>
