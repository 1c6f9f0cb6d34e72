/** Milliseconds since 1970, by a clock that nobody sets back while this process runs. */
export const steadyNow = (): number => Math.round(performance.timeOrigin + performance.now())
