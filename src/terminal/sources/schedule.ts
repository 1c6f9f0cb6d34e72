/** Plays frames at their times, as a person would see them, whatever they come from. */
import type { EncodedFrame } from '../../media/frame.ts'
import type { NodeTrack } from '../../rtc/media-stream.ts'
import { clock } from './source.ts'

/** One track's frames, in the order in which they are decoded, with times in seconds from whatever all of them count from. */
export interface Playable {
  readonly track: NodeTrack
  readonly frames: AsyncIterator<EncodedFrame, void, void>
}

/** A moment for what has to be read first. */
const leadSeconds = 0.1

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

interface Begun extends Playable {
  readonly first: EncodedFrame | null
}

const begin = async (playable: Playable): Promise<Begun> => {
  const { value } = await playable.frames.next()
  return { ...playable, first: value ?? null }
}

/** What is behind its time is sent at once all the same; how far ahead it is read is the reader's affair. */
const playOne = async (
  { track, frames, first }: Begun,
  offset: number,
  signal: AbortSignal
): Promise<void> => {
  let frame = first
  while (frame !== null) {
    const time = frame.time + offset
    await pause(time - clock(), signal)
    if (signal.aborted) return
    track.write({ ...frame, time })
    frame = (await frames.next()).value ?? null
  }
}

/**
 * Resolves when all has been played, or the signal says that it is enough: what has not been played then is still to be
 * had from its reader. Rejects when something cannot be read.
 */
export const play = async (playables: readonly Playable[], signal: AbortSignal): Promise<void> => {
  const begun = await Promise.all(playables.map(begin))
  const start = Math.min(...begun.flatMap(({ first }) => (first ? [first.time] : [])))
  const offset = clock() + leadSeconds - start
  await Promise.all(begun.map((one) => playOne(one, offset, signal)))
}
