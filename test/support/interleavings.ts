/**
 * The walker: goes through every order in which independent things can happen, by following the
 * whole graph of who-moves-next from a starting state. What it has not found cannot happen.
 */

/** What must never be. Thrown by a move, or by the check of an end. */
export class Violation extends Error {}

export interface Move<State> {
  readonly name: string
  readonly next: () => State
}

export interface World<State> {
  readonly start: State
  /** Everything that can happen next; nothing when the state is an end. */
  readonly moves: (state: State) => readonly Move<State>[]
  /** Throws a `Violation` when this is no way to end. */
  readonly checkEnd: (state: State) => void
  /** Equal for equal states. */
  readonly key: (state: State) => string
}

export interface Walk {
  readonly states: number
  readonly ends: number
  /** The first thing found that must not be, with the moves that led there. */
  readonly violation: { readonly what: string; readonly trail: readonly string[] } | null
}

interface Visit<State> {
  readonly state: State
  readonly move: string
  readonly from: Visit<State> | null
}

const trailTo = <State>(visit: Visit<State>): readonly string[] => {
  const trail: string[] = []
  for (let at: Visit<State> | null = visit; at !== null; at = at.from) trail.unshift(at.move)
  return trail
}

/** A graph of more states than `maxStates` counts as one that has no end. */
export const walk = <State>(world: World<State>, maxStates = 200_000): Walk => {
  const seen = new Set([world.key(world.start)])
  const open: Visit<State>[] = [{ state: world.start, move: 'start', from: null }]
  let ends = 0
  for (let visit = open.pop(); visit !== undefined; visit = open.pop()) {
    let trail = visit
    try {
      const moves = world.moves(visit.state)
      if (moves.length === 0) {
        world.checkEnd(visit.state)
        ends += 1
      }
      for (const { name, next } of moves) {
        trail = { state: visit.state, move: name, from: visit }
        const state = next()
        const key = world.key(state)
        if (seen.has(key)) continue
        seen.add(key)
        open.push({ state, move: name, from: visit })
      }
      if (seen.size > maxStates) throw new Violation('no end in sight')
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      return { states: seen.size, ends, violation: { what: error.message, trail: trailTo(trail) } }
    }
  }
  return { states: seen.size, ends, violation: null }
}
