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

/** The numbers of one kind in one direction, as they have grown so far. */
interface Totals {
  readonly bytes: number
  readonly packets: number
  readonly lost: number
  readonly frames: number
}

interface Reading {
  readonly at: number
  readonly sent: Readonly<Record<MediaKind, Totals>>
  readonly received: Readonly<Record<MediaKind, Totals>>
  readonly roundTripMs: number | null
  readonly path: Quality['path']
}

type Stat = Readonly<Record<string, unknown>>

const isStat = (value: unknown): value is Stat => typeof value === 'object' && value !== null

const numberIn = (stat: Stat | undefined, key: string): number => {
  const value = stat?.[key]
  return typeof value === 'number' ? value : 0
}

/** What the other side has lost of a stream that is sent is in its report on it. */
const totalsOf = (stats: readonly Stat[], isSent: boolean): Readonly<Record<MediaKind, Totals>> => {
  const [type, counted, coded] = isSent
    ? ['outbound-rtp', 'Sent', 'Encoded']
    : ['inbound-rtp', 'Received', 'Decoded']
  const reportOn = (stat: Stat): Stat | undefined =>
    isSent ? stats.find(({ type, localId }) => type === 'remote-inbound-rtp' && localId === stat['id']) : stat
  const of = (kind: MediaKind): Totals => {
    const streams = stats.filter((stat) => stat['type'] === type && stat['kind'] === kind)
    const sum = (key: string, all: readonly (Stat | undefined)[] = streams): number =>
      all.reduce((total, stat) => total + numberIn(stat, key), 0)
    return {
      bytes: sum(`bytes${counted}`),
      packets: sum(`packets${counted}`),
      lost: sum('packetsLost', streams.map(reportOn)),
      frames: sum(`frames${coded}`)
    }
  }
  return { audio: of('audio'), video: of('video') }
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
const pathOf = (stats: readonly Stat[], pair: Stat): Quality['path'] => {
  const ends = new Set([pair['localCandidateId'], pair['remoteCandidateId']])
  const isRelayed = stats.some(({ id, candidateType }) => candidateType === 'relay' && ends.has(id))
  return isRelayed ? 'relayed' : 'direct'
}

/** As W3C's `RTCStatsReport`, whose entries are anything. */
type Readings = Pick<ReadonlyMap<string, unknown>, 'forEach'>

const readingOf = (report: Readings, at: number): Reading => {
  const stats: Stat[] = []
  report.forEach((stat: unknown) => {
    if (isStat(stat)) stats.push(stat)
  })
  const pair = selectedPair(stats)
  const roundTrip = pair?.['currentRoundTripTime']
  return {
    at,
    sent: totalsOf(stats, true),
    received: totalsOf(stats, false),
    roundTripMs: typeof roundTrip === 'number' ? roundTrip * 1_000 : null,
    path: pair ? pathOf(stats, pair) : null
  }
}

/** From here on people notice, and from there on they give up. After ITU-T G.114 for the delay of one way. */
const fair = { loss: 0.03, roundTripMs: 300 }
const poor = { loss: 0.1, roundTripMs: 800 }

const compare = (before: Reading, after: Reading): Quality => {
  const ms = after.at - before.at
  const perSecond = ms > 0 ? 1_000 / ms : 0
  const losses: number[] = []
  const flowIn = (direction: 'sent' | 'received', kind: MediaKind): Flow => {
    // A stream that has begun anew counts from nothing again.
    const grown = (key: keyof Totals): number =>
      Math.max(0, after[direction][kind][key] - before[direction][kind][key])
    const lost = grown('lost')
    const loss = lost && lost / (grown('packets') + lost)
    losses.push(loss)
    return {
      bitsPerSecond: Math.round(grown('bytes') * 8 * perSecond),
      loss,
      framesPerSecond: Math.round(grown('frames') * perSecond)
    }
  }
  const flowsIn = (direction: 'sent' | 'received'): Quality['sent'] => ({
    audio: flowIn(direction, 'audio'),
    video: flowIn(direction, 'video')
  })
  const { roundTripMs, path } = after
  const flows = { sent: flowsIn('sent'), received: flowsIn('received') }
  const exceeds = (limit: typeof fair): boolean =>
    Math.max(...losses) > limit.loss || (roundTripMs ?? 0) > limit.roundTripMs
  const rating = path === null || exceeds(poor) ? 'poor' : exceeds(fair) ? 'fair' : 'good'
  return { ...flows, roundTripMs, path, rating }
}

interface Time {
  now(): number
  /** Runs something once, later; what it answers with calls that off. */
  after(ms: number, run: () => void): () => void
}

interface Source {
  /** Its statistics; while it has no connection it rejects. */
  readonly media: { getStats(): Promise<Readings> }
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
