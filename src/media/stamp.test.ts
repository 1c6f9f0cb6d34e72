import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { padded, painted, worn } from '../../test/support/pictures.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { type I420, newPicture, scaledDown } from './picture.ts'
import { type Stamp, dayMs, drawStamp, readStamp } from './stamp.ts'

const anyStamp = fc.record({ frame: fc.nat(2 ** 21 - 1), timeMs: fc.nat(dayMs - 1) })

const stamped = (stamp: Stamp, size = { width: 640, height: 360 }): I420 => {
  const picture = newPicture(size)
  drawStamp(picture, stamp)
  return picture
}

const even = (most: number) => fc.integer({ min: 60, max: most }).map((length) => length & ~1)

describe('a stamp', () => {
  test('is white, black, the time, the number, their check, black and white', () => {
    const { y } = stamped({ frame: 1_234_567, timeMs: 45_678_901 }, { width: 60, height: 16 })
    const row = Array.from(y.bytes.subarray(60 * 15), (light) => (light === 235 ? '1' : '0')).join('')
    const parts = ['10', '010101110010000000100110101', '100101101011010000111', '00100010', '01']
    expect(row).toBe(parts.join(''))
    expect(y.bytes.subarray(0, 60 * 15).every((light) => light === 16)).toBe(true)
  })

  test('is read as it was drawn, in a picture of any size that has room for it', () => {
    fc.assert(
      fc.property(anyStamp, even(400), fc.integer({ min: 16, max: 300 }), (stamp, width, height) => {
        expect(readStamp(padded(stamped(stamp, { width, height })))).toEqual(stamp)
      })
    )
  })

  test('is read after a picture was made half as large, twice as large, blurred and full of noise', () => {
    fc.assert(
      fc.property(anyStamp, fc.integer(), (stamp, seed) => {
        const random = seededRandom(seed)
        const picture = worn(stamped(stamp, { width: 320, height: 180 }), 60, random)
        const half = scaledDown(picture, { width: 160, height: 90 })
        const twice = scaledDown(picture, { width: 640, height: 360 })
        expect([picture, half, worn(half, 30, random), twice].map(readStamp)).toEqual([
          stamp,
          stamp,
          stamp,
          stamp
        ])
      }),
      { numRuns: 20 }
    )
  })

  test('is read in pictures that are paler than they were', () => {
    const stamp = { frame: 77, timeMs: 12_345_678 }
    const { y, ...picture } = stamped(stamp)
    const pale = { ...y, bytes: y.bytes.map((light) => 100 + light / 4) }
    expect(readStamp({ ...picture, y: pale })).toEqual(stamp)
  })

  test.each([
    ['the last of a day', { frame: 0, timeMs: dayMs - 1 }, { frame: 0, timeMs: dayMs - 1 }],
    ['since another midnight', { frame: 1, timeMs: 3 * dayMs + 5 }, { frame: 1, timeMs: 5 }],
    ['before midnight', { frame: 1, timeMs: -1 }, { frame: 1, timeMs: dayMs - 1 }],
    ['of a part of a millisecond', { frame: 1, timeMs: 5.9 }, { frame: 1, timeMs: 5 }],
    ['of a frame beyond its bits', { frame: 2 ** 21 + 3, timeMs: 0 }, { frame: 3, timeMs: 0 }]
  ])('with a time or a number %s begins again', (_which, stamp, expected) => {
    expect(readStamp(stamped(stamp))).toEqual(expected)
  })

  test.each<[string, I420]>([
    ['black', newPicture({ width: 640, height: 360 })],
    ['too narrow for it', stamped({ frame: 1, timeMs: 1 }, { width: 40, height: 40 })],
    ['of nothing', newPicture({ width: 0, height: 0 })],
    ['a pixel', newPicture({ width: 1, height: 1 })],
    ['stripes', painted({ width: 640, height: 360 }, (x) => [x & 8 ? 235 : 16, 128, 128])]
  ])('is not in a picture that is %s', (_which, picture) => {
    expect(readStamp(picture)).toBeNull()
  })

  test('is not read with a block that is wrong, whichever it is', () => {
    const stamp = { frame: 1_234_567, timeMs: 45_678_901 }
    for (let block = 0; block < 60; block += 1) {
      const picture = stamped(stamp, { width: 600, height: 32 })
      for (let y = 30; y < 32; y += 1)
        for (let x = 10 * block; x < 10 * block + 10; x += 1)
          picture.y.bytes[y * 600 + x] = 251 - (picture.y.bytes[y * 600 + x] ?? 0)
      expect(readStamp(picture)).toBeNull()
    }
  })

  test('is not read with a time that no day has', () => {
    const picture = newPicture({ width: 600, height: 32 })
    const bits = `10${(100_000_000).toString(2)}${'0'.repeat(21)}1100011001`
    for (const [block, bit] of Array.from(bits).entries())
      for (let y = 30; y < 32; y += 1)
        picture.y.bytes.fill(bit === '1' ? 235 : 16, y * 600 + 10 * block, y * 600 + 10 * block + 10)
    expect(readStamp(picture)).toBeNull()
  })
})
