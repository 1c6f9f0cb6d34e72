import { describe, expect, test } from 'vitest'
import { padded } from '../../test/support/pictures.ts'
import { fill } from './paint.ts'
import { type Plane, type Rectangle, newPicture } from './picture.ts'

const rowsOf = ({ bytes, stride }: Plane): readonly string[] =>
  Array.from({ length: bytes.length / stride }, (_, row) =>
    Array.from(
      bytes.subarray(row * stride, (row + 1) * stride),
      (value) => ({ 16: '.', 128: '.', 200: 'X' })[value] ?? '|'
    ).join('')
  )

const filled = (area: Rectangle) => {
  const picture = padded(newPicture({ width: 6, height: 4 }), 1)
  fill(picture, area, [200, 200, 200])
  return { light: rowsOf(picture.y), color: [rowsOf(picture.u), rowsOf(picture.v)] }
}

describe('an area', () => {
  const empty = { light: ['......|', '......|', '......|', '......|'], color: ['...|', '...|'] }

  test.each<[string, Rectangle, readonly string[], readonly string[]]>([
    [
      'with even edges',
      { left: 2, top: 0, right: 4, bottom: 2 },
      ['..XX..|', '..XX..|', '......|', '......|'],
      ['.X.|', '...|']
    ],
    [
      'with odd edges, which has color around it',
      { left: 1, top: 1, right: 3, bottom: 3 },
      ['......|', '.XX...|', '.XX...|', '......|'],
      ['XX.|', 'XX.|']
    ],
    [
      'beyond the edges',
      { left: -5, top: 2, right: 50, bottom: 50 },
      ['......|', '......|', 'XXXXXX|', 'XXXXXX|'],
      ['...|', 'XXX|']
    ],
    ['outside', { left: 6, top: 0, right: 9, bottom: 4 }, empty.light, empty.color],
    ['above', { left: 0, top: -4, right: 6, bottom: 0 }, empty.light, empty.color],
    ['of nothing', { left: 3, top: 0, right: 3, bottom: 4 }, empty.light, empty.color],
    ['of less than nothing', { left: 4, top: 3, right: 2, bottom: 1 }, empty.light, empty.color]
  ])('%s has its light and its color, and nothing else has', (_which, area, light, color) => {
    expect(filled(area)).toEqual({ light, color: [color, color] })
  })
})
