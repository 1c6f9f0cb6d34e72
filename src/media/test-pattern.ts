/**
 * A picture that shows whether it is alive, whose it is and how old: color bars, the name of its sender, a clock, a
 * square that never rests, a flash at the beginning of each second, when `tone` beeps; and the same for machines.
 */
import { drawText, textSize } from './font.ts'
import { type Color, black, fill, gray, white } from './paint.ts'
import type { I420 } from './picture.ts'
import { type Stamp, dayMs, drawStamp, wrapped } from './stamp.ts'
import { beepMs } from './tone.ts'

export interface TestPattern extends Stamp {
  /** Of whoever sends it. */
  readonly name: string
}

/** White, yellow, cyan, green, magenta, red, blue, black: of three quarters of the light. */
const bars: readonly Color[] = [
  [180, 128, 128],
  [162, 44, 142],
  [131, 156, 44],
  [112, 72, 58],
  [84, 184, 198],
  [65, 100, 212],
  [35, 212, 114],
  black
]

/** From one side to the other and back. */
const roundMs = 4_000

const even = (value: number): number => 2 * Math.round(value / 2)

const two = (value: number): string => Math.floor(value).toString().padStart(2, '0')

/** Hours, minutes, seconds and their hundredths. */
const clockOf = (timeMs: number): string => {
  const [seconds, minutes, hours] = [timeMs / 1_000, timeMs / 60_000, timeMs / 3_600_000]
  return `${two(hours)}:${two(minutes % 60)}:${two(seconds % 60)}.${two((timeMs / 10) % 100)}`
}

/** A line in a black box in the middle, as large as there is room for. `top` in parts of the height. */
const drawLine = (picture: I420, text: string, top: number): void => {
  const { width, height } = picture
  const size = textSize(text)
  const scale = Math.max(1, Math.floor(Math.min((width * 0.9) / (size.width + 4), height / 42)))
  const [left, y] = [even((width - size.width * scale) / 2), even(top * height)]
  const [right, bottom] = [left + size.width * scale, y + (size.height + 2) * scale]
  fill(
    picture,
    { left: even(left - 2 * scale), top: y, right: even(right + 2 * scale), bottom: even(bottom) },
    black
  )
  drawText(picture, text, { left, top: y + scale, scale, color: white })
}

const drawLane = (picture: I420, timeMs: number): void => {
  const { width, height } = picture
  const [top, bottom] = [even(height * 0.7), even(height * 0.92)]
  const side = bottom - top
  const way = (timeMs % roundMs) / (roundMs / 2)
  const left = even((width - side) * (way < 1 ? way : 2 - way))
  const flashes = timeMs % 1_000 < beepMs
  fill(picture, { left: 0, top, right: width, bottom: height }, flashes ? white : gray)
  fill(picture, { left, top, right: left + side, bottom }, flashes ? black : white)
}

/** Into a picture of any size; where it is small, not all of it can be read. */
export const drawTestPattern = (picture: I420, { name, frame, timeMs }: TestPattern): void => {
  const { width, height } = picture
  const ofDay = wrapped(timeMs, dayMs)
  for (const [at, color] of bars.entries()) {
    const edge = (bar: number): number => even((bar * width) / bars.length)
    fill(picture, { left: edge(at), top: 0, right: edge(at + 1), bottom: height }, color)
  }
  drawLane(picture, ofDay)
  drawLine(picture, name, 0.02)
  drawLine(picture, clockOf(ofDay), 0.25)
  drawLine(picture, frame.toString().padStart(6, '0'), 0.47)
  drawStamp(picture, { frame, timeMs })
}
