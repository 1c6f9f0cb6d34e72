/**
 * From *call* and from *accept* to the first picture of the other side, on each side: ours beside PeerJS with its
 * own server, and beside two connections in one page, which nobody can beat. Three hosts with a wire between
 * them that takes its time; the contestants take turns in one run.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { launchChromium } from '../test/support/browser.ts'
import { type Network, wire } from '../test/support/wire/network.ts'
import type { System } from './first-frame-page.ts'
import { percentile, report } from './report.ts'

const addresses = { server: '10.77.0.1', ada: '10.77.0.2', bob: '10.77.0.3' } as const
type Host = keyof typeof addresses
const [port, peerPort] = [8_888, 9_000]
const origin = `http://${addresses.server}:${port}`

const roundTripsMs = [0, 50, 150]
const rounds = Number(process.argv[2] ?? 7)
/** How long a person needs to answer. */
const answerMs = 1_500
const systems: readonly System[] = ['patchcord', 'peerjs']

/** The pages, as a folder. */
const pagesFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'patchcord-bench-'))
  const scripts = '<script src="/peerjs.js"></script><script type="module" src="/page.js"></script>'
  await writeFile(join(folder, 'index.html'), `<!doctype html><meta charset="utf-8"><body></body>${scripts}`)
  await cp('node_modules/peerjs/dist/peerjs.min.js', join(folder, 'peerjs.js'))
  await build({
    entryPoints: ['bench/first-frame-page.ts'],
    bundle: true,
    format: 'esm',
    outfile: join(folder, 'page.js')
  })
  return folder
}

/** A program on the server's host; answers when it has said something. */
const started = async (network: Network<Host>, args: readonly string[]): Promise<ChildProcess> => {
  const [program, ...words] = network.on('server')
  const child = spawn(program, [...words, process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  await once(child.stdout, 'data')
  return child
}

const pageOn = async (network: Network<Host>, host: 'ada' | 'bob') => {
  const browser = await launchChromium({
    on: network.on(host),
    autoplay: true,
    args: [`--unsafely-treat-insecure-origin-as-secure=${origin}`]
  })
  const page = await browser.newPage()
  await page.goto(origin)
  await page.evaluate(([name, peerPort]) => window.enter(name, peerPort), [host, peerPort] as const)
  return { browser, page }
}

interface Times {
  readonly caller: number
  readonly callee: number
}

/** One call: `afterMs` passes between the ring and the accept. */
const called = async (
  { ada, bob }: { readonly ada: Page; readonly bob: Page },
  system: System,
  afterMs: number
): Promise<{ readonly fromCall: Times; readonly fromAccept: Times }> => {
  const answered = bob.evaluate(([system, afterMs]) => window.party.answer(system, afterMs), [
    system,
    afterMs
  ] as const)
  const caller = await ada.evaluate((system) => window.party.call(system, 'bob'), system)
  const callee = await answered
  await ada.evaluate(() => window.party.hangUp())
  await bob.evaluate(() => window.party.hangUp())
  await ada.waitForTimeout(500)
  return {
    fromCall: { caller: caller.firstFrame - caller.pressed, callee: callee.firstFrame - caller.pressed },
    fromAccept: { caller: caller.firstFrame - callee.pressed, callee: callee.firstFrame - callee.pressed }
  }
}

interface Samples {
  readonly accept: Record<System, Times[]>
  readonly call: Record<System, Times[]>
  readonly cold: number[]
  readonly warm: number[]
}

const measured = async (pages: { readonly ada: Page; readonly bob: Page }): Promise<Samples> => {
  const samples: Samples = {
    accept: { patchcord: [], peerjs: [] },
    call: { patchcord: [], peerjs: [] },
    cold: [],
    warm: []
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const system of round % 2 === 0 ? systems : systems.toReversed()) {
      samples.accept[system].push((await called(pages, system, answerMs)).fromAccept)
      samples.call[system].push((await called(pages, system, 0)).fromCall)
    }
    const { cold, warm } = await pages.ada.evaluate(() => window.limits())
    samples.cold.push(cold)
    samples.warm.push(warm)
  }
  return samples
}

const median = (values: readonly number[]): number => percentile(values, 50)
const shown = (values: readonly number[]): string =>
  `${median(values).toFixed(0)} (${percentile(values, 95).toFixed(0)})`

const rowOf = (roundTripMs: number, { accept, call, cold, warm }: Samples, side: 'caller' | 'callee') => {
  const of = (times: readonly Times[]): readonly number[] => times.map((time) => time[side])
  const [ours, theirs] = [of(accept.patchcord), of(accept.peerjs)]
  return {
    'round trip, ms': roundTripMs,
    side,
    'accept: ours': shown(ours),
    'accept: PeerJS': shown(theirs),
    'ours / PeerJS': (median(ours) / median(theirs)).toFixed(2),
    'warm limit': shown(warm),
    'ours / warm': (median(ours) / median(warm)).toFixed(2),
    'call: ours': shown(of(call.patchcord)),
    'call: PeerJS': shown(of(call.peerjs)),
    'cold limit': shown(cold)
  }
}

const folder = await pagesFolder()
const rows: ReturnType<typeof rowOf>[] = []
{
  await using network = await wire(addresses, pathToFileURL(resolve('test/support/wire/router.ts')))
  const children = [
    await started(network, ['dist/server/cli.js', '--port', String(port), '--static', folder]),
    await started(network, [
      'node_modules/peer/dist/bin/peerjs.js',
      '--port',
      String(peerPort),
      '--path',
      '/'
    ])
  ]
  const ada = await pageOn(network, 'ada')
  const bob = await pageOn(network, 'bob')
  await ada.page.waitForTimeout(500)
  for (const roundTripMs of roundTripsMs) {
    await network.impair({ delayMs: roundTripMs / 2 })
    const samples = await measured({ ada: ada.page, bob: bob.page })
    rows.push(rowOf(roundTripMs, samples, 'caller'), rowOf(roundTripMs, samples, 'callee'))
    console.log(rows.slice(-2))
  }
  await Promise.all([ada.browser.close(), bob.browser.close()])
  for (const child of children) child.kill()
}
await rm(folder, { recursive: true, force: true })
report('first-frame', rows)
