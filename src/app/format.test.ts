import { expect, test } from 'vitest'
import { bytesIn, clock, initials, isNumbered, linkName, pathOf, placeOf, timeOfDay, tint } from './format.ts'

test.each([
  [0, '0:00'],
  [-5, '0:00'],
  [7_900, '0:07'],
  [754_000, '12:34'],
  [3_723_000, '1:02:03']
])('%d ms are %s', (ms, text) => {
  expect(clock(ms)).toBe(text)
})

test.each([
  ['ada', 'A'],
  ['Ada Lovelace', 'AL'],
  ['  ada  of  lovelace ', 'AL'],
  ['김민수', '민수'],
  ['남궁민수', '민수'],
  ['김 민수', '김민'],
  ['👩‍👩‍👧 Family of three', '👩‍👩‍👧'],
  ['', '?']
])('the face of “%s” says %s', (name, letters) => {
  expect(initials(name)).toBe(letters)
})

test.each([
  ['Ada', 'Ada1', true],
  ['Ada', 'Ada27', true],
  ['Ada  Lovelace', 'Ada Lovelace2', true],
  ['Ada  Lovelace', 'Ada Lovelace', false],
  ['Ada\u200b', 'Ada', false],
  ['Ada and a half', 'Ada and', false],
  ['\u200b', 'guest1', false]
])('of “%s”, given as “%s”, it is %s that it was taken', (asked, given, taken) => {
  expect(isNumbered(asked, given)).toBe(taken)
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [12_345, '12 kB'],
  [3_400_000, '3.4 MB'],
  [5e12, '5000 GB']
])('%d bytes are %s', (size, text) => {
  expect(bytesIn(size)).toBe(text)
})

test('a name keeps its color', () => {
  expect(tint('Ada')).toBe(tint('Ada'))
  expect(new Set(['Ada', 'Bob', 'Cy', 'Dee', 'Eve'].map(tint)).size).toBeGreaterThan(2)
})

test.each([
  ['/', '', 'main', false],
  ['/', '?lobby=kitchen', 'kitchen', false],
  ['/', '?lobby=%EB%B6%80%EC%97%8C', '부엌', false],
  ['/', '?lobby=', 'main', false],
  ['/l/kitchen', '', 'kitchen', true],
  ['/l/kitchen/', '?lobby=hall', 'kitchen', true],
  ['/l/%EB%B6%80%EC%97%8C', '', '부엌', true],
  ['/l/%E0%A4%A', '', '%E0%A4%A', true],
  ['/l/main', '', 'main', false],
  ['/l/a/b', '', 'main', false]
])('the address %s%s leads to %s, for two: %s', (pathname, search, lobby, isLink) => {
  expect(placeOf({ pathname, search })).toEqual({ lobby, isLink })
})

test('the path of a place leads back to it', () => {
  for (const lobby of ['main', 'kitchen', '부엌', 'a&b=c']) {
    for (const isLink of [true, false]) {
      const place = { lobby, isLink: isLink && lobby !== 'main' }
      const { pathname, search } = new URL(pathOf(place), 'http://host')
      expect(placeOf({ pathname, search })).toEqual(place)
    }
  }
})

test('the name of a new link has all of its bytes in it, in letters that a lobby may have', () => {
  expect(linkName(Uint8Array.from({ length: 16 }, () => 0xff))).toBe('_____________________w')
  expect(linkName(Uint8Array.from({ length: 16 }, () => 0xfb))).toMatch(/^[\w-]{22}$/)
})

test('the time of day is written as the language does', () => {
  const noon = new Date(2026, 0, 1, 14, 5).getTime()
  expect(timeOfDay(noon, 'en')).toMatch(/2:05\sPM/)
  // The half of the day comes first, in letters that depend on the system's data.
  expect(timeOfDay(noon, 'ko')).toMatch(/^\S+ 2:05$/)
})
