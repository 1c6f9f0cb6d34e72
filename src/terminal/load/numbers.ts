/** Numbers as people read them. */

export const whole = (number: number): string => Math.round(number).toLocaleString('en-US')

/** Three digits that say something. */
export const short = (number: number): string => {
  if (number >= 100) return whole(number)
  return number.toFixed(number >= 10 ? 1 : 2)
}

export const bytes = (count: number): string => {
  if (count < 1e6) return `${short(count / 1e3)} kB`
  return count < 1e9 ? `${short(count / 1e6)} MB` : `${short(count / 1e9)} GB`
}

export const duration = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
