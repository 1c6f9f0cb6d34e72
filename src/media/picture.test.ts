import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { padded, painted } from '../../test/support/pictures.ts'
import { averageOf, newPicture, packed, scaledDown, turned, unpacked } from './picture.ts'

const gray = (light: number) => [light, 128, 128] as const

describe('a new picture', () => {
  test.each([
    [{ width: 4, height: 2 }, 8, 2],
    [{ width: 5, height: 3 }, 15, 6],
    [{ width: 1, height: 1 }, 1, 1],
    [{ width: 0, height: 0 }, 0, 0]
  ])('of %j is black, and has color for each four pixels', (size, pixels, colors) => {
    const { y, u, v, ...made } = newPicture(size)
    expect(made).toEqual(size)
    expect([...y.bytes]).toEqual(Array.from({ length: pixels }, () => 16))
    expect([...u.bytes, ...v.bytes]).toEqual(Array.from({ length: 2 * colors }, () => 128))
  })
})

describe('a part of a plane', () => {
  const { y } = padded(painted({ width: 40, height: 30 }, (x, y) => gray(x + 3 * y)))

  test('has the average of its pixels, and not of what is beside them', () => {
    expect(averageOf(y, { left: 0, top: 0, right: 1, bottom: 1 })).toBe(0)
    expect(averageOf(y, { left: 2, top: 1, right: 5, bottom: 3 })).toBe(3 + 4.5)
    expect(averageOf(y, { left: 36, top: 28, right: 40, bottom: 30 })).toBe(37.5 + 85.5)
  })

  test('has nearly that, too, where there are too many to look at', () => {
    // Of each tenth column and each seventh row.
    expect(averageOf(y, { left: 0, top: 0, right: 40, bottom: 30 })).toBe(15 + 42)
  })

  test('has zeros where there should be more of it than there is', () => {
    const plane = { bytes: Uint8Array.of(90, 90), stride: 2 }
    expect(averageOf(plane, { left: 0, top: 0, right: 2, bottom: 3 })).toBe(30)
  })
})

describe('a picture made smaller', () => {
  test('has the average of four pixels for one, in light and in color', () => {
    const picture = painted({ width: 8, height: 4 }, (x, y) => [10 * x + y, 100 + x, 200 - y])
    const { y, u, v, ...size } = scaledDown(padded(picture), { width: 4, height: 2 })
    expect(size).toEqual({ width: 4, height: 2 })
    expect(y).toEqual({ bytes: Uint8Array.of(6, 26, 46, 66, 8, 28, 48, 68), stride: 4 })
    expect([...u.bytes]).toEqual([101, 105])
    expect([...v.bytes]).toEqual([199, 199])
  })

  test('may be as large as it was, and then is the same', () => {
    const picture = painted({ width: 5, height: 3 }, (x, y) => [x * y, x, y])
    expect(scaledDown(padded(picture), picture)).toEqual(picture)
  })

  test('may be larger than it was, and then has pixels more than once', () => {
    const picture = painted({ width: 2, height: 1 }, (x) => gray(50 + x))
    expect([...scaledDown(picture, { width: 4, height: 2 }).y.bytes]).toEqual([
      50, 50, 51, 51, 50, 50, 51, 51
    ])
  })

  test('stays within the lights it had, whatever the sizes', () => {
    const size = fc.record({
      width: fc.integer({ min: 1, max: 40 }),
      height: fc.integer({ min: 1, max: 40 })
    })
    fc.assert(
      fc.property(size, size, fc.nat(100), fc.nat(100), (from, to, dark, more) => {
        const picture = padded(painted(from, (x, y) => gray(dark + ((x * 7 + y * 13) % (more + 1)))))
        const { bytes } = scaledDown(picture, to).y
        expect(bytes.length).toBe(to.width * to.height)
        expect(Math.min(...bytes)).toBeGreaterThanOrEqual(dark)
        expect(Math.max(...bytes)).toBeLessThanOrEqual(dark + more)
      })
    )
  })
})

describe('a picture in one piece', () => {
  test.each([
    { width: 6, height: 4 },
    { width: 5, height: 3 },
    { width: 1, height: 1 }
  ])('of %j has no padding, and can be taken apart again', (size) => {
    const picture = painted(size, (x, y) => [x + 10 * y, 100 + x, 200 + y])
    const bytes = packed(padded(picture))
    const colors = Math.ceil(size.width / 2) * Math.ceil(size.height / 2)
    expect(bytes).toHaveLength(size.width * size.height + 2 * colors)
    expect(unpacked(bytes, size)).toEqual(unpacked(packed(picture), size))
    expect([...(unpacked(bytes, size)?.y.bytes ?? [])]).toEqual([...picture.y.bytes])
    expect([...(unpacked(bytes, size)?.v.bytes ?? [])]).toEqual([...picture.v.bytes])
  })

  test('of another length than its size says is none', () => {
    expect(unpacked(new Uint8Array(23), { width: 4, height: 4 })).toBeNull()
    expect(unpacked(new Uint8Array(24), { width: 4, height: 4 })).not.toBeNull()
  })
})

describe('a picture that is to be turned', () => {
  // 3 by 2: 1 2 3 over 4 5 6.
  const picture = padded(painted({ width: 3, height: 2 }, (x, y) => [1 + x + 3 * y, 10 + x, 20 + y]))

  test.each([
    [90, { width: 2, height: 3 }, [4, 1, 5, 2, 6, 3]],
    [180, { width: 3, height: 2 }, [6, 5, 4, 3, 2, 1]],
    [270, { width: 2, height: 3 }, [3, 6, 2, 5, 1, 4]]
  ])('by %i degrees is turned clockwise', (degrees, size, expected) => {
    const made = turned(picture, degrees)
    expect(made).toMatchObject(size)
    expect([...made.y.bytes]).toEqual(expected)
    expect(made.y.stride).toBe(size.width)
    expect(made.u.bytes).toHaveLength(2)
    expect(made.u.stride).toBe(degrees === 180 ? 2 : 1)
    const back = turned(made, 360 - degrees)
    expect(packed(back)).toEqual(packed(picture))
  })

  test.each([0, 360, 45, undefined, '90'])('by %j is what it was', (degrees) => {
    expect(turned(picture, degrees)).toBe(picture)
  })
})
