import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { padded, worn } from '../../test/support/pictures.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { drawText, textSize } from './font.ts'
import { white } from './paint.ts'
import { type I420, newPicture, scaledDown } from './picture.ts'
import { dayMs, readStamp } from './stamp.ts'
import { drawTestPattern } from './test-pattern.ts'

const size = { width: 640, height: 360 }
const noonish = ((12 * 60 + 34) * 60 + 56) * 1_000 + 789

const pattern = (changes: { name?: string; frame?: number; timeMs?: number } = {}, of = size): I420 => {
  const picture = newPicture(of)
  drawTestPattern(picture, { name: 'Ada', frame: 42, timeMs: noonish, ...changes })
  return picture
}

/** Whether a text is somewhere in a picture, pixel for pixel, as large as may be. */
const shows = ({ y, width, height }: I420, text: string): boolean => {
  const letters = newPicture(textSize(text))
  drawText(letters, text, { left: 0, top: 0, scale: 1, color: white })
  const { bytes } = letters.y
  const isAt = (left: number, top: number, scale: number): boolean =>
    bytes.every((light, at) => {
      const [x, row] = [left + (at % letters.width) * scale, top + Math.floor(at / letters.width) * scale]
      return y.bytes[row * y.stride + x] === light
    })
  for (let scale = 1; scale * letters.width <= width; scale += 1)
    for (let top = 0; top + scale * letters.height <= height; top += 1)
      for (let left = 0; left + scale * letters.width <= width; left += 1)
        if (isAt(left, top, scale)) return true
  return false
}

/** Where the square is, by its left edge, in the lane below the bars. */
const squareAt = (timeMs: number): number => {
  const { y } = pattern({ timeMs })
  return y.bytes.subarray(300 * 640, 301 * 640).indexOf(235)
}

const flashes = (timeMs: number): boolean => pattern({ timeMs }).y.bytes[260 * 640 + 639] === 235

describe('a test pattern', () => {
  test('shows the name of its sender, the time, and the number of the picture', () => {
    const picture = pattern({ name: 'Zoë', frame: 1_234, timeMs: noonish })
    expect(['ZOE', '12:34:56.78', '001234'].map((text) => shows(picture, text))).toEqual([true, true, true])
    expect(['ADA', '12:34:56.79', '001235'].map((text) => shows(picture, text))).toEqual([
      false,
      false,
      false
    ])
  })

  test.each([
    [0, '00:00:00.00'],
    [9, '00:00:00.00'],
    [3_723_040, '01:02:03.04'],
    [dayMs - 1, '23:59:59.99'],
    [dayMs, '00:00:00.00'],
    [20_000 * dayMs + 10, '00:00:00.01'],
    [-10, '23:59:59.99']
  ])('shows %d ms as %s', (timeMs, text) => {
    expect(shows(pattern({ timeMs }, { width: 160, height: 90 }), text)).toBe(true)
  })

  test('says the same to machines, also when it comes small, blurred and full of noise', () => {
    const picture = pattern({ frame: 99, timeMs: noonish })
    const half = scaledDown(worn(picture, 40, seededRandom(1)), { width: 320, height: 180 })
    expect([picture, half].map(readStamp)).toEqual([
      { frame: 99, timeMs: noonish },
      { frame: 99, timeMs: noonish }
    ])
  })

  test('has bars of eight colors', () => {
    const { y, u, v } = pattern({}, { width: 320, height: 240 })
    const [row, ofColor] = [160 * 320, 80 * 160]
    const colors = Array.from({ length: 8 }, (_, bar) => [
      y.bytes[row + 40 * bar + 20],
      u.bytes[ofColor + 20 * bar + 10],
      v.bytes[ofColor + 20 * bar + 10]
    ])
    expect(colors).toEqual([
      [180, 128, 128],
      [162, 44, 142],
      [131, 156, 44],
      [112, 72, 58],
      [84, 184, 198],
      [65, 100, 212],
      [35, 212, 114],
      [16, 128, 128]
    ])
  })

  test('has a square that goes from side to side and never rests', () => {
    expect([squareAt(200), squareAt(1_500), squareAt(1_999), squareAt(2_500), squareAt(3_999)]).toEqual([
      56, 420, 560, 420, 0
    ])
    const places = Array.from({ length: 25 }, (_, at) => squareAt(150 + at * 33))
    for (const [at, place] of places.slice(1).entries()) expect(place).toBeGreaterThan(places[at] ?? NaN)
  })

  test('flashes for the first tenth of each second', () => {
    expect([0, 99, 100, 500, 999, 1_000, 1_099, 1_100].map(flashes)).toEqual([
      true,
      true,
      false,
      false,
      false,
      true,
      true,
      false
    ])
  })

  test('fits any picture, and draws over all of what was there, but not beside it', () => {
    const length = fc.integer({ min: 1, max: 120 })
    fc.assert(
      fc.property(length, length, fc.string({ maxLength: 30 }), fc.nat(), (width, height, name, timeMs) => {
        const made = [3, 200].map((light) => {
          const picture = padded(newPicture({ width, height }))
          for (const { bytes, stride } of [picture.y, picture.u, picture.v])
            for (let at = 0; at < bytes.length; at += stride) bytes.fill(light, at, at + stride - 7)
          drawTestPattern(picture, { name, frame: timeMs, timeMs })
          return picture
        })
        const [one, other] = made
        expect(one).toEqual(other)
        for (const { bytes, stride } of [one?.y, one?.u, one?.v].flatMap((plane) => plane ?? []))
          for (let at = 0; at < bytes.length; at += stride)
            expect(bytes.subarray(at + stride - 7, at + stride).every((byte) => byte === 0xaa)).toBe(true)
      })
    )
  })
})
