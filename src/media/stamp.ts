/**
 * A number and a time within a picture, for machines to read: a row of black and white blocks at its lower edge, which
 * takes part in whatever becomes of the picture. So the delay of a call is measured from end to end.
 */
import { black, fill, white } from './paint.ts'
import { type I420, averageOf } from './picture.ts'

export interface Stamp {
  /** Begins again at 2^21. */
  readonly frame: number
  /** Since midnight, in whatever zone: below 86,400,000. */
  readonly timeMs: number
}

export const dayMs = 86_400_000

const timeBits = 27
const frameBits = 21
const checkBits = 8
const bits = timeBits + frameBits
/** Of known lights, on both sides: white, black, …, black, white. */
const blocks = 2 + bits + checkBits + 2
/** The part of the picture's height that the row takes. */
const rowPart = 1 / 16
/** White and black that are nearer to each other are none. */
const minContrast = 40

const bitsOf = (value: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => Math.floor(value / 2 ** (count - 1 - at)) % 2)

const valueOf = (bits: readonly number[]): number => bits.reduce((value, bit) => 2 * value + bit, 0)

/** CRC-8, by its usual polynomial. */
const checkOf = (bits: readonly number[]): number =>
  bits.reduce((check, bit) => ((check << 1) & 0xff) ^ (check >> 7 === bit ? 0 : 0x07), 0xff)

/** The rest of a division, which is never negative. */
export const wrapped = (value: number, length: number): number => ((value % length) + length) % length

export const drawStamp = (picture: I420, { frame, timeMs }: Stamp): void => {
  const { width, height } = picture
  const values = [...bitsOf(wrapped(Math.floor(timeMs), dayMs), timeBits), ...bitsOf(frame, frameBits)]
  const row = [1, 0, ...values, ...bitsOf(checkOf(values), checkBits), 0, 1]
  const top = Math.floor(height * (1 - rowPart))
  for (const [at, bit] of row.entries()) {
    const left = Math.round((at * width) / blocks)
    const right = Math.round(((at + 1) * width) / blocks)
    fill(picture, { left, top, right, bottom: height }, bit === 1 ? white : black)
  }
}

/** The lights of the blocks, each from the middle of it, which its neighbors have the least part in. */
const lightsOf = ({ y, width, height }: I420): readonly number[] => {
  const top = Math.floor(height * (1 - rowPart * 0.7))
  const bottom = Math.max(top + 1, Math.floor(height * (1 - rowPart * 0.3)))
  const reach = Math.floor(width / blocks / 5)
  return Array.from({ length: blocks }, (_, at) => {
    const middle = Math.floor(((at + 0.5) * width) / blocks)
    return averageOf(y, { left: middle - reach, top, right: middle + reach + 1, bottom })
  })
}

/** `null` where there is none, or none that can be read. */
export const readStamp = (picture: I420): Stamp | null => {
  const lights = lightsOf(picture)
  const light = Math.min(...lights.slice(0, 1), ...lights.slice(-1))
  const dark = Math.max(...lights.slice(1, 2), ...lights.slice(-2, -1))
  if (light - dark < minContrast) return null
  const read = lights.slice(2, -2).map((value) => (value > (dark + light) / 2 ? 1 : 0))
  const values = read.slice(0, bits)
  const [timeMs, frame] = [valueOf(values.slice(0, timeBits)), valueOf(values.slice(timeBits))]
  if (checkOf(values) !== valueOf(read.slice(bits)) || timeMs >= dayMs) return null
  return { frame, timeMs }
}
