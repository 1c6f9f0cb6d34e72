import { expect, test } from 'vitest'
import { shortMemory } from './short-memory.ts'

const remember = () => {
  let time = 0
  const memory = shortMemory<string>({ ms: 100, max: 2, now: () => time })
  const passTime = (ms: number): void => {
    time += ms
  }
  return { memory, passTime }
}

test('what was kept is taken once', () => {
  const { memory } = remember()
  memory.keep('a', 'first')
  memory.keep('a', 'second')
  expect(memory.take('a')).toBe('second')
  expect(memory.take('a')).toBeUndefined()
})

test('what nobody came back for is forgotten in time', () => {
  const { memory, passTime } = remember()
  memory.keep('a', 'early')
  passTime(99)
  memory.keep('b', 'late')
  passTime(1)
  expect(memory.take('a')).toBeUndefined()
  expect(memory.take('b')).toBe('late')
})

test('of too many the oldest is forgotten', () => {
  const { memory } = remember()
  memory.keep('a', 'oldest')
  memory.keep('b', 'older')
  memory.keep('a', 'renewed')
  memory.keep('c', 'new')
  expect([memory.take('a'), memory.take('b'), memory.take('c')]).toEqual(['renewed', undefined, 'new'])
})
