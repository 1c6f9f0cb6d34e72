import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Pace } from './pace.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

const paceOf = (burst: number) => new Pace({ burst, perSecond: 10, now: Date.now })

/** Tasks that write down that they were called. */
const noting = (count: number) => {
  const called: number[] = []
  const tasks = Array.from({ length: count }, (_none, at) => () => called.push(at))
  return { called, tasks }
}

test('what there is room for happens at once', () => {
  const { called, tasks } = noting(3)
  const pace = paceOf(3)
  for (const task of tasks) pace.take(task)
  expect(called).toEqual([0, 1, 2])
})

test('the rest happens in turn and in time', () => {
  const { called, tasks } = noting(4)
  const pace = paceOf(1)
  for (const task of tasks) pace.take(task)
  expect(called).toEqual([0])
  vi.advanceTimersByTime(120)
  expect(called).toEqual([0, 1])
  vi.advanceTimersByTime(200)
  expect(called).toEqual([0, 1, 2, 3])
  expect(vi.getTimerCount()).toBe(0)
})

test('asking twice is asking once', () => {
  const { called, tasks } = noting(2)
  const pace = paceOf(1)
  for (const task of [...tasks, ...tasks]) pace.take(task)
  vi.advanceTimersByTime(1_000)
  expect(called).toEqual([0, 1, 0])
})

test('what is forgotten does not happen', () => {
  const { called, tasks } = noting(3)
  const pace = paceOf(1)
  for (const task of tasks) pace.take(task)
  for (const task of tasks.slice(1, 2)) pace.forget(task)
  vi.advanceTimersByTime(1_000)
  expect(called).toEqual([0, 2])
})
