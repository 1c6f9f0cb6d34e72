import { expect, test } from 'vitest'
import { type Quality, qualityOf } from './quality.ts'

type Stats = Readonly<Record<string, object>>

/** A call whose statistics are these, a second apart. */
const readings = async (...moments: readonly Stats[]): Promise<Quality[]> => {
  const over = new AbortController()
  let moment = 0
  const media = { getStats: () => Promise.resolve(new Map(Object.entries(moments[moment] ?? {}))) }
  const time = {
    now: () => moment * 1_000,
    after: (_ms: number, run: () => void) => {
      moment += 1
      queueMicrotask(moment < moments.length ? run : () => over.abort())
      return () => {}
    }
  }
  const read: Quality[] = []
  for await (const quality of qualityOf(time, { media, over: over.signal, everyMs: 1_000 }))
    read.push(quality)
  return read
}

const pair = (more: object = {}, type = 'host') => ({
  transport: { type: 'transport', selectedCandidatePairId: 'pair' },
  pair: {
    id: 'pair',
    type: 'candidate-pair',
    localCandidateId: 'local',
    remoteCandidateId: 'remote',
    currentRoundTripTime: 0.04,
    ...more
  },
  local: { id: 'local', type: 'local-candidate', candidateType: type },
  remote: { id: 'remote', type: 'remote-candidate', candidateType: 'host' }
})

const inbound = (bytesReceived: number, packetsReceived: number, packetsLost = 0) => ({
  in: {
    type: 'inbound-rtp',
    kind: 'video',
    bytesReceived,
    packetsReceived,
    packetsLost,
    framesDecoded: packetsReceived
  }
})

test('what flows is told by the second, from the second reading on', async () => {
  const [quality, ...more] = await readings(
    { ...pair(), ...inbound(0, 0) },
    { ...pair(), ...inbound(125_000, 30) }
  )
  expect(more).toEqual([])
  expect(quality).toMatchObject({
    received: {
      video: { bitsPerSecond: 1_000_000, loss: 0, framesPerSecond: 30 },
      audio: { bitsPerSecond: 0 }
    },
    roundTripMs: 40,
    path: 'direct',
    rating: 'good'
  })
})

test.each([
  [2, 'good'],
  [6, 'fair'],
  [20, 'poor']
])('a loss of %i in a hundred is %s', async (lost, rating) => {
  const [quality] = await readings(
    { ...pair(), ...inbound(0, 0) },
    { ...pair(), ...inbound(1, 100 - lost, lost) }
  )
  expect(quality?.rating).toBe(rating)
})

test.each([
  [0.1, 'good'],
  [0.5, 'fair'],
  [1, 'poor']
])('a round trip of %f s is %s', async (currentRoundTripTime, rating) => {
  const [quality] = await readings(pair(), pair({ currentRoundTripTime }))
  expect(quality?.rating).toBe(rating)
})

const out = (packetsSent: number, packetsLost: number) => ({
  out: { id: 'o1', type: 'outbound-rtp', kind: 'audio', bytesSent: 0, packetsSent },
  report: { type: 'remote-inbound-rtp', kind: 'audio', localId: 'o1', packetsLost }
})

test('what the other side has lost counts for what is sent', async () => {
  const [quality] = await readings({ ...pair(), ...out(0, 0) }, { ...pair(), ...out(75, 25) })
  expect(quality?.sent.audio.loss).toBe(0.25)
})

test('a relay on either end is told', async () => {
  const [quality] = await readings(pair({}, 'relay'), pair({}, 'relay'))
  expect(quality?.path).toBe('relayed')
})

test('a browser that marks the pair instead of naming it is understood', async () => {
  const { transport: _transport, ...marked } = pair({ selected: true })
  const [quality] = await readings(marked, marked)
  expect(quality?.path).toBe('direct')
})

test('without a path nothing is good', async () => {
  const [quality] = await readings({}, {})
  expect(quality).toMatchObject({ path: null, roundTripMs: null, rating: 'poor' })
})

test('a stream that has begun anew is not taken for a negative one', async () => {
  const [quality] = await readings({ ...pair(), ...inbound(9_000, 90) }, { ...pair(), ...inbound(125, 1) })
  expect(quality?.received.video).toEqual({ bitsPerSecond: 0, loss: 0, framesPerSecond: 0 })
})
