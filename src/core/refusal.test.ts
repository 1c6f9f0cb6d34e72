import { expect, test } from 'vitest'
import { refusal } from './refusal.ts'

test('a refusal says its usual sentence', () => {
  expect(refusal('lobby-full')).toEqual({ code: 'lobby-full', reason: 'This lobby is full.' })
})

test('a refusal says a more exact sentence, and what it is about', () => {
  const details = { reason: 'That call id is taken.', about: 'invite', call: 'c' }
  expect(refusal('not-allowed', details)).toEqual({ code: 'not-allowed', ...details })
})
