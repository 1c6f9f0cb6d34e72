/** The networks that other tests put calls through: measured, so that a number that a test sets is what it gets. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bundled } from '../support/bundled.ts'
import { eventually } from '../support/eventually.ts'
import { type Network, wire } from '../support/wire/network.ts'

type Host = 'ada' | 'bob'

const port = 4_000
const addresses = { ada: '10.77.0.1', bob: '10.77.0.2' } as const
const still = { delayMs: 0, jitterMs: 0, loss: 0, kilobitsPerSecond: 0 } as const

let network: Network<Host>
let probe: Awaited<ReturnType<typeof bundled>>

/** A program of Bob's that goes on until the network ends. */
const start = async (...args: readonly string[]): Promise<ChildProcess> => {
  const [program, ...words] = network.on('bob')
  const child = spawn(program, [...words, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

beforeAll(async () => {
  probe = await bundled(new URL('../support/wire/probe.ts', import.meta.url))
  network = await wire(addresses)
  await start(process.execPath, probe.file, 'echo', String(port))
})

afterAll(async () => {
  await network[Symbol.asyncDispose]()
  await probe[Symbol.asyncDispose]()
})

beforeEach(() => network.impair(still))

/** How many milliseconds each datagram took from Ada to Bob and back, without those that did not come back. */
const roundTrips = async ({ to = '10.77.0.2', count = 20, intervalMs = 5, bytes = 200 } = {}) => {
  const numbers = [port, count, intervalMs, bytes].map(String)
  const took: number[] = JSON.parse(
    await network.run('ada', process.execPath, probe.file, 'send', to, ...numbers)
  )
  return took.sort((a, b) => a - b)
}

const reach = async (): Promise<string> =>
  (await network.run('ada', process.execPath, probe.file, 'reach', '10.77.0.2', String(port))).trim()

const at = (share: number, sorted: readonly number[]): number =>
  sorted[Math.floor(sorted.length * share)] ?? Number.NaN

// A machine that is busy with something else delays some datagrams, and spoils a measurement, but not three in a row.
describe('measured,', { retry: 2 }, () => {
  test('two video streams each way pass without loss or delay', async () => {
    const took = await roundTrips({ count: 1_000, intervalMs: 1, bytes: 1_200 })
    // A machine that stops for a moment loses what does not fit into the buffers of its programs.
    expect(took.length).toBeGreaterThan(900)
    expect(at(0.5, took)).toBeLessThan(2)
  })

  test('a delay is added to each direction', async () => {
    await network.impair({ delayMs: 25 })
    const took = await roundTrips()
    expect(took).toHaveLength(20)
    expect(at(0, took)).toBeGreaterThanOrEqual(50)
    expect(at(0.5, took)).toBeLessThan(54)
  })

  test('packets are lost in the share that was asked for', async () => {
    await network.impair({ loss: 0.3 })
    const took = await roundTrips({ count: 1_000, intervalMs: 0.5 })
    // Both ways have to go well: 0.7 × 0.7, and more than six standard deviations of patience.
    expect(took.length).toBeGreaterThan(390)
    expect(took.length).toBeLessThan(590)
  })

  test('a rate lets through what it says', async () => {
    await network.impair({ kilobitsPerSecond: 1_000 })
    const { delivered } = await network.counts()
    const took = await roundTrips({ count: 250, intervalMs: 4, bytes: 972 })
    // Packets of 1,000 bytes, twice as many as fit into the second, but for a queue of 200 ms.
    expect((await network.counts()).delivered - delivered).toBeLessThan(320)
    expect(took.length).toBeGreaterThan(120)
    expect(took.length).toBeLessThan(160)
  })
})

test('a wall stops everything, and one against UDP stops nothing else', async () => {
  await network.block(['ada', 'bob'])
  expect([await roundTrips(), await reach()]).toEqual([[], 'silent'])
  await network.unblock(['ada', 'bob'])
  await network.block(['ada', 'bob'], 'udp')
  expect([await roundTrips(), await reach()]).toEqual([[], 'reached'])
  await network.unblock(['ada', 'bob'], 'udp')
  expect(await roundTrips()).toHaveLength(20)
})

test('a host sees that its cable is out, and can be reached again when it is in', async () => {
  await network.down('ada')
  expect(await network.run('ada', 'ip', 'link', 'show', 'eth0')).toContain('state DOWN')
  expect(await roundTrips()).toEqual([])
  await network.up('ada')
  expect(await roundTrips()).toHaveLength(20)
})

test('a host that moves is at its new address, and no longer at the old one', async () => {
  await network.move('bob', '10.77.0.9')
  expect(await roundTrips()).toEqual([])
  expect(await roundTrips({ to: '10.77.0.9' })).toHaveLength(20)
  await network.move('bob', addresses.bob)
  expect(await roundTrips()).toHaveLength(20)
})

test('a command that makes no sense is refused, and harms nothing', async () => {
  await expect(network.impair({ loss: -1 })).rejects.toThrow('Expected >=0')
  expect(await roundTrips()).toHaveLength(20)
})

test('two networks have the same addresses and nothing to do with each other', async () => {
  await using other = await wire(addresses)
  await other.block(['ada', 'bob'])
  expect(await roundTrips()).toHaveLength(20)
})

test('what runs on a host ends with its network, even if nobody was left to end it', async () => {
  const doomed = await wire({ ada: '10.77.0.1' })
  const [program, ...words] = doomed.on('ada')
  const child = spawn(program, [...words, 'sh', '-c', 'trap "" TERM; echo ready; sleep 60'])
  let signal: NodeJS.Signals | null = null
  child.on('exit', (_code, by) => {
    signal = by
  })
  await once(child.stdout, 'data')
  await doomed[Symbol.asyncDispose]()
  await eventually(() => signal).toBe('SIGKILL')
})
