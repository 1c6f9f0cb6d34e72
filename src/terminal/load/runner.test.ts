import { describe, expect, test } from 'vitest'
import { VirtualLoad, wayMs } from '../../../test/support/virtual-load.ts'
import type { Course, PlanOptions } from './plan.ts'
import { LoadRunner } from './runner.ts'
import { Tally } from './tally.ts'

const options: PlanOptions = {
  pairs: 4,
  signInsPerSecond: 2_000,
  callsPerSecond: 2,
  durationMs: 60_000,
  calls: Infinity
}

interface Given extends Partial<PlanOptions> {
  readonly talkMs?: number
  readonly mediaPairs?: number
}

const started = ({ talkMs = 1_000, mediaPairs = 0, ...given }: Given = {}) => {
  const world = new VirtualLoad()
  const tally = new Tally()
  const runner = new LoadRunner(world, { tally, talkMs, mediaPairs, plan: { ...options, ...given } })
  const over: Course[] = []
  void runner.run().then((course) => over.push(course))
  const course = async (): Promise<Course | undefined> => {
    await Promise.resolve()
    return over[0]
  }
  const isOver = async (): Promise<string | undefined> => (await course())?.why
  return { world, tally, runner, course, isOver }
}

const counted = ({ signedIn, keptOut, lost, begun, answered, well, failed, cutOff }: Tally) => ({
  signedIn,
  keptOut,
  lost,
  begun,
  answered,
  well,
  failed,
  cutOff
})

describe('a run', () => {
  test('calls again and again, and leaves nothing', async () => {
    const { world, tally, isOver } = started()
    world.pass(59_900)
    expect(tally.present).toBe(8)
    world.pass(10_000)
    expect(await isOver()).toBe('finished')
    const { begun, well, cutOff } = tally
    expect(begun).toBe(120)
    expect(well + cutOff).toBe(begun)
    expect(counted(tally)).toMatchObject({ signedIn: 8, keptOut: 0, lost: 0, failed: 0 })
    expect([world.timers, world.clients.size, tally.present]).toEqual([0, 0, 0])
  })

  test('measures what everything takes', () => {
    const { world, tally } = started({ pairs: 1, callsPerSecond: 0.5 })
    world.pass(10_000)
    const read = Object.fromEntries(Array.from(tally.latencies, ([name, { count }]) => [name, count > 0]))
    expect(read).toEqual({
      'sign-in': true,
      wait: true,
      ringing: true,
      accept: true,
      relay: true,
      ended: true
    })
    expect(tally.latencies.get('sign-in')?.read().max).toBeCloseTo(wayMs, 0)
    expect(tally.latencies.get('wait')?.read().max).toBeCloseTo(0, 0)
    expect(tally.latencies.get('ringing')?.read().max).toBeCloseTo(2 * wayMs, 0)
    expect(tally.latencies.get('relay')?.read().max).toBeCloseTo(wayMs, 0)
    expect(tally.latencies.get('ended')?.read().max).toBeCloseTo(wayMs, 0)
  })

  test('measures a call from when it was due, not from when somebody came free to make it', () => {
    const { world, tally } = started({ pairs: 1, callsPerSecond: 1, calls: 3, talkMs: 1_500 })
    world.pass(20_000)
    // Each call takes 1,515 ms, and the next is due after 1,000.
    const { count, max } = tally.latencies.get('wait')?.read() ?? { count: 0, max: 0 }
    expect(count).toBe(3)
    expect(max).toBeCloseTo(2 * (1_500 + 3 * wayMs) - 2_000, 0)
    expect(tally.latencies.get('accept')?.read().max).toBeCloseTo(max + 2 * wayMs, 0)
  })

  test('does not measure what its own end hurries', () => {
    const { world, tally, runner } = started({ talkMs: 1e9 })
    world.pass(2_000)
    runner.interrupt()
    world.pass(1_000)
    expect(tally.well).toBe(4)
    expect(tally.latencies.get('ended')?.count).toBe(0)
  })

  test('is over after so many calls', async () => {
    const { world, tally, isOver } = started({ calls: 10, durationMs: Infinity })
    world.pass(30_000)
    expect(await isOver()).toBe('finished')
    expect(counted(tally)).toMatchObject({ begun: 10, answered: 10, well: 10 })
    expect(world.timers).toBe(0)
  })

  test('keeps the pairs with media apart', () => {
    const { world, tally } = started({ mediaPairs: 1 })
    world.pass(5_000)
    expect(tally.mediaLatencies.get('sign-in')?.count).toBe(2)
    expect(tally.latencies.get('sign-in')?.count).toBe(6)
  })

  test('has only so many connect at a time, and nobody waits for ever', () => {
    const { world, tally } = started({ pairs: 500, signInsPerSecond: 2_000_000 })
    world.pass(60)
    expect(world.mostOpening).toBe(200)
    world.pass(1_000)
    expect(tally.signedIn).toBe(1_000)
    // Who waits for a turn has been waiting all the same.
    expect(tally.latencies.get('sign-in')?.read().max).toBeGreaterThanOrEqual(5 * wayMs - 1)
  })

  test('goes on where clients that were connecting are kept out or closed', () => {
    const { world, runner, tally } = started({ pairs: 500, signInsPerSecond: 2_000_000 })
    world.refusing = { type: 'unreachable', detail: 'ECONNREFUSED' }
    world.pass(2_000)
    expect(tally.keptOut).toBeGreaterThan(1_000)
    expect(world.mostOpening).toBe(200)
    runner.interrupt()
    expect(world.clients.size).toBe(0)
  })
})

describe('what goes wrong', () => {
  test('a client that is lost fails its call, and comes back', () => {
    const { world, tally } = started({ pairs: 1, talkMs: 1e9 })
    world.pass(100)
    world.clients.get('0 callee')?.lose({ type: 'lost', detail: '1006' })
    expect(counted(tally)).toMatchObject({ lost: 1, failed: 1 })
    world.pass(5_000)
    expect(counted(tally)).toMatchObject({ signedIn: 3, begun: 2, answered: 2 })
    expect([...tally.errors]).toEqual([['lost: 1006', 1]])
  })

  test('a server that is not there is tried a few times, and then given up', async () => {
    const { world, tally, isOver } = started()
    world.refusing = { type: 'unreachable', detail: 'ECONNREFUSED' }
    world.pass(20_000)
    expect(await isOver()).toBe('nobody-there')
    expect(tally.keptOut).toBe(8 * 3)
    expect([world.timers, world.clients.size]).toEqual([0, 0])
  })

  test('a server that goes and stays away ends the run, and what was due is missed', async () => {
    const { world, tally, course } = started({ durationMs: 3_600_000 })
    world.pass(10_000)
    world.refusing = { type: 'unreachable', detail: 'ECONNREFUSED' }
    for (const client of world.clients.values()) client.lose({ type: 'lost', detail: '1006' })
    world.pass(60_000)
    expect(await course()).toMatchObject({ why: 'nobody-there', missed: 2 * 15 })
    expect(counted(tally)).toMatchObject({ lost: 8, begun: 20 })
    expect([world.timers, world.clients.size]).toEqual([0, 0])
  })

  test('a server that comes back finds the calls that were due meanwhile', () => {
    const { world, tally } = started()
    world.pass(10_000)
    world.refusing = { type: 'unreachable', detail: 'ECONNREFUSED' }
    for (const client of world.clients.values()) client.lose({ type: 'lost', detail: '1006' })
    world.pass(5_000)
    world.refusing = null
    world.pass(15_000)
    expect(tally.begun).toBe(60)
    expect(tally.latencies.get('wait')?.read().max).toBeGreaterThan(5_000)
  })

  test('a server that turns clients away is not the fault of an error', () => {
    const { world, tally } = started({ pairs: 1 })
    world.refusing = { type: 'turned-away', code: 'lobby-full' }
    world.pass(100)
    expect([...tally.refusals]).toEqual([['lobby-full', 2]])
    expect(tally.errors.size).toBe(0)
  })

  test('a server that has fallen silent is noticed by every call', async () => {
    const { world, tally, isOver } = started({ durationMs: 120_000 })
    world.pass(5_000)
    world.answers = false
    world.pass(200_000)
    expect(await isOver()).toBe('finished')
    expect(tally.ends.get('timed-out')).toBeGreaterThan(4)
    expect(world.timers).toBe(0)
  })
})

test('an interruption lets calls end first, and comes once', async () => {
  const { world, tally, runner, isOver } = started({ talkMs: 1e9 })
  world.pass(2_000)
  runner.interrupt()
  runner.interrupt()
  expect([runner.phase, await isOver()]).toEqual(['ending', undefined])
  world.pass(wayMs)
  expect(await isOver()).toBe('interrupted')
  expect(counted(tally)).toMatchObject({ well: 4, cutOff: 0 })
})

test('calls that do not end in time are cut off', async () => {
  const { world, tally, runner, isOver } = started({ talkMs: 1e9 })
  world.pass(2_000)
  world.answers = false
  runner.interrupt()
  world.pass(5_000)
  expect(await isOver()).toBe('interrupted')
  expect(counted(tally)).toMatchObject({ well: 0, cutOff: 4 })
  expect([world.clients.size, world.timers]).toEqual([0, 0])
})
