/** Chance that can be had again: the same for the same seed and the same question, in whatever order it is asked. */

/** The mixing step of MurmurHash3, 32 bits. */
const mix = (state: number): number => {
  const once = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return (twice ^ (twice >>> 16)) >>> 0
}

/** From 0 up to, but not including, 1. */
export const chance = (seed: number, ...question: readonly number[]): number =>
  question.reduce((state, part) => mix(Math.imul(state, 31) + part + 0x9e3779b9), mix(seed)) / 2 ** 32
