/** The smallest thing that can stand for a typed event target. */
import type { TypedEventTarget } from '../../client/types.ts'

export class Emitter<Events> implements TypedEventTarget<Events> {
  readonly #listeners = new Map<string, Set<(event: CustomEvent) => void>>()

  addEventListener<K extends keyof Events & string>(
    type: K,
    listener: (event: CustomEvent<Events[K]>) => void,
    options?: boolean | AddEventListenerOptions
  ): void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners.add(listener))
    const signal = typeof options === 'object' ? options.signal : undefined
    signal?.addEventListener('abort', () => listeners.delete(listener))
  }

  removeEventListener<K extends keyof Events & string>(
    type: K,
    listener: (event: CustomEvent<Events[K]>) => void
  ): void {
    this.#listeners.get(type)?.delete(listener)
  }

  emit<K extends keyof Events & string>(type: K, detail: Events[K]): void {
    const event = new CustomEvent(type, { detail })
    for (const listener of Array.from(this.#listeners.get(type) ?? [])) listener(event)
  }
}
