/**
 * A picture as text for a terminal: two pixels a cell, the upper in the color of the character, the lower in that of
 * its background. A cell is taken to be twice as high as it is wide, so that the pixels are square.
 */
import { byteAt } from './bytes.ts'
import { type I420, type Size, colorSizeOf, scaledPlane } from './picture.ts'

/** What a terminal can show. */
export type ColorDepth = 'true-color' | '256-colors' | 'no-color'

export interface Screen {
  readonly columns: number
  readonly rows: number
  readonly depth: ColorDepth
}

const upperHalf = '\u2580'
const reset = '\u001B[0m'
/** From dark to light. */
const shades = ' .:-=+*#%@'

/** So far apart are colors, in each component, that one tells from each other; noise is less, and costs as much to send. */
const tolerance = 4

/** A color of the terminal, as one number. */
type Color = number

interface Depth {
  readonly colorOf: (y: number, u: number, v: number) => Color
  /** What sets it, after `38;` for the character or `48;` for its background. */
  readonly codeOf: (color: Color) => string
  readonly looksLike: (color: Color, other: Color) => boolean
}

/** No color at all. */
const none = -1

const clamped = (value: number): number => Math.max(0, Math.min(255, value))

/** From BT.601 in limited range. */
const trueColor: Depth = {
  colorOf(y, u, v) {
    const light = 298 * (y - 16) + 128
    const red = clamped((light + 409 * (v - 128)) >> 8)
    const green = clamped((light - 100 * (u - 128) - 208 * (v - 128)) >> 8)
    const blue = clamped((light + 516 * (u - 128)) >> 8)
    return (red << 16) | (green << 8) | blue
  },
  codeOf: (color) => `2;${color >> 16};${(color >> 8) & 0xff};${color & 0xff}`,
  looksLike: (color, other) =>
    other !== none &&
    Math.abs((color >> 16) - (other >> 16)) <= tolerance &&
    Math.abs(((color >> 8) & 0xff) - ((other >> 8) & 0xff)) <= tolerance &&
    Math.abs((color & 0xff) - (other & 0xff)) <= tolerance
}

/** Six levels of each: 0, 95, 135, 175, 215, 255. */
const levelOf = (value: number): number => (value < 48 ? 0 : Math.max(1, Math.floor((value - 35) / 40)))
const valueOf = (level: number): number => (level === 0 ? 0 : 55 + 40 * level)

/** The nearest of a cube of 216 colors and a ramp of 24 grays. */
const indexOf = (red: number, green: number, blue: number): number => {
  const [r, g, b] = [levelOf(red), levelOf(green), levelOf(blue)]
  const gray = Math.max(0, Math.min(23, Math.round(((red + green + blue) / 3 - 8) / 10)))
  const shade = 8 + 10 * gray
  const ofCube = (red - valueOf(r)) ** 2 + (green - valueOf(g)) ** 2 + (blue - valueOf(b)) ** 2
  const ofRamp = (red - shade) ** 2 + (green - shade) ** 2 + (blue - shade) ** 2
  return ofRamp < ofCube ? 232 + gray : 16 + 36 * r + 6 * g + b
}

const indexedColor: Depth = {
  colorOf(y, u, v) {
    const color = trueColor.colorOf(y, u, v)
    return indexOf(color >> 16, (color >> 8) & 0xff, color & 0xff)
  },
  codeOf: (color) => `5;${color}`,
  looksLike: (color, other) => color === other
}

const depths = { 'true-color': trueColor, '256-colors': indexedColor }

const within = (length: number, most: number): number => Math.min(most, Math.max(1, Math.round(length)))

/** As large as there is room for, in cells. */
const fitted = ({ width, height }: Size, { columns, rows }: Screen): Size => {
  const scale = Math.min(columns / width, (2 * rows) / height)
  return { width: within(width * scale, columns), height: within((height * scale) / 2, rows) }
}

/** Draws a row of cells. */
type Line = (row: number) => string

/** A code goes before a cell only where it changes something. */
const inColor = (picture: I420, pixels: Size, { colorOf, codeOf, looksLike }: Depth): Line => {
  const { width } = pixels
  const colorSize = colorSizeOf(picture)
  const y = scaledPlane(picture.y, picture, pixels).bytes
  const u = scaledPlane(picture.u, colorSize, pixels).bytes
  const v = scaledPlane(picture.v, colorSize, pixels).bytes
  const colorAt = (at: number): Color => colorOf(byteAt(y, at), byteAt(u, at), byteAt(v, at))
  return (row) => {
    let text = ''
    let [character, background] = [none, none]
    for (let at = 2 * row * width; at < (2 * row + 1) * width; at += 1) {
      const [upper, lower] = [colorAt(at), colorAt(at + width)]
      const isOne = looksLike(upper, lower)
      const codes: string[] = []
      if (!isOne && !looksLike(upper, character)) {
        character = upper
        codes.push(`38;${codeOf(upper)}`)
      }
      if (!looksLike(lower, background)) {
        background = lower
        codes.push(`48;${codeOf(lower)}`)
      }
      if (codes.length > 0) text += `\u001B[${codes.join(';')}m`
      text += isOne ? ' ' : upperHalf
    }
    return text + reset
  }
}

const shadeOf = (light: number): string =>
  shades.charAt(Math.max(0, Math.min(shades.length - 1, Math.floor(((light - 16) / 220) * shades.length))))

const inShades = (picture: I420, pixels: Size): Line => {
  const { width } = pixels
  const { bytes } = scaledPlane(picture.y, picture, pixels)
  return (row) => {
    let text = ''
    for (let at = 2 * row * width; at < (2 * row + 1) * width; at += 1) {
      text += shadeOf((byteAt(bytes, at) + byteAt(bytes, at + width)) / 2)
    }
    return text
  }
}

/** As many lines as there are rows, and each as wide as there are columns, with the picture in the middle. */
export const halfBlocks = (picture: I420, screen: Screen): readonly string[] => {
  const { columns, rows, depth } = screen
  const { width, height } = fitted(picture, screen)
  const [left, top] = [(columns - width) >> 1, (rows - height) >> 1]
  const pixels = { width, height: 2 * height }
  const line = depth === 'no-color' ? inShades(picture, pixels) : inColor(picture, pixels, depths[depth])
  return Array.from({ length: rows }, (_, row) => {
    if (row < top || row >= top + height) return ' '.repeat(columns)
    return ' '.repeat(left) + line(row - top) + ' '.repeat(columns - left - width)
  })
}
