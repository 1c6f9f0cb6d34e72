import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Histogram } from './histogram.ts'

const recorded = (...durations: readonly number[]): Histogram => {
  const histogram = new Histogram()
  for (const ms of durations) histogram.record(ms)
  return histogram
}

/** The same, the slow and exact way. */
const exact = (durations: readonly number[], percent: number): number => {
  const sorted = [...durations].sort((a, b) => a - b)
  return sorted[Math.max(1, Math.ceil((sorted.length * percent) / 100)) - 1] ?? 0
}

test('where nothing was recorded, all is 0', () => {
  expect(recorded().read()).toEqual({ count: 0, mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, max: 0 })
})

test('one duration is all percentiles, exactly', () => {
  expect(recorded(7.3).read()).toEqual({
    count: 1,
    mean: 7.3,
    p50: 7.3,
    p90: 7.3,
    p95: 7.3,
    p99: 7.3,
    max: 7.3
  })
})

test('of one to a hundred, each percentile is its number, within two percent', () => {
  const { p50, p90, p95, p99, max, mean } = recorded(...Array.from({ length: 100 }, (_, at) => at + 1)).read()
  for (const [read, is] of [
    [p50, 50],
    [p90, 90],
    [p95, 95],
    [p99, 99]
  ] as const) {
    expect(Math.abs(read - is) / is).toBeLessThan(0.02)
  }
  expect([max, mean]).toEqual([100, 50.5])
})

test('whatever is recorded is read within two percent', () => {
  const duration = fc.double({ min: 0.001, max: 3_600_000, noNaN: true })
  const percent = fc.constantFrom(0, 1, 50, 90, 95, 99, 99.9, 100)
  fc.assert(
    fc.property(fc.array(duration, { minLength: 1, maxLength: 200 }), percent, (durations, percent) => {
      const is = exact(durations, percent)
      expect(Math.abs(recorded(...durations).percentile(percent) - is) / is).toBeLessThan(0.02)
    })
  )
})

test('the order in which they come is of no matter', () => {
  const durations = [3, 900, 0.2, 41, 41, 6]
  expect(recorded(...durations).read()).toEqual(recorded(...durations.toReversed()).read())
})

test.each([
  ['nothing', 0],
  ['less than nothing', -5],
  ['no number', Number.NaN],
  ['no end', Infinity]
])('%s counts, and as no time at all', (_what, ms) => {
  expect(recorded(ms).read()).toEqual({ count: 1, mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, max: 0 })
})

test('what is longer than an hour counts as an hour', () => {
  expect(recorded(1e12).read()).toMatchObject({ p50: 3_600_000, max: 3_600_000 })
})
