/** Plays frames at their times, as a person would see them, whatever they come from. */
import type { EncodedFrame } from '../../media/frame.ts'
import type { NodeTrack } from '../../rtc/media-stream.ts'
import { clock } from './source.ts'

/** One track's frames, in the order in which they are decoded, with times in seconds from the beginning. */
export interface Playable {
  readonly track: NodeTrack
  readonly frames: AsyncIterable<EncodedFrame>
}

/** What is this far behind its time is sent at once all the same; how far ahead it is read is the reader's affair. */
const pause = (seconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(done, Math.max(0, seconds * 1_000))
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })

const playOne = async ({ track, frames }: Playable, from: number, signal: AbortSignal): Promise<void> => {
  for await (const frame of frames) {
    await pause(from + frame.time - clock(), signal)
    if (signal.aborted) return
    track.write({ ...frame, time: from + frame.time })
  }
}

/** Resolves when all has been played, or the signal says that it is enough. Rejects when something cannot be read. */
export const play = async (playables: readonly Playable[], signal: AbortSignal): Promise<void> => {
  // A moment for what has to be read first.
  const from = clock() + 0.1
  await Promise.all(playables.map((playable) => playOne(playable, from, signal)))
}
