/**
 * Pairs of clients that send each other ChannelData through a relay, both of them relayed: our server
 * by either of its ways over UDP, and coturn, where a packet passes twice. Beside them bare forwarders, the
 * limit. Interleaved, so that the ratios hold on a busy machine.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { beForwarder } from './relay-forwarder.ts'
import { type Command, type Outcome, type Pace, beLoad } from './relay-load.ts'
import { type Contestant, coturn, forwarder, patchcord, processorNs, residentKiB } from './relay-servers.ts'
import { percentile, report } from './report.ts'

const program = fileURLToPath(import.meta.url)
const pairs = 8
const rounds = 5
/** As browsers send the packets of a video frame. */
const burst = 8
/** What even the slowest can pass on. */
const steady: Pace = { perSecond: 20_000, ms: 1_500, burst }
const singles: Pace = { ...steady, burst: 1 }
const unhurried: Pace = { perSecond: 1_000, ms: 1_000, burst: 1 }
const searchRounds = 3
const searchSteps = 5
const searchMs = 500
const maxPerSecond = 400_000
const maxLoss = 0.001
const allocations = 2_000
const warmingAllocations = 500

const starts: Readonly<Record<string, () => Promise<Contestant>>> = {
  'Patchcord, mmsg': () => patchcord('mmsg'),
  'Patchcord, dgram': () => patchcord('dgram'),
  coturn,
  'bare forwarder, mmsg with GSO': () => forwarder('mmsg-gso', program),
  'bare forwarder, mmsg': () => forwarder('mmsg', program),
  'bare forwarder, dgram': () => forwarder('dgram', program)
}
const reference = 'coturn'
/** The clients with nothing between them: what of the latency is theirs, and how much they can send at all. */
const direct = 'nothing between'

/** A value for each round. */
interface Measured {
  readonly burstsUs: number[]
  readonly singlesUs: number[]
  readonly p50Us: number[]
  readonly p99Us: number[]
  readonly mostPerSecond: number[]
}

interface Entrant {
  readonly name: string
  readonly contestant: Contestant | null
  readonly load: ChildProcess
  readonly measured: Measured
  readonly bytesPerAllocation: number
}

const tell = async (load: ChildProcess, command: Command): Promise<void> => {
  const done = once(load, 'message')
  load.send(command)
  await done
}

const run = (load: ChildProcess, pace: Pace): Promise<Outcome> =>
  new Promise((resolve) => {
    load.once('message', (outcome: Outcome) => resolve(outcome))
    load.send({ type: 'run', ...pace } satisfies Command)
  })

const startLoad = async (): Promise<ChildProcess> => {
  const load = fork(program, ['load'])
  load.once('exit', (code) => {
    if (code !== null) throw new Error('the clients have failed')
  })
  await once(load, 'message')
  return load
}

/** Of a server that does nothing else, once its code is warm. */
const bytesPerAllocation = async (start: () => Promise<Contestant>): Promise<number> => {
  const contestant = await start()
  const load = await startLoad()
  const allocate = async (count: number): Promise<number> => {
    const credentials = await contestant.credentials(count)
    const before = residentKiB(contestant.pid)
    await tell(load, { type: 'allocate', port: contestant.port, credentials })
    return residentKiB(contestant.pid) - before
  }
  await allocate(warmingAllocations)
  const bytes = ((await allocate(allocations)) * 1_024) / allocations
  load.kill()
  await contestant.stop()
  return bytes
}

const enter = async (name: string, start: (() => Promise<Contestant>) | null): Promise<Entrant> => {
  const isRelay = start !== null && !name.startsWith('bare')
  const bytes = isRelay ? await bytesPerAllocation(start) : Number.NaN
  const contestant = start === null ? null : await start()
  const load = await startLoad()
  await tell(load, contestant === null ? { type: 'direct', pairs } : await contestant.connect(pairs))
  const measured = { burstsUs: [], singlesUs: [], p50Us: [], p99Us: [], mostPerSecond: [] }
  return { name, contestant, load, measured, bytesPerAllocation: bytes }
}

/** Microseconds of processor time for each packet that arrives. */
const processorUs = async ({ name, contestant, load }: Entrant, pace: Pace): Promise<number> => {
  if (contestant === null) return Number.NaN
  const before = processorNs(contestant.pid)
  const { sent, received } = await run(load, pace)
  const used = processorNs(contestant.pid) - before
  if (received < sent * 0.99) console.log(`${name}: ${received} of ${sent} packets arrived`)
  return used / 1_000 / received
}

/** The most packets a second that lose no more than they may, by halving what is left of the range. */
const mostPerSecond = async ({ load }: Entrant): Promise<number> => {
  let low = steady.perSecond
  let high = maxPerSecond
  for (let step = 0; step < searchSteps; step += 1) {
    const perSecond = Math.sqrt(low * high)
    const { sent, received } = await run(load, { perSecond, ms: searchMs, burst })
    const isKept = sent >= (perSecond * searchMs * 0.98) / 1_000 && received >= sent * (1 - maxLoss)
    if (isKept) low = perSecond
    else high = perSecond
  }
  return low
}

const measure = async (entrants: readonly Entrant[]): Promise<void> => {
  for (const entrant of entrants) {
    entrant.measured.burstsUs.push(await processorUs(entrant, steady))
    entrant.measured.singlesUs.push(await processorUs(entrant, singles))
    const { p50Us, p99Us } = await run(entrant.load, unhurried)
    entrant.measured.p50Us.push(p50Us)
    entrant.measured.p99Us.push(p99Us)
  }
}

const median = (values: readonly number[]): number => percentile(values, 50)

/** The median of what each round says by itself. */
const ratio = (values: readonly number[], others: readonly number[] = []): number =>
  median(values.map((value, at) => value / (others[at] ?? Number.NaN)))

const shown = (value: number, digits = 0): string => (Number.isFinite(value) ? value.toFixed(digits) : '–')

const main = async (): Promise<void> => {
  const entrants: Entrant[] = [await enter(direct, null)]
  for (const [name, start] of Object.entries(starts)) entrants.push(await enter(name, start))
  for (let round = 0; round < rounds; round += 1) {
    await measure(entrants)
    if (round >= searchRounds) continue
    for (const entrant of entrants) entrant.measured.mostPerSecond.push(await mostPerSecond(entrant))
  }
  for (const { load, contestant } of entrants) {
    load.kill()
    await contestant?.stop()
  }
  const to = entrants.find(({ name }) => name === reference)?.measured
  const none = entrants.find(({ name }) => name === direct)?.measured
  report(
    'relay',
    entrants.map(({ name, measured, bytesPerAllocation }) => ({
      [`${pairs} pairs, 1,200 bytes`]: name,
      'CPU µs/packet, 8 at a time': shown(median(measured.burstsUs), 2),
      '÷ coturn’s': shown(ratio(measured.burstsUs, to?.burstsUs), 2),
      'CPU µs/packet, one at a time': shown(median(measured.singlesUs), 2),
      '÷ coturn’s, one at a time': shown(ratio(measured.singlesUs, to?.singlesUs), 2),
      'packets/s, loss ≤ 0.1 %': shown(median(measured.mostPerSecond)),
      'added latency p50 µs':
        name === direct ? '–' : shown(median(measured.p50Us) - median(none?.p50Us ?? [])),
      'p99 µs': name === direct ? '–' : shown(median(measured.p99Us) - median(none?.p99Us ?? [])),
      'bytes/allocation': shown(bytesPerAllocation)
    }))
  )
}

const [, , role = '', kind = '', port = '0'] = process.argv
if (role === 'load') beLoad()
else if (role === 'forwarder')
  beForwarder(kind === 'mmsg' || kind === 'mmsg-gso' ? kind : 'dgram', Number(port))
else await main()
