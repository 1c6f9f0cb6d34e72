/** Typed events on the web's own `EventTarget`. */
import type { TypedEventTarget } from './types.ts'

/** What a class that extends `EventTarget` declares its two listener methods to be. */
export type Typed<Events> = TypedEventTarget<Events> & EventTarget

/** Says what has happened to whoever listens. */
export type Emit<Events> = <K extends keyof Events & string>(type: K, detail: Events[K]) => void

export const emitterOf =
  <Events>(target: EventTarget): Emit<Events> =>
  (type, detail) => {
    target.dispatchEvent(new CustomEvent(type, { detail }))
  }
