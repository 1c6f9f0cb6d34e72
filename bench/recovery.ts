/**
 * How soon a call is itself again once its path is back: its line to the server, and its picture on both sides.
 * Two browsers and a server on three hosts; cables are pulled, an address is changed, the server is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { launchChromium } from '../test/support/browser.ts'
import { type Network, wire } from '../test/support/wire/network.ts'
import { percentile, report } from './report.ts'

const addresses = { server: '10.77.0.1', ada: '10.77.0.2', bob: '10.77.0.3' } as const
type Host = keyof typeof addresses
const port = 8_888
const origin = `http://${addresses.server}:${port}`
const [, , rounds = '10', only = ''] = process.argv
const delayMs = 10
/** What a call that does not come back is given. */
const patienceMs = 40_000

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

interface World {
  readonly network: Network<Host>
  readonly ada: Page
  readonly bob: Page
  restart(): Promise<void>
}

/** Each breaks something, and answers when its path is back with the time of that. */
const faults: Readonly<Record<string, (world: World, round: number) => Promise<number>>> = {
  async 'cable out for 3 s'({ network }) {
    await network.down('ada')
    await sleep(3_000)
    await network.up('ada')
    return Date.now()
  },
  async 'cable out for 12 s'({ network }) {
    await network.down('ada')
    await sleep(12_000)
    await network.up('ada')
    return Date.now()
  },
  async 'silence for 8 s'({ network }) {
    await network.block(['ada', 'server'])
    await network.block(['ada', 'bob'])
    await sleep(8_000)
    await network.unblock(['ada', 'server'])
    await network.unblock(['ada', 'bob'])
    return Date.now()
  },
  async 'another address'({ network }, round) {
    await network.move('ada', `10.77.0.${20 + round}`)
    return Date.now()
  },
  async 'server killed, back after 2 s'(world) {
    await world.restart()
    return Date.now()
  }
}

const stateOf = (
  page: Page
): Promise<{ readonly line: number; readonly picture: number; readonly ended: string | null }> =>
  page.evaluate(() => {
    const { heardAt, frameAt, ended } = window.noted
    return { line: heardAt, picture: frameAt, ended }
  })

interface Recovery {
  readonly line: number
  readonly picture: number
}

/** From when the path was back until words sent then have come both ways, and until both see pictures from after that. */
const recovered = async ({ ada, bob }: World, since: number): Promise<Recovery | null> => {
  const found = { line: 0, picture: 0 }
  for (const page of [ada, bob]) {
    const first = { line: 0, picture: 0 }
    while (first.line === 0 || first.picture === 0) {
      if (Date.now() - since > patienceMs) {
        console.log(`Not back: ${JSON.stringify(first)}`)
        return null
      }
      const { line, picture, ended } = await stateOf(page)
      if (ended !== null) {
        console.log(`The call has ended: ${ended}`)
        return null
      }
      if (line > since) first.line ||= line
      if (picture > since) first.picture ||= picture
      await sleep(20)
    }
    found.line = Math.max(found.line, first.line - since)
    found.picture = Math.max(found.picture, first.picture - since)
  }
  return found
}

const startServer = async (network: Network<Host>, pages: string): Promise<ChildProcess> => {
  const [program, ...words] = network.on('server')
  const args = ['dist/server/cli.js', '--port', String(port), '--static', pages]
  const child = spawn(program, [...words, process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  await once(child.stdout, 'data')
  return child
}

const enter = async (network: Network<Host>, host: 'ada' | 'bob') => {
  const browser = await launchChromium({
    on: network.on(host),
    autoplay: true,
    args: [`--unsafely-treat-insecure-origin-as-secure=${origin}`]
  })
  const page = await browser.newPage()
  await page.goto(origin)
  await page.evaluate((name) => window.enterRecovery(name), host)
  return { browser, page }
}

const talk = async ({ ada, bob }: World): Promise<void> => {
  await ada.waitForFunction(() => window.noted.line.roster.length === 1)
  await ada.evaluate(() => window.dial('bob'))
  for (const page of [ada, bob]) await page.waitForFunction(() => window.noted.frameAt > 0)
  // So long that the direct path is found.
  await sleep(2_000)
}

const pages = await mkdtemp(join(tmpdir(), 'patchcord-bench-'))
const script = '<script type="module" src="/page.js"></script>'
await writeFile(join(pages, 'index.html'), `<!doctype html><meta charset="utf-8"><body></body>${script}`)
await build({
  entryPoints: ['bench/recovery-page.ts'],
  bundle: true,
  format: 'esm',
  outfile: join(pages, 'page.js')
})

const rows: Record<string, string | number>[] = []
{
  await using network = await wire(addresses, pathToFileURL(resolve('test/support/wire/router.ts')))
  await network.impair({ delayMs })
  let server = await startServer(network, pages)
  const [ada, bob] = [await enter(network, 'ada'), await enter(network, 'bob')]
  const world: World = {
    network,
    ada: ada.page,
    bob: bob.page,
    async restart() {
      server.kill('SIGKILL')
      await once(server, 'exit')
      await sleep(2_000)
      server = await startServer(network, pages)
    }
  }
  await talk(world)
  for (const [fault, happen] of Object.entries(faults)) {
    if (!fault.includes(only)) continue
    const recoveries: (Recovery | null)[] = []
    for (let round = 0; round < Number(rounds); round += 1) {
      const recovery = await recovered(world, await happen(world, round))
      recoveries.push(recovery)
      if (recovery === null) break
      await sleep(3_000)
    }
    const good = recoveries.filter((recovery) => recovery !== null)
    const of = (what: keyof Recovery, percent: number): number =>
      Math.round(
        percentile(
          good.map((recovery) => recovery[what]),
          percent
        )
      )
    rows.push({
      fault,
      times: recoveries.length,
      survived: good.length,
      'line p50, ms': of('line', 50),
      'line p95': of('line', 95),
      'picture p50, ms': of('picture', 50),
      'picture p95': of('picture', 95)
    })
    console.log(rows.at(-1))
    if (good.length < recoveries.length) break
  }
  await Promise.all([ada.browser.close(), bob.browser.close()])
  server.kill()
}
await rm(pages, { recursive: true, force: true })
report('recovery', rows)
