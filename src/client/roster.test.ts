import { expect, test } from 'vitest'
import { applyChanges, compareRosters } from './roster.ts'
import type { Peer } from './types.ts'

const peer = (id: string, busy = false): Peer => ({ id, name: `name of ${id}`, dialect: 'native', busy })
const none = { joined: [], left: [], changed: [] }

test('newcomers go to the end, and those who left are named', () => {
  const step = applyChanges([peer('a'), peer('b')], { ...none, joined: [peer('c')], left: ['a'] }, 'me')
  expect(step).toEqual({
    roster: [peer('b'), peer('c')],
    joined: [peer('c')],
    left: [peer('a')],
    changed: []
  })
})

test('who has changed keeps the place', () => {
  const step = applyChanges([peer('a'), peer('b')], { ...none, changed: [peer('a', true)] }, 'me')
  expect(step).toEqual({
    roster: [peer('a', true), peer('b')],
    joined: [],
    left: [],
    changed: [peer('a', true)]
  })
})

test('oneself and those already known do not join', () => {
  const step = applyChanges([peer('a')], { ...none, joined: [peer('me'), peer('a', true)] }, 'me')
  expect(step).toEqual({ roster: [peer('a', true)], joined: [], left: [], changed: [peer('a', true)] })
})

test('who left while they were unknown, or changed unseen, is no news', () => {
  const step = applyChanges([peer('a')], { ...none, left: ['x'], changed: [peer('y')] }, 'me')
  expect(step).toEqual({ roster: [peer('a')], joined: [], left: [], changed: [] })
})

test('two whole rosters are compared by id', () => {
  const after = [peer('b', true), peer('c')]
  expect(compareRosters([peer('a'), peer('b')], after)).toEqual({
    roster: after,
    joined: [peer('c')],
    left: [peer('a')],
    changed: [peer('b', true)]
  })
})
