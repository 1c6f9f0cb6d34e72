import { describe, expect, test } from 'vitest'
import { type RunSettings, summarize, worstOf } from './summary.ts'
import { progressLine, table } from './table.ts'
import { Tally } from './tally.ts'

const settings: RunSettings = {
  server: 'http://localhost:8888',
  protocol: 'native',
  pairs: 1_200,
  mediaPairs: 0,
  rate: 10,
  talkSeconds: 5,
  pauseSeconds: 5,
  lobby: 'load-1',
  seed: 7
}
const course = { seconds: 60, why: 'finished', busyPercent: 31 } as const

const talliedWell = (): Tally => {
  const tally = new Tally()
  for (let at = 0; at < 2_400; at += 1) {
    tally.note({ type: 'signed-in' }, 'lean')
    tally.note({ type: 'measured', measure: 'sign-in', ms: 12 }, 'lean')
  }
  for (let at = 0; at < 3_000; at += 1) {
    tally.note({ type: 'call-begun' }, 'lean')
    tally.note({ type: 'call-answered' }, 'lean')
    tally.note({ type: 'measured', measure: 'accept', ms: 1 + (at % 100) }, 'lean')
    tally.note({ type: 'call-finished', outcome: 'well', end: 'hung-up' }, 'lean')
  }
  Object.assign(tally.traffic, {
    sentBytes: 12_345_678,
    receivedBytes: 2_345_678_901,
    sentMessages: 90_000,
    receivedMessages: 1_234_567
  })
  tally.lateness.record(0.42)
  return tally
}

test('a run that went well', () => {
  expect(table(summarize(talliedWell(), settings, course))).toBe(
    `native, 1,200 pairs, http://localhost:8888, 60.0 s, seed 7

sign-ins    2,400, kept out 0, lost 0
calls       begun 3,000, answered 3,000 (50.0/s), ended well 3,000, failed 0, cut off 0
ends        3,000 hung-up
refusals    none
errors      none
signaling   sent 90,000 messages, 12.3 MB; received 1,234,567, 2.35 GB

  milliseconds                count      p50      p90      p95      p99      max
  connect and sign in         2,400     12.0     12.0     12.0     12.0     12.0
  invite → accept             3,000     49.5     90.2     95.8     99.7      100
  delay of this process           1     0.42     0.42     0.42     0.42     0.42
`
  )
})

test('a run with media, of which some was lost, and with all that can go wrong', () => {
  const tally = talliedWell()
  Object.assign(tally.media, {
    packetsSent: 10_000,
    packetsReceived: 9_900,
    packetsLost: 100,
    bytesSent: 900_000,
    bytesReceived: 890_000
  })
  tally.measure('first-frame', 400, 'media')
  tally.note({ type: 'call-begun' }, 'media')
  tally.note({ type: 'call-finished', outcome: 'failed', end: 'timed-out' }, 'media')
  tally.note({ type: 'refused', code: 'rate-limited' }, 'lean')
  tally.note({ type: 'kept-out', fault: { type: 'turned-away', code: 'lobby-full' } }, 'lean')
  tally.note({ type: 'kept-out', fault: { type: 'turned-away', code: 'lobby-full' } }, 'lean')
  tally.note({ type: 'lost', fault: { type: 'lost', detail: '1006' } }, 'lean')
  const text = table(summarize(tally, { ...settings, mediaPairs: 2 }, { ...course, why: 'interrupted' }))
  for (const line of [
    'native, 1,200 pairs, 2 with media, http://localhost:8888, 60.0 s, seed 7, interrupted',
    'sign-ins    2,400, kept out 2, lost 1',
    'ends        3,000 hung-up, 1 timed-out',
    'refusals    2 lobby-full, 1 rate-limited',
    'errors      1 lost: 1006',
    'media       sent 10,000 packets, 900 kB',
    '            received 9,900 packets, 890 kB; lost 100 (1.00 %)',
    '  with media',
    '  answer → first frames           1      400      400      400      400      400'
  ]) {
    expect(text.split('\n')).toContain(line)
  }
})

test('whoever reads it is told when this process was too busy to be believed', () => {
  const tally = talliedWell()
  for (let at = 0; at < 100; at += 1) tally.lateness.record(50)
  expect(table(summarize(tally, settings, course))).toContain('This process was busy itself')
  expect(table(summarize(talliedWell(), settings, { ...course, busyPercent: 95 }))).toContain(
    'This process was busy itself'
  )
})

const codeOf = (tally: Tally): number => summarize(tally, settings, course).exitCode

describe('the exit code', () => {
  test('is 0 when all went well', () => {
    expect(codeOf(talliedWell())).toBe(0)
  })

  test('is 1 when nobody came in, or nobody called', () => {
    const tally = new Tally()
    expect(codeOf(tally)).toBe(1)
    tally.note({ type: 'kept-out', fault: { type: 'unreachable', detail: 'ECONNREFUSED' } }, 'lean')
    expect(codeOf(tally)).toBe(1)
    const idle = new Tally()
    idle.note({ type: 'signed-in' }, 'lean')
    expect(codeOf(idle)).toBe(1)
  })

  test.each<[string, (tally: Tally) => void]>([
    [
      'a call failed',
      (tally) => tally.note({ type: 'call-finished', outcome: 'failed', end: 'lost' }, 'lean')
    ],
    ['something was refused', (tally) => tally.note({ type: 'refused', code: 'rate-limited' }, 'lean')],
    ['something broke', (tally) => tally.err('media: nothing has come')]
  ])('is 2 when %s', (_what, spoil) => {
    const tally = talliedWell()
    spoil(tally)
    expect(codeOf(tally)).toBe(2)
  })
})

test('of very many kinds of errors, the first are told apart', () => {
  const tally = new Tally()
  for (let kind = 0; kind < 1_000; kind += 1) tally.err(`kind ${kind}`)
  tally.err('kind 3')
  expect(tally.errors.size).toBe(33)
  expect([tally.errors.get('kind 3'), tally.errors.get('others')]).toEqual([2, 968])
  expect(tally.troubles).toBe(1_001)
  expect(worstOf(summarize(tally, settings, course))).toBe('others')
})

test('the line in mid-run fits a terminal', () => {
  const progress = {
    seconds: 3_725,
    pairs: 1_200,
    present: 2_399,
    callsPerSecond: 120.4,
    failed: 3,
    errors: 1_004,
    setUp: { count: 10, p50: 2.123, p99: 31.4 },
    ending: false
  }
  expect(progressLine(progress)).toBe(
    '62:05  1,199 of 1,200 pairs  120 calls/s  3 failed, 1,004 errors  set-up p50 2.12 ms, p99 31.4 ms'
  )
  expect(progressLine({ ...progress, seconds: 9, ending: true, setUp: { count: 0, p50: 0, p99: 0 } })).toBe(
    '0:09 ending  1,199 of 1,200 pairs  120 calls/s  3 failed, 1,004 errors  no call answered yet'
  )
})
