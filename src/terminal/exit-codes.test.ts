import { expect, test } from 'vitest'
import { exitCodeOf, exitCodes } from './exit-codes.ts'

test('a program can tell by the exit code alone why it has ended: no two reasons share one', () => {
  const codes = [...Object.values(exitCodes), ...Object.values(exitCodeOf).filter((code) => code !== 0)]
  expect(new Set(codes).size).toBe(codes.length)
})

test('a call that was hung up is a success, and no other ending is', () => {
  const successes = Object.entries(exitCodeOf).filter(([, code]) => code === exitCodes.ok)
  expect(successes.map(([reason]) => reason)).toEqual(['hung-up'])
})

test('the codes do not change, for scripts count on them', () => {
  expect(exitCodes).toEqual({
    ok: 0,
    usage: 1,
    media: 2,
    unreachable: 3,
    refused: 4,
    nobody: 5,
    noTerminal: 6
  })
  expect(exitCodeOf).toEqual({
    'hung-up': 0,
    declined: 10,
    busy: 11,
    'no-answer': 12,
    cancelled: 13,
    failed: 14,
    left: 15,
    replaced: 16,
    'answered-elsewhere': 17
  })
})
