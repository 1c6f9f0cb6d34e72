/** Where what is sent comes from. */
import type { NodeTrack } from '../../rtc/media-stream.ts'
import type { Sink } from '../sinks/sink.ts'

/**
 * What is sent in every call of this process. Its tracks are there from the beginning; frames are written to them from
 * `start` to `stop`, and whatever has a beginning begins there again with the next call.
 */
export interface Source {
  readonly tracks: readonly NodeTrack[]
  /** Where it wants to hear what is received. */
  readonly sink?: Sink
  /** `ended`: there is no more to come, unless it is started again. */
  start(ended: (error: MediaError | null) => void): void
  stop(): void
  /** Lets go of files, processes and encoders. */
  close(): Promise<void>
}

/** A file, a pipe or a device that cannot be used; its message is a sentence that says what to do. */
export class MediaError extends Error {
  override readonly name = 'MediaError'
}

/** Seconds on a clock that never jumps: what the time of a frame counts in when it is sent. */
export const clock = (): number => performance.now() / 1_000
