/**
 * A token bucket: how much a peer may still say at once, refilled with time.
 */
export interface Bucket {
  readonly tokens: number
  readonly filledAt: number
}

export interface Rate {
  /** What may be taken at once after a long silence. */
  readonly burst: number
  readonly perSecond: number
}

export const fullBucket = (rate: Rate, now: number): Bucket => ({ tokens: rate.burst, filledAt: now })

/** The bucket after taking `cost`, or `null` when there is not enough in it. */
export const take = (
  bucket: Bucket,
  rate: Rate,
  { cost, now }: { cost: number; now: number }
): Bucket | null => {
  // A clock that was set back refills nothing twice.
  const filledAt = Math.max(bucket.filledAt, now)
  const refill = ((filledAt - bucket.filledAt) * rate.perSecond) / 1000
  const tokens = Math.min(rate.burst, bucket.tokens + refill)
  return tokens < cost ? null : { tokens: tokens - cost, filledAt }
}
