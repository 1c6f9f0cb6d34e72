/** What the runners of reducers have in common: events one after the other, and timers by name. */
import type { Platform } from './platform.ts'

/** Takes one event at a time: what follows from it is done before the next. */
export const inOrder = <Event>(step: (event: Event) => void): ((event: Event) => void) => {
  const events: Event[] = []
  let stepping = false
  return (event) => {
    events.push(event)
    if (stepping) return
    stepping = true
    try {
      for (let next = events.shift(); next; next = events.shift()) step(next)
    } finally {
      stepping = false
    }
  }
}

/** Sets a timer in place of the one before of its name; none, where its time is `null`. */
export type SetTimer<Name> = (name: Name, afterMs: number | null, run: () => void) => void

export const timersOn = <Name>({ after }: Pick<Platform, 'after'>): SetTimer<Name> => {
  const timers = new Map<Name, () => void>()
  return (name, afterMs, run) => {
    timers.get(name)?.()
    timers.delete(name)
    if (afterMs !== null) timers.set(name, after(afterMs, run))
  }
}
