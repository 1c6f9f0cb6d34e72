import { expect, test } from 'vitest'
import { chance } from './chance.ts'

const many = (seed: number): readonly number[] =>
  Array.from({ length: 10_000 }, (_, at) => chance(seed, at % 100, Math.floor(at / 100)))

test('the same question has the same answer, and another seed has another', () => {
  expect(many(7)).toEqual(many(7))
  expect(many(7).filter((number, at) => number === many(8)[at]).length).toBeLessThan(5)
})

test('answers are spread evenly, and hardly any comes twice', () => {
  const numbers = many(1)
  const tenths = Array.from({ length: 10 }, (_, tenth) =>
    numbers.filter((number) => Math.floor(number * 10) === tenth)
  )
  for (const { length } of tenths) expect(Math.abs(length - 1_000)).toBeLessThan(150)
  expect(new Set(numbers).size).toBeGreaterThan(9_990)
})

test('neighbors have nothing to do with each other', () => {
  const numbers = many(3)
  const rising = numbers.filter((number, at) => number > (numbers[at - 1] ?? 0)).length
  expect(Math.abs(rising - 5_000)).toBeLessThan(200)
})
