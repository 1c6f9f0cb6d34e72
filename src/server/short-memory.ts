/**
 * Remembers things for a while: bounded in time and in number, the oldest forgotten first.
 */
export interface ShortMemory<Value> {
  keep(key: string, value: Value): void
  /** What was kept under this key, which is then forgotten. */
  take(key: string): Value | undefined
}

export const shortMemory = <Value>(bounds: {
  readonly ms: number
  readonly max: number
  readonly now: () => number
}): ShortMemory<Value> => {
  const { ms, max, now } = bounds
  const kept = new Map<string, { readonly value: Value; readonly until: number }>()
  const forget = (): void => {
    for (const [key, { until }] of kept) {
      if (kept.size <= max && now() < until) return
      kept.delete(key)
    }
  }
  return {
    keep(key, value) {
      kept.delete(key)
      kept.set(key, { value, until: now() + ms })
      forget()
    },
    take(key) {
      forget()
      const found = kept.get(key)
      kept.delete(key)
      return found?.value
    }
  }
}
