import { describe, expect, test } from 'vitest'
import { drawText, textSize } from './font.ts'
import { white } from './paint.ts'
import { newPicture } from './picture.ts'

const drawn = (text: string, scale = 1): readonly string[] => {
  const { width, height } = textSize(text)
  const picture = newPicture({ width: width * scale, height: height * scale })
  drawText(picture, text, { left: 0, top: 0, scale, color: white })
  return Array.from({ length: picture.height }, (_, row) =>
    Array.from(picture.y.bytes.subarray(row * picture.width, (row + 1) * picture.width), (light) =>
      light === 235 ? '#' : '.'
    ).join('')
  )
}

const letters = Array.from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_.,:-+/()!?#@&' ")

describe('text', () => {
  test('has its letters one beside the other', () => {
    expect(drawn('R2:')).toEqual([
      '####...###.......',
      '#...#.#...#..##..',
      '#...#.....#..##..',
      '####.....#.......',
      '#.#.....#....##..',
      '#..#...#.....##..',
      '#...#.#####......'
    ])
  })

  test('is as much larger as it is told', () => {
    const twice = drawn('4', 2)
    expect(twice.filter((_row, at) => at % 2 === 0).map((row) => row.replace(/(.)\1/g, '$1'))).toEqual(
      drawn('4')
    )
    expect(twice.filter((_row, at) => at % 2 === 1)).toEqual(twice.filter((_row, at) => at % 2 === 0))
  })

  test('is in capitals, without accents', () => {
    expect(drawn('Zoë ß')).toEqual(drawn('ZOE SS'))
    expect(textSize('Zoë ß')).toEqual(textSize('ZOE SS'))
  })

  test('has a box for each letter that is not there', () => {
    const box = ['#####', '#...#', '#...#', '#...#', '#...#', '#...#', '#####']
    for (const letter of ['봄', '😀', '\n', '*']) expect(drawn(letter)).toEqual(box)
  })

  test('is as wide as it looks', () => {
    expect([textSize(''), textSize('A'), textSize('AB')].map(({ width }) => width)).toEqual([0, 5, 11])
  })

  test('can be read: no two letters look alike', () => {
    const shapes = letters.map((letter) => drawn(letter).join('\n'))
    expect(new Set([...shapes, drawn('*').join('\n')]).size).toBe(letters.length + 1)
  })
})
