import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bucket, fullBucket, take } from './bucket.ts'

const rate = { burst: 10, perSecond: 2 }

describe('a bucket', () => {
  const empty: Bucket = { tokens: 0, filledAt: 0 }

  test.each<[string, [bucket: Bucket, cost: number, now: number], Bucket | null]>([
    ['full -> take 1', [fullBucket(rate, 0), 1, 0], { tokens: 9, filledAt: 0 }],
    ['full -> take all', [fullBucket(rate, 0), 10, 0], { tokens: 0, filledAt: 0 }],
    ['full, later -> take 1', [fullBucket(rate, 0), 1, 9_000], { tokens: 9, filledAt: 9_000 }],
    ['empty -> take 1', [empty, 1, 0], null],
    ['empty -> take 0', [empty, 0, 0], empty],
    ['almost refilled -> take 1', [empty, 1, 499], null],
    ['refilled -> take 1', [empty, 1, 500], { tokens: 0, filledAt: 500 }],
    ['filled -> take 1 earlier', [{ tokens: 5, filledAt: 900 }, 1, 0], { tokens: 4, filledAt: 900 }]
  ])('%s', (_arrow, [bucket, cost, now], after) => {
    expect(take(bucket, rate, { cost, now })).toEqual(after)
  })

  test('never gives more than its burst and what time has refilled', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: -2_000, max: 2_000 }), fc.integer({ min: 0, max: 12 })))
    fc.assert(
      fc.property(steps, (steps) => {
        let bucket = fullBucket(rate, 0)
        let now = 0
        let latest = 0
        let taken = 0
        for (const [step, cost] of steps) {
          now += step
          latest = Math.max(latest, now)
          const rest = take(bucket, rate, { cost, now })
          if (rest === null) continue
          bucket = rest
          taken += cost
        }
        expect(taken).toBeLessThanOrEqual(rate.burst + (latest * rate.perSecond) / 1_000 + 1e-9)
      })
    )
  })
})
