/** How a call goes, read out of W3C's statistics: what flows, what is lost, and over which path. */

/** One kind of media in one direction, since the last reading. */
export interface Flow {
  readonly bitsPerSecond: number
  /** 0 to 1. What is sent: as the other side reports it. */
  readonly loss: number
  /** Pictures a second; 0 for sound. */
  readonly framesPerSecond: number
}

export interface Quality {
  readonly sent: Readonly<Record<'audio' | 'video', Flow>>
  readonly received: Readonly<Record<'audio' | 'video', Flow>>
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
  readonly totals: Readonly<Record<`${'sent' | 'received'}-${'audio' | 'video'}`, Totals>>
  readonly roundTripMs: number | null
  readonly path: Quality['path']
}

type Stat = Readonly<Record<string, unknown>>

const isStat = (value: unknown): value is Stat => typeof value === 'object' && value !== null

const numberIn = (stat: Stat, key: string): number => {
  const value = stat[key]
  return typeof value === 'number' ? value : 0
}

const nothing: Totals = { bytes: 0, packets: 0, lost: 0, frames: 0 }

const sum = (a: Totals, b: Totals): Totals => ({
  bytes: a.bytes + b.bytes,
  packets: a.packets + b.packets,
  lost: a.lost + b.lost,
  frames: a.frames + b.frames
})

const received = (stat: Stat): Totals => ({
  bytes: numberIn(stat, 'bytesReceived'),
  packets: numberIn(stat, 'packetsReceived'),
  lost: numberIn(stat, 'packetsLost'),
  frames: numberIn(stat, 'framesDecoded')
})

/** What the other side has lost of a stream is in its report on it. */
const sent = (stat: Stat, remote: Stat | undefined): Totals => ({
  bytes: numberIn(stat, 'bytesSent'),
  packets: numberIn(stat, 'packetsSent'),
  lost: remote === undefined ? 0 : numberIn(remote, 'packetsLost'),
  frames: numberIn(stat, 'framesEncoded')
})

/** Chromium names the pair in the transport, Firefox marks it. */
const selectedPair = (stats: readonly Stat[]): Stat | undefined => {
  const named = stats.find(({ type }) => type === 'transport')?.['selectedCandidatePairId']
  const pairs = stats.filter(({ type }) => type === 'candidate-pair')
  return pairs.find(({ id, selected }) => (named === undefined ? selected === true : id === named))
}

/** A relayed candidate on either side is a relay on the way. */
const pathOf = (stats: readonly Stat[], pair: Stat | undefined): Quality['path'] => {
  if (pair === undefined) return null
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
  const total = (type: string, kind: string, totalsOf: (stat: Stat) => Totals): Totals =>
    stats
      .filter((stat) => stat['type'] === type && stat['kind'] === kind)
      .map(totalsOf)
      .reduce(sum, nothing)
  const sentOf = (stat: Stat): Totals =>
    sent(
      stat,
      stats.find(({ type, localId }) => type === 'remote-inbound-rtp' && localId === stat['id'])
    )
  const pair = selectedPair(stats)
  const roundTrip = pair?.['currentRoundTripTime']
  return {
    at,
    totals: {
      'sent-audio': total('outbound-rtp', 'audio', sentOf),
      'sent-video': total('outbound-rtp', 'video', sentOf),
      'received-audio': total('inbound-rtp', 'audio', received),
      'received-video': total('inbound-rtp', 'video', received)
    },
    roundTripMs: typeof roundTrip === 'number' ? roundTrip * 1_000 : null,
    path: pathOf(stats, pair)
  }
}

/** A stream that has begun anew counts from nothing again. */
const flowBetween = (before: Totals, after: Totals, ms: number): Flow => {
  const grown = (key: keyof Totals): number => Math.max(0, after[key] - before[key])
  const [packets, lost] = [grown('packets'), grown('lost')]
  const perSecond = ms > 0 ? 1_000 / ms : 0
  return {
    bitsPerSecond: Math.round(grown('bytes') * 8 * perSecond),
    loss: lost === 0 ? 0 : lost / (packets + lost),
    framesPerSecond: Math.round(grown('frames') * perSecond)
  }
}

/** From here on people notice, and from there on they give up. After ITU-T G.114 for the delay of one way. */
const fair = { loss: 0.03, roundTripMs: 300 }
const poor = { loss: 0.1, roundTripMs: 800 }

const rate = (flows: readonly Flow[], roundTripMs: number): Quality['rating'] => {
  const loss = Math.max(...flows.map((flow) => flow.loss))
  if (loss > poor.loss || roundTripMs > poor.roundTripMs) return 'poor'
  return loss > fair.loss || roundTripMs > fair.roundTripMs ? 'fair' : 'good'
}

const compare = (before: Reading, after: Reading): Quality => {
  const between = (key: keyof Reading['totals']): Flow =>
    flowBetween(before.totals[key], after.totals[key], after.at - before.at)
  const sent = { audio: between('sent-audio'), video: between('sent-video') }
  const received = { audio: between('received-audio'), video: between('received-video') }
  const { roundTripMs, path } = after
  const rating = rate([sent.audio, sent.video, received.audio, received.video], roundTripMs ?? 0)
  return { sent, received, roundTripMs, path, rating: path === null ? 'poor' : rating }
}

interface Time {
  now(): number
  /** Runs something once, later. */
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
  while (!over.aborted) {
    const readings = await media.getStats().catch(() => new Map())
    const reading = readingOf(readings, time.now())
    if (before !== null) yield compare(before, reading)
    before = reading
    await pause(time, everyMs, over)
  }
}

const pause = (time: Time, ms: number, over: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (over.aborted) return resolve()
    const cancel = time.after(ms, done)
    function done(): void {
      over.removeEventListener('abort', stop)
      resolve()
    }
    function stop(): void {
      cancel()
      done()
    }
    over.addEventListener('abort', stop)
  })
