/**
 * What the other's picture says about the call: whether it moves, was switched off, or stands still
 * because nothing comes through any more. Judged from counters that only grow.
 */

export interface Reception {
  /** `awaited`: none yet, though one may come. `nothing`: they send no picture. */
  readonly picture: 'awaited' | 'moving' | 'nothing'
  /** Nothing at all comes through: the path is gone, and is being looked for. */
  readonly lost: boolean
  readonly frames: number
  readonly signs: number
  /** For how long other signs came but no frame: what stops with everything else was not switched off. */
  readonly stillMs: number
  readonly silentMs: number
}

export interface Observation {
  readonly sinceMs: number
  /** Frames shown so far. */
  readonly frames: number
  /** A picture is on the page, whether or not the browser counts its frames. */
  readonly sized: boolean
  /** The other side has announced a picture. */
  readonly announced: boolean
  /** Bytes and replies to checks that came so far, or `null` where nobody knows. */
  readonly signs: number | null
}

/** A camera that was switched off leaves its last frame standing. */
const stillAfterMs = 2400
/** Longer than the pause between two checks of a path that nothing else uses. */
const lostAfterMs = 4000

export const nothingReceived: Reception = {
  picture: 'awaited',
  lost: false,
  frames: 0,
  signs: 0,
  stillMs: 0,
  silentMs: 0
}

export const observe = (before: Reception, seen: Observation): Reception => {
  const { frames, sinceMs } = seen
  const signs = seen.signs ?? before.signs
  const alive = seen.signs === null || signs !== before.signs
  // A browser that shows a picture and counts no frames is taken at its picture.
  const moves = frames > before.frames || (frames === 0 && seen.sized)
  const silentMs = alive ? 0 : before.silentMs + sinceMs
  const stillMs = moves || before.lost ? 0 : before.stillMs + (alive ? sinceMs : 0)
  const off = stillMs > stillAfterMs || !seen.announced
  return {
    picture: moves ? 'moving' : off ? 'nothing' : before.picture,
    lost: silentMs >= lostAfterMs,
    frames,
    signs,
    stillMs,
    silentMs
  }
}
