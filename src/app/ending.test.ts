import { expect, test } from 'vitest'
import { endingOf } from './ending.ts'

test.each([
  ['incoming', 'no-answer', true, 'missed'],
  ['incoming', 'cancelled', true, 'missed'],
  ['outgoing', 'no-answer', true, 'no-answer'],
  ['outgoing', 'failed', true, 'failed-early'],
  ['incoming', 'failed', true, 'failed-early'],
  ['outgoing', 'failed', false, 'failed'],
  ['outgoing', null, false, 'failed'],
  ['incoming', 'hung-up', false, 'hung-up']
] as const)(
  'an %s call that ends as %s, unanswered: %s, is %s',
  (direction, endReason, unanswered, ending) => {
    expect(endingOf({ direction, endReason }, unanswered)).toBe(ending)
  }
)
