/** How a call goes, read out of W3C's statistics: what flows, what is lost, and over which path. */

import type { MediaKind } from './media.ts'

/** One kind of media in one direction, since the last reading. */
export interface Flow {
  readonly bitsPerSecond: number
  /** 0 to 1. What is sent: as the other side reports it. */
  readonly loss: number
  /** Pictures a second; 0 for sound. */
  readonly framesPerSecond: number
}

export interface Quality {
  readonly sent: Readonly<Record<MediaKind, Flow>>
  readonly received: Readonly<Record<MediaKind, Flow>>
  /** To the other side and back; `null` before it has been measured. */
  readonly roundTripMs: number | null
  /** `null` while there is none. */
  readonly path: 'direct' | 'relayed' | null
  readonly rating: 'good' | 'fair' | 'poor'
}

type Stat = Readonly<Record<string, unknown>>

/** What the statistics said at a time. */
interface Reading {
  readonly at: number
  readonly stats: readonly Stat[]
}

/** One, and a later one. */
type Readings = readonly [Reading, Reading]

const isStat = (value: unknown): value is Stat => typeof value === 'object' && value !== null

const numberIn = (stat: Stat, key: string): number => {
  const value = stat[key]
  return typeof value === 'number' ? value : 0
}

/** What was sent of a kind, or received, between two readings. */
const flowBetween = ([before, after]: Readings, isSent: boolean, kind: MediaKind): Flow => {
  const [type, counted, coded] = isSent
    ? ['outbound-rtp', 'Sent', 'Encoded']
    : ['inbound-rtp', 'Received', 'Decoded']
  const streamsIn = ({ stats }: Reading): readonly Stat[] =>
    stats.filter((stat) => stat['type'] === type && stat['kind'] === kind)
  /** What the other side has lost of a stream that is sent is in its report on it. */
  const reportsIn = (reading: Reading): readonly Stat[] => {
    const streams = streamsIn(reading)
    return isSent
      ? reading.stats.filter(
          ({ type, localId }) => type === 'remote-inbound-rtp' && streams.some(({ id }) => id === localId)
        )
      : streams
  }
  // A stream that has begun anew counts from nothing again.
  const grown = (key: string, within = streamsIn): number => {
    const sum = (reading: Reading): number =>
      within(reading).reduce((total, stat) => total + numberIn(stat, key), 0)
    return Math.max(0, sum(after) - sum(before))
  }
  const ms = after.at - before.at
  const perSecond = ms > 0 ? 1_000 / ms : 0
  const lost = grown('packetsLost', reportsIn)
  return {
    bitsPerSecond: Math.round(grown(`bytes${counted}`) * 8 * perSecond),
    loss: lost && lost / (grown(`packets${counted}`) + lost),
    framesPerSecond: Math.round(grown(`frames${coded}`) * perSecond)
  }
}

/** Chromium names the pair in the transport, Firefox marks it. */
const selectedPair = (stats: readonly Stat[]): Stat | undefined => {
  const named = stats.find(({ type }) => type === 'transport')?.['selectedCandidatePairId']
  return stats.find(
    ({ type, id, selected }) =>
      type === 'candidate-pair' && (named === undefined ? selected === true : id === named)
  )
}

/** A relayed candidate on either side is a relay on the way. */
const pathOf = (stats: readonly Stat[], pair: Stat): 'relayed' | 'direct' => {
  const ends = new Set([pair['localCandidateId'], pair['remoteCandidateId']])
  const isRelayed = stats.some(({ id, candidateType }) => candidateType === 'relay' && ends.has(id))
  return isRelayed ? 'relayed' : 'direct'
}

/** As W3C's `RTCStatsReport`, whose entries are anything. */
type Report = Pick<ReadonlyMap<string, unknown>, 'forEach'>

const readingOf = (report: Report, at: number): Reading => {
  const stats: Stat[] = []
  report.forEach((stat: unknown) => {
    if (isStat(stat)) stats.push(stat)
  })
  return { at, stats }
}

/** From here on people notice, and from there on they give up. After ITU-T G.114 for the delay of one way. */
const fair = { loss: 0.03, roundTripMs: 300 }
const poor = { loss: 0.1, roundTripMs: 800 }

const compare = (...readings: Readings): Quality => {
  const flows = (isSent: boolean): Quality['sent'] => ({
    audio: flowBetween(readings, isSent, 'audio'),
    video: flowBetween(readings, isSent, 'video')
  })
  const [sent, received] = [flows(true), flows(false)]
  const { stats } = readings[1]
  const pair = selectedPair(stats)
  const roundTrip = pair?.['currentRoundTripTime']
  const roundTripMs = typeof roundTrip === 'number' ? roundTrip * 1_000 : null
  const losses = [sent.audio, sent.video, received.audio, received.video].map(({ loss }) => loss)
  const exceeds = (limit: typeof fair): boolean =>
    Math.max(...losses) > limit.loss || (roundTripMs ?? 0) > limit.roundTripMs
  return {
    sent,
    received,
    roundTripMs,
    path: pair ? pathOf(stats, pair) : null,
    rating: !pair || exceeds(poor) ? 'poor' : exceeds(fair) ? 'fair' : 'good'
  }
}

interface Time {
  now(): number
  /** Runs something once, later; what it answers with calls that off. */
  after(ms: number, run: () => void): () => void
}

interface Source {
  /** Its statistics; while it has no connection it rejects. */
  readonly media: { getStats(): Promise<Report> }
  /** Aborted when the call is over. */
  readonly over: AbortSignal
  readonly everyMs: number
}

/** One reading after the other, until the call is over. */
export async function* qualityOf(
  time: Time,
  { media, over, everyMs }: Source
): AsyncGenerator<Quality, void, void> {
  let before: Reading | null = null
  let wake: (() => void) | undefined
  over.addEventListener('abort', () => wake?.())
  while (!over.aborted) {
    const readings = await media.getStats().catch(() => new Map())
    const reading = readingOf(readings, time.now())
    if (before) yield compare(before, reading)
    before = reading
    await new Promise<void>((resolve) => {
      const cancel = time.after(everyMs, resolve)
      wake = () => {
        cancel()
        resolve()
      }
      if (over.aborted) wake()
    })
  }
}
