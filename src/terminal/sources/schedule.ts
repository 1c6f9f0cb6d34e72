/** Plays frames at their times, as a person would see them, whatever they come from. */
import type { EncodedFrame } from '../../media/frame.ts'
import type { NodeTrack } from '../../rtc/media-stream.ts'
import { clock } from './source.ts'

/** Whoever stops in the middle leaves the next frame to whoever goes on. */
export interface Reader {
  /** The next frame, the same until it is taken; `null` when there is no more. */
  peek(): Promise<EncodedFrame | null>
  take(): void
}

/** One track's frames, in the order in which they are decoded, with times in seconds from whatever all of them count from. */
export interface Playable {
  readonly track: NodeTrack
  readonly frames: Reader
}

export const readerOf = (frames: AsyncIterator<EncodedFrame, void, void>): Reader => {
  let next: Promise<EncodedFrame | null> | null = null
  return {
    peek: () => (next ??= frames.next().then(({ value }) => value ?? null)),
    take: () => {
      next = null
    }
  }
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

/** What is behind its time is sent at once all the same; how far ahead it is read is the reader's affair. */
const playOne = async ({ track, frames }: Playable, offset: number, signal: AbortSignal): Promise<void> => {
  for (;;) {
    const frame = await frames.peek()
    if (frame === null) return
    const time = frame.time + offset
    await pause(time - clock(), signal)
    if (signal.aborted) return
    frames.take()
    track.write({ ...frame, time })
  }
}

/**
 * Resolves when all has been played, or the signal says that it is enough: what has not been played then is still to be
 * had from its reader. Whether there was anything. Rejects when something cannot be read.
 */
export const play = async (playables: readonly Playable[], signal: AbortSignal): Promise<boolean> => {
  const firsts = await Promise.all(playables.map(({ frames }) => frames.peek()))
  const start = Math.min(...firsts.flatMap((first) => (first ? [first.time] : [])))
  const offset = clock() + leadSeconds - start
  await Promise.all(playables.map((one) => playOne(one, offset, signal)))
  return Number.isFinite(start)
}
