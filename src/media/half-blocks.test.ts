import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { padded, painted } from '../../test/support/pictures.ts'
import { type ColorDepth, halfBlocks } from './half-blocks.ts'
import type { I420 } from './picture.ts'

const depths: readonly ColorDepth[] = ['true-color', '256-colors', 'no-color']
const gray = (light: number) => [light, 128, 128] as const
const [black, white] = [gray(16), gray(235)]
/** As ffmpeg has them in BT.601. */
const red = [81, 90, 240] as const
const blue = [41, 240, 110] as const

interface Cell {
  readonly text: string
  readonly character: string
  readonly background: string
}

const escape = '\u001B['

/** What a terminal shows of a line: each character with its colors, which are `''` where they are its own. */
const shown = (line: string): readonly Cell[] => {
  let [character, background] = ['', '']
  return `${escape}0m${line}`.split(escape).flatMap((part) => {
    const [codes = '', text = ''] = part.split('m')
    if (codes === '0') [character, background] = ['', '']
    for (const [, which, color = ''] of codes.matchAll(/([34]8);(2;\d+;\d+;\d+|5;\d+)/g)) {
      if (which === '38') character = color
      else background = color
    }
    return Array.from(text, (text) => ({ text, character, background }))
  })
}

/** The colors of the two pixels of each cell. */
const pixelsOf = (line: string) =>
  shown(line).map(({ text, character, background }) => [
    text === '\u2580' ? character : background,
    background
  ])

const codesIn = (line: string): number => line.split(escape).length - 1

const flat = (size: { width: number; height: number }, color: readonly [number, number, number]): I420 =>
  painted(size, () => color)

describe('two pixels, one above the other', () => {
  const picture = painted({ width: 2, height: 4 }, (_x, y) => (y < 2 ? red : blue))

  test('are a cell, the upper in the color of the character and the lower in that of its background', () => {
    expect(halfBlocks(picture, { columns: 1, rows: 1, depth: 'true-color' })).toEqual([
      '\u001B[38;2;255;0;0;48;2;0;0;255m\u2580\u001B[0m'
    ])
    expect(halfBlocks(picture, { columns: 1, rows: 1, depth: '256-colors' })).toEqual([
      '\u001B[38;5;196;48;5;21m\u2580\u001B[0m'
    ])
  })

  test('of the same color need no character', () => {
    expect(halfBlocks(flat(picture, red), { columns: 1, rows: 1, depth: '256-colors' })).toEqual([
      '\u001B[48;5;196m \u001B[0m'
    ])
  })

  test('are a character by their brightness where there is no color', () => {
    const lights = [0, 16, 50, 70, 93, 115, 137, 159, 181, 203, 235, 255]
    const ramp = painted({ width: lights.length, height: 2 }, (x) => gray(lights[x] ?? 0))
    expect(halfBlocks(ramp, { columns: lights.length, rows: 1, depth: 'no-color' })).toEqual(['  .:-=+*#%@@'])
    const half = painted({ width: 1, height: 2 }, (_x, y) => (y === 0 ? black : white))
    expect(halfBlocks(half, { columns: 1, rows: 1, depth: 'no-color' })).toEqual(['='])
  })
})

const lineOf = (paint: Parameters<typeof painted>[1], depth: ColorDepth = 'true-color'): string => {
  const [line = ''] = halfBlocks(painted({ width: 12, height: 2 }, paint), { columns: 12, rows: 1, depth })
  return line
}

const lightIn = (lines: readonly string[]): readonly string[] =>
  lines.map((line) =>
    shown(line)
      .map(({ background }) => (background === '' ? '.' : 'X'))
      .join('')
  )

const inColor = (columns: number, rows: number) => ({ columns, rows, depth: 'true-color' }) as const

describe('a line', () => {
  test('says a color only where it changes', () => {
    expect(codesIn(lineOf(() => red))).toBe(2)
    expect(codesIn(lineOf((x) => (x < 6 ? red : blue)))).toBe(3)
    expect(codesIn(lineOf((x, y) => (y === 0 ? gray(x < 6 ? 40 : 90) : white)))).toBe(3)
    expect(lineOf((x, y) => (y === 0 ? gray(x < 6 ? 40 : 90) : white))).toContain(
      '\u001B[38;2;86;86;86m\u2580'
    )
    expect(codesIn(lineOf((x, y) => (y === 0 ? white : gray(x < 6 ? 40 : 90))))).toBe(3)
  })

  test('goes on with the color of its characters after cells that need none', () => {
    const shows = lineOf((x, y) => (y === 0 && (x < 4 || x >= 8) ? white : black))
    expect(codesIn(shows)).toBe(2)
    expect(pixelsOf(shows).map(([upper]) => upper)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((x) => (x < 4 || x >= 8 ? '2;255;255;255' : '2;0;0;0'))
    )
  })

  test('does not change its color for noise, but does not let it creep away either', () => {
    expect(codesIn(lineOf((x) => gray(100 + (x % 4))))).toBe(2)
    const creeping = pixelsOf(lineOf((x) => gray(100 + x))).map(([upper = '']) => Number(upper.split(';')[1]))
    for (const [x, light] of creeping.entries())
      expect(Math.abs(light - ((100 + x - 16) * 255) / 219)).toBeLessThanOrEqual(5)
  })

  test('begins with its color, whatever it is', () => {
    const component = fc.nat(255)
    const color = fc.oneof(fc.tuple(component, component, component), fc.constant([170, 166, 16] as const))
    fc.assert(
      fc.property(color, (color) => {
        expect(codesIn(lineOf(() => color))).toBe(2)
      })
    )
  })

  test('ends as the terminal was before', () => {
    for (const depth of ['true-color', '256-colors'] as const)
      expect(lineOf(() => red, depth).endsWith('\u001B[0m')).toBe(true)
    expect(codesIn(lineOf(() => red, 'no-color'))).toBe(0)
  })
})

describe('a picture', () => {
  test.each([
    [
      'as wide as there is room',
      { width: 16, height: 8 },
      inColor(8, 4),
      ['........', 'XXXXXXXX', 'XXXXXXXX', '........']
    ],
    ['as high as there is room', { width: 8, height: 8 }, inColor(8, 2), ['..XXXX..', '..XXXX..']],
    ['as large as all of it', { width: 32, height: 32 }, inColor(4, 2), ['XXXX', 'XXXX']],
    [
      'a little off the middle where it has none',
      { width: 8, height: 8 },
      inColor(7, 3),
      ['XXXXXX.', 'XXXXXX.', 'XXXXXX.']
    ],
    ['larger than it is', { width: 2, height: 2 }, inColor(6, 3), ['XXXXXX', 'XXXXXX', 'XXXXXX']],
    ['a line, if it is hardly more', { width: 400, height: 2 }, inColor(4, 3), ['....', 'XXXX', '....']],
    ['a stroke, if it is hardly more', { width: 2, height: 400 }, inColor(3, 2), ['.X.', '.X.']]
  ])('is %s', (_how, size, screen, expected) => {
    expect(lightIn(halfBlocks(flat(size, white), screen))).toEqual(expected)
  })

  test('of 1280 by 720 takes 34 of 40 lines of 120', () => {
    const lines = halfBlocks(flat({ width: 1_280, height: 720 }, white), inColor(120, 40))
    expect(lightIn(lines).map((line) => line.slice(0, 1))).toEqual(Array.from(`...${'X'.repeat(34)}...`))
  })

  test('is where it belongs: neither mirrored nor upside down, nor one row beside the other', () => {
    const picture = padded(
      painted({ width: 8, height: 8 }, (x, y) => (x < 4 ? (y < 4 ? red : white) : y < 4 ? blue : black))
    )
    const lines = halfBlocks(picture, { columns: 2, rows: 1, depth: '256-colors' })
    expect(lines.map(pixelsOf)).toEqual([
      [
        ['5;196', '5;231'],
        ['5;21', '5;16']
      ]
    ])
  })

  test('fills each line to its end and no further, whatever the sizes', () => {
    const size = fc.record({
      width: fc.integer({ min: 1, max: 60 }),
      height: fc.integer({ min: 1, max: 60 })
    })
    fc.assert(
      fc.property(size, fc.nat(40), fc.nat(20), fc.constantFrom(...depths), (size, columns, rows, depth) => {
        const picture = padded(
          painted(size, (x, y) => [(x * 31 + y * 17) & 0xff, (x * 5) & 0xff, (y * 3) & 0xff])
        )
        const lines = halfBlocks(picture, { columns, rows, depth })
        expect(lines.map((line) => shown(line).length)).toEqual(Array.from({ length: rows }, () => columns))
      })
    )
  })
})

describe('256 colors', () => {
  const levels = [0, 95, 135, 175, 215, 255]
  const palette = new Map([
    ...levels.flatMap((red, r) =>
      levels.flatMap((green, g) =>
        levels.map((blue, b) => [16 + 36 * r + 6 * g + b, [red, green, blue] as const] as const)
      )
    ),
    ...Array.from(
      { length: 24 },
      (_, at) => [232 + at, [8 + 10 * at, 8 + 10 * at, 8 + 10 * at] as const] as const
    )
  ])

  test('have none that is nearer than the one that is taken', () => {
    const component = fc.nat(255)
    fc.assert(
      fc.property(component, component, component, (y, u, v) => {
        const picture = flat({ width: 2, height: 2 }, [y, u, v])
        const [exact, taken] = (['true-color', '256-colors'] as const).map((depth) => {
          const [line = ''] = halfBlocks(picture, { columns: 1, rows: 1, depth })
          return (shown(line)[0]?.background ?? '').split(';').slice(1).map(Number)
        })
        const distance = (color: readonly number[] = []): number =>
          color.reduce((sum, value, at) => sum + (value - (exact?.[at] ?? NaN)) ** 2, 0)
        const nearest = Math.min(...[...palette.values()].map(distance))
        expect(distance(palette.get(taken?.[0] ?? NaN))).toBe(nearest)
      }),
      { numRuns: 1_000 }
    )
  })
})
