/** `patchcord load` against a real server that holds what it is asked to. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { eventually } from '../support/eventually.ts'
import { healthOf } from '../support/foreign-parties.ts'
import { load, startLoad, summaryOf } from '../support/load-run.ts'

let server: RunningServer
beforeEach(async () => {
  server = await serve({ port: 0, host: '127.0.0.1', logLevel: 'silent' })
})
afterEach(() => server.close())

const sockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => /^(?:TCP|UDP)/.test(name)).length

test('calls are made and counted, and nothing is left open', async () => {
  const before = sockets()
  const flags = '--pairs 15 --rate 20 --talk 0.3 --calls 60 --quiet'
  const { code, said, complained, summary } = await load(server.url, flags)
  expect([code, complained]).toEqual([0, ''])
  expect(said).toContain('begun 60, missed 0, answered 60')
  expect(said).toContain('ended well 60, failed 0, cut off 0')
  expect(summary).toMatchObject({
    exitCode: 0,
    why: 'finished',
    settings: { protocol: 'native', pairs: 15, lobby: expect.stringMatching(/^load-[0-9a-f]{8}$/) },
    clients: { signedIn: 30, keptOut: 0, lost: 0 },
    calls: { begun: 60, missed: 0, answered: 60, well: 60, failed: 0, cutOff: 0 },
    ends: { 'hung-up': 60 },
    media: null
  })
  expect(summary).toHaveProperty('refusals', {})
  expect(summary).toHaveProperty('errors', {})
  await eventually(sockets).toBeLessThanOrEqual(before)
})

test('everything that a call takes is measured', async () => {
  const flags = '--pairs 10 --rate 20 --talk 0.2 --calls 40'
  const { latenciesMs, signaling, callingSeconds } = await summaryOf(server.url, flags)
  expect(Object.keys(latenciesMs)).toEqual(['sign-in', 'wait', 'ringing', 'accept', 'relay', 'ended'])
  for (const { count, p50, p99, max } of Object.values(latenciesMs)) {
    expect(count).toBeGreaterThan(15)
    expect(0 < p50 && p50 <= p99 && p99 <= max).toBe(true)
  }
  // Forty calls, of which one is due each twentieth of a second.
  expect(callingSeconds).toBeGreaterThan(1.95)
  // An offer, an answer, and a dozen candidates each way, over and back.
  expect(signaling.sentBytes / 40).toBeGreaterThan(12_000)
  expect(signaling.receivedBytes / 40).toBeGreaterThan(12_000)
})

test('with a lobby for each pair, nobody hears of the others', async () => {
  const flags = '--pairs 15 --rate 20 --talk 0.2 --calls 30'
  const apart = await summaryOf(server.url, `${flags} --lobby-per-pair`)
  const together = await summaryOf(server.url, `${flags} --lobby garden`)
  expect([apart.exitCode, together.exitCode]).toEqual([0, 0])
  expect([apart.settings.lobby, together.settings.lobby]).toEqual([null, 'garden'])
  expect(apart.signaling.receivedMessages).toBeLessThan(together.signaling.receivedMessages)
})

test.each(['peerconnection', 'mdn', 'rooms'])('%s clients call each other, too', async (protocol) => {
  const flags = `--protocol ${protocol} --pairs 6 --rate 2.5 --talk 1 --calls 12`
  const { exitCode, calls, ends, latenciesMs, errors, refusals } = await summaryOf(server.url, flags)
  expect([errors, refusals]).toEqual([{}, {}])
  expect(exitCode).toBe(0)
  expect(calls).toMatchObject({ begun: 12, answered: 12, well: 12 })
  expect(ends).toEqual({ 'hung-up': 12 })
  expect(latenciesMs['accept']?.count).toBe(12)
  expect(latenciesMs['ringing']?.count).toBe(0)
})

test.each(['', ' --media-relay'])(
  'pairs with media see and hear each other%s',
  async (how) => {
    const { exitCode, calls, media, latenciesMs } = await summaryOf(
      server.url,
      `--pairs 2 --media 1 --rate 0.2 --talk 6 --calls 3${how}`
    )
    expect(exitCode).toBe(0)
    expect(calls.well).toBe(3)
    expect(media?.packetsSent).toBeGreaterThan(100)
    expect(media?.packetsReceived).toBeGreaterThan(50)
    expect(media?.bytesReceived).toBeGreaterThan(3_000)
    expect(media?.latenciesMs['first-frame']?.count).toBeGreaterThanOrEqual(1)
    // They do not disturb what the others measure.
    const calling = (media?.latenciesMs['accept']?.count ?? 0) + (latenciesMs['accept']?.count ?? 0)
    expect(calling).toBe(3)
  },
  120_000
)

describe('an interruption', () => {
  test('ends calls, then the run, and shows what was', async () => {
    const run = startLoad(server.url, '--pairs 20 --rate 10 --talk 1.2 --sign-ins 1000')
    await eventually(() => healthOf(server.url)).toBe(40)
    await new Promise((resolve) => setTimeout(resolve, 500))
    run.interrupt()
    const { code, said, summary } = await run.ended
    expect([code, summary?.why]).toEqual([0, 'interrupted'])
    expect(summary?.calls.begun).toBeGreaterThan(0)
    expect(summary?.calls.failed).toBe(0)
    expect(said).toContain('interrupted')
  })

  test('that comes before all else leaves nothing to tell', async () => {
    const run = startLoad(server.url, '--pairs 1 --quiet')
    run.interrupt()
    const { code, said, complained } = await run.ended
    expect([code, said]).toEqual([0, ''])
    expect(complained).toBe('patchcord: It was ended before anybody could sign in.\n')
  })
})
