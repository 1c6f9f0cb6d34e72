import { describe, expect, test } from 'vitest'
import { type RunCourse, type RunSettings, summarize, worstOf } from './summary.ts'
import { table } from './table.ts'
import { Tally } from './tally.ts'
import type { Note } from './words.ts'

const settings: RunSettings = {
  server: 'http://localhost:8888',
  protocol: 'native',
  pairs: 1_200,
  mediaPairs: 0,
  callsPerSecond: 50,
  signInsPerSecond: 100,
  talkSeconds: 5,
  lobby: 'load-1'
}
const course = { seconds: 84.2, callingMs: 60_000, why: 'finished', missed: 0, busyPercent: 31 } as const

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
    `native at http://localhost:8888: 1,200 pairs, 50 calls/s of 5 s due for 60.0 s

sign-ins    2,400, kept out 0, lost 0
calls       begun 3,000, missed 0, answered 3,000 (50.0/s)
            ended well 3,000, failed 0, cut off 0
ends        3,000 hung-up
refusals    none
errors      none
signaling   sent 90,000 messages, 12.3 MB; received 1,234,567, 2.35 GB

  milliseconds                count      p50      p90      p95      p99      max
  due → signed in             2,400     12.0     12.0     12.0     12.0     12.0
  due → accepted              3,000     50.0     90.0     95.0     99.0      100
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
  const text = table(
    summarize(tally, { ...settings, mediaPairs: 2 }, { ...course, why: 'interrupted', missed: 12 })
  )
  for (const line of [
    'native at http://localhost:8888: 1,200 pairs (2 with media), 50 calls/s of 5 s due for 60.0 s',
    'It was interrupted.',
    'calls       begun 3,001, missed 12, answered 3,000 (50.0/s)',
    '            ended well 3,000, failed 1, cut off 0',
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

const codeOf = (tally: Tally, given: Partial<RunCourse> = {}): number =>
  summarize(tally, settings, { ...course, ...given }).exitCode

describe('the exit code', () => {
  const turnedAway: Note = { type: 'kept-out', fault: { type: 'turned-away', code: 'lobby-full' } }
  const kept: Note = { type: 'kept-out', fault: { type: 'unreachable', detail: 'ECONNREFUSED' } }
  const ended: Note = { type: 'call-finished', outcome: 'failed', end: 'lost' }

  test.each<[string, number, readonly Note[], Partial<RunCourse>]>([
    ['all went well', 0, [], {}],
    ['it was interrupted', 0, [], { why: 'interrupted' }],
    ['a call failed', 14, [ended], {}],
    ['something was refused', 14, [{ type: 'refused', code: 'rate-limited' }], {}],
    ['somebody was lost', 14, [{ type: 'lost', fault: { type: 'lost', detail: '1006' } }], {}],
    ['calls were due and nobody was free', 14, [], { missed: 1 }],
    ['the server is gone', 3, [kept], { why: 'nobody-there' }]
  ])('when %s: %i', (_what, code, notes, given) => {
    const tally = talliedWell()
    for (const note of notes) tally.note(note, 'lean')
    expect(codeOf(tally, given)).toBe(code)
  })

  test.each([
    ['there is no server', 3, kept],
    ['the server has refused everybody', 4, turnedAway]
  ])('when %s: %i', (_what, code, note) => {
    const tally = new Tally()
    tally.note(note, 'lean')
    expect(codeOf(tally, { why: 'nobody-there' })).toBe(code)
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
