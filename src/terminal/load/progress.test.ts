import { expect, test } from 'vitest'
import { type Progress, barLine, plainLine } from './progress.ts'

const progress: Progress = {
  phase: 'calling',
  part: 0.525,
  seconds: 3_725,
  clients: 2_400,
  present: 2_399,
  callsPerSecond: 120.4,
  failed: 3,
  errors: 1_004,
  accept: { count: 10, p50: 2.123, p99: 31.4 }
}

test.each<[string, Partial<Progress>, string]>([
  ['while calls are made', {}, '52 %  62:05  120 calls/s  3 failed  1,004 errors  p50 2.12 p99 31.4 ms'],
  ['before the first is answered', { accept: null }, '52 %  62:05  120 calls/s  3 failed  1,004 errors'],
  [
    'while clients sign in',
    { phase: 'signing-in', seconds: 9, part: 0 },
    '0 %  0:09  2,399 of 2,400 signed in  1,004 errors'
  ],
  ['at the end', { phase: 'ending', part: 1 }, '100 %  62:05  ending  3 failed  1,004 errors']
])('a line says how it is going %s', (_when, given, line) => {
  expect(plainLine({ ...progress, ...given })).toBe(line)
})

test('a bar fills as the run goes on', () => {
  expect(barLine({ ...progress, accept: null, part: 0.25 }, 200)).toBe(
    '████████░░░░░░░░░░░░░░░░░░░░░░  25 %  62:05  120 calls/s  3 failed  1,004 errors'
  )
  expect(barLine({ ...progress, accept: null, part: 1 }, 200)).toContain(`${'█'.repeat(30)} 100 %`)
})

test('the line never wraps: the bar is shortened first, then left out', () => {
  for (let columns = 1; columns < 120; columns += 1) {
    const line = barLine(progress, columns)
    expect(line.length).toBeLessThanOrEqual(columns)
    expect(line.startsWith('█')).toBe(columns >= plainLine(progress).length + 12)
  }
})
