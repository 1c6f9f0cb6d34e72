import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanName, freeName, isLobbyName } from './names.ts'

describe('a name', () => {
  test.each([
    ['is kept as it was asked for', 'Ada Lovelace', 'Ada Lovelace'],
    ['of another script is kept', '김철수', '김철수'],
    ['keeps emoji that are joined from several', '👩‍💻', '👩‍💻'],
    ['keeps the selector that gives its last emoji a color', 'ada ❤️', 'ada ❤️'],
    ['of separate parts is the same as one of joined ones', 'e\u0301', '\u00e9'],
    ['of parts that something hidden keeps apart is so too', 'e\u200b\u0301', '\u00e9'],
    ['loses space around it', '  ada ', 'ada'],
    ['has one space where there were many', 'ada \u00a0  l.', 'ada l.'],
    ['loses control characters and line breaks', 'a\u0000d\na\u2028', 'ada'],
    ['loses marks that turn the reading direction', 'ada\u202eboss', 'adaboss'],
    ['loses half a surrogate pair', 'ada\ud83d', 'ada'],
    ['loses what takes no room', 'a\u200bd\u2060a\ufeff', 'ada'],
    ['loses soft hyphens, which would make two names look the same', 'a\u00adda', 'ada'],
    ['loses tags, which hide a second text', 'ada\u{e0061}\u{e007f}', 'ada'],
    ['of nothing is guest', '', 'guest'],
    ['of space alone is guest', ' \t\u3000 ', 'guest'],
    ['of fillers alone is guest', '\u3164\u115f\u1160\uffa0', 'guest'],
    ['of joiners alone is guest', '\u200d\ufe0f\u200c', 'guest'],
    ['of 64 characters is kept', 'x'.repeat(64), 'x'.repeat(64)],
    ['is cut after 64 characters, not units', '👍'.repeat(70), '👍'.repeat(64)],
    ['that is cut at a space does not end in it', `${'x'.repeat(63)} y`, 'x'.repeat(63)],
    [
      'that is cut inside of a joined emoji does not end in the joiner',
      `${'x'.repeat(62)}👩‍💻`,
      `${'x'.repeat(62)}👩`
    ]
  ])('%s', (_promise, asked, cleaned) => {
    expect(cleanName(asked)).toBe(cleaned)
  })

  test('is the same when it is cleaned again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (asked) => {
        const cleaned = cleanName(asked)
        expect(cleanName(cleaned)).toBe(cleaned)
        expect(cleaned).not.toBe('')
        expect(Array.from(cleaned).length).toBeLessThanOrEqual(64)
      })
    )
  })
})

const among = (...taken: string[]) => {
  const names = new Set(taken)
  return (name: string) => names.has(name)
}

describe('a free name', () => {
  test.each([
    ['is the name itself', [], 'ada'],
    ['has a one behind it when the name is taken', ['ada'], 'ada1'],
    ['has the next number', ['ada', 'ada1', 'ada2'], 'ada3'],
    ['does not mind a number taken without those before it', ['ada1'], 'ada'],
    ['need not be the lowest where there is a gap', ['ada', 'ada1', 'ada2', 'ada4'], 'ada5']
  ])('%s', (_promise, taken, free) => {
    expect(freeName('ada', among(...taken))).toBe(free)
  })

  test('is never one that is taken, whichever are', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 40 })), (numbers) => {
        const isTaken = among('ada', ...numbers.map((number) => `ada${number}`))
        expect(isTaken(freeName('ada', isTaken))).toBe(false)
      })
    )
  })

  test('costs ten thousand of one name a few looks each', () => {
    const names = new Set<string>()
    let looks = 0
    const isTaken = (name: string): boolean => {
      looks += 1
      return names.has(name)
    }
    for (let count = 0; count < 10_000; count += 1) names.add(freeName('ada', isTaken))
    expect(names.size).toBe(10_000)
    expect(looks / names.size).toBeLessThan(30)
  })
})

describe('the name of a lobby', () => {
  test.each(['main', 'room-1', 'a.b_c', '회의실', 'x', 'x'.repeat(64)])('may be %s', (name) => {
    expect(isLobbyName(name)).toBe(true)
  })

  test.each(['', 'x'.repeat(65), 'a b', 'a/b', '<b>', 'a\n', '..%2f', '👍'])('may not be %j', (name) => {
    expect(isLobbyName(name)).toBe(false)
  })
})
