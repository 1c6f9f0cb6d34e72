import { expect, test } from 'vitest'
import { Histogram } from './histogram.ts'

const histogramOf = (...durations: readonly number[]): Histogram => {
  const histogram = new Histogram()
  for (const ms of durations) histogram.record(ms)
  return histogram
}

test('of nothing, all is 0', () => {
  expect(histogramOf().read()).toEqual({ count: 0, mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, max: 0 })
})

test('percentiles are those of what was recorded, within a thousandth', () => {
  const read = histogramOf(...Array.from({ length: 10_000 }, (_, at) => (at + 1) / 8)).read()
  const due = { count: 10_000, mean: 625.0625, p50: 625, p90: 1_125, p95: 1_187.5, p99: 1_237.5, max: 1_250 }
  for (const [name, value] of Object.entries(due)) {
    expect(Math.abs(Reflect.get(read, name) / value - 1)).toBeLessThan(0.001)
  }
})

test.each([
  [0, 0.001],
  [-3, 0.001],
  [0.0004, 0.001],
  [86_400_000, 3_600_000]
])('%f ms counts as %f', (ms, counts) => {
  const { count, max } = histogramOf(ms).read()
  expect(count).toBe(1)
  expect(Math.abs(max / counts - 1)).toBeLessThan(0.001)
})
