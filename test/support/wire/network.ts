/**
 * A network of a test's own: several hosts on this machine, with what lies between them in the hands of
 * the test. It needs Linux, its packages iproute2 and util-linux, and the right to make user namespaces
 * or to be root; nothing of the machine's own network is touched.
 */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { whyNoNetworks } from '../../../scripts/lib/networks.js'
import { bundled } from '../bundled.ts'
import { type Command, answerSchema } from './commands.ts'
import type { Counts, Impairment, Protocol } from './wire.ts'

export interface Network<Host extends string> extends AsyncDisposable {
  /** What goes before a command so that it runs on that host. */
  on(host: Host): readonly [string, ...string[]]
  /** Runs a command on a host to its end; answers with what it has written. */
  run(host: Host, ...command: readonly string[]): Promise<string>
  /** Between two, or between all. */
  impair(change: Partial<Impairment>, between?: readonly [Host, Host]): Promise<void>
  /** A wall between two, of one protocol or of all. */
  block(between: readonly [Host, Host], protocol?: Protocol | 'all'): Promise<void>
  unblock(between: readonly [Host, Host], protocol?: Protocol | 'all'): Promise<void>
  /** Its cable is out: the host sees that, too. */
  down(host: Host): Promise<void>
  up(host: Host): Promise<void>
  /** Gives a host another address instead of the one it has. */
  move(host: Host, address: string): Promise<void>
  counts(): Promise<Counts>
}

type Router = ChildProcessByStdio<Writable, Readable, Readable>

const execute = promisify(execFile)

/** Sends commands one after the other, each of which is answered by a line. */
const conversation = (router: Router) => {
  const lines = createInterface({ input: router.stdout })[Symbol.asyncIterator]()
  let errors = ''
  router.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const answer = async (): Promise<Counts> => {
    const { done, value } = await lines.next()
    if (done) throw new Error(`The network is gone. ${errors}`)
    const answer = v.parse(v.pipe(v.string(), v.parseJson(), answerSchema), value)
    if ('error' in answer) throw new Error(answer.error)
    return answer.counts
  }
  return {
    answer,
    tell: (command: Command): Promise<Counts> => {
      router.stdin.write(`${JSON.stringify(command)}\n`)
      return answer()
    }
  }
}

/** Into the namespaces of the router's own, as somebody who may do anything there. */
const enter = (router: Router, host: string): [string, ...string[]] => {
  const net = `--net=${join('/proc', String(router.pid), 'root', 'run', 'netns', host)}`
  const here = `--wd=${process.cwd()}`
  return ['nsenter', `--target=${router.pid}`, '--user', '--mount', net, here, '--preserve-credentials', '--']
}

const commandsOf = <Host extends string>(
  tell: (command: Command) => Promise<Counts>,
  run: Network<Host>['run']
): Omit<Network<Host>, 'on' | 'run' | typeof Symbol.asyncDispose> => {
  const route = (host: Host) => run(host, 'ip', 'route', 'replace', 'default', 'dev', 'eth0')
  return {
    async impair(change, between) {
      await tell({ do: 'impair', change, ...(between && { between: [...between] }) })
    },
    async block(between, protocol = 'all') {
      await tell({ do: 'block', between: [...between], protocol })
    },
    async unblock(between, protocol = 'all') {
      await tell({ do: 'unblock', between: [...between], protocol })
    },
    async down(host) {
      await tell({ do: 'plug', host, plugged: false })
      await run(host, 'ip', 'link', 'set', 'eth0', 'down')
    },
    async up(host) {
      await tell({ do: 'plug', host, plugged: true })
      await run(host, 'ip', 'link', 'set', 'eth0', 'up')
      await route(host)
    },
    async move(host, address) {
      await tell({ do: 'address', host, address })
      await run(host, 'ip', 'address', 'flush', 'dev', 'eth0')
      await run(host, 'ip', 'address', 'add', `${address}/24`, 'dev', 'eth0')
      await route(host)
    },
    counts: () => tell({ do: 'count' })
  }
}

/**
 * Makes a network out of hosts and their IPv4 addresses, which are all of one /24. There, each is known as `NAME.test`. What still runs on its hosts when it
 * is disposed of, or when this process ends, ends with it.
 *
 * @example
 * await using network = await wire({ ada: '10.77.0.1', bob: '10.77.0.2' })
 * await network.impair({ delayMs: 25 })
 * await network.run('ada', 'ping', '-c1', '10.77.0.2')
 */
export const wire = async <Host extends string>(
  addresses: Readonly<Record<Host, string>>,
  routerSource = new URL('router.ts', import.meta.url)
): Promise<Network<Host>> => {
  const reason = await whyNoNetworks()
  if (reason !== undefined) throw new Error(`There can be no network here: ${reason}.`)
  const program = await bundled(routerSource)
  const words = ['--user', '--map-root-user', '--net', '--mount', '--', process.execPath, program.file]
  const router = spawn('unshare', [...words, JSON.stringify(addresses)], { stdio: 'pipe' })
  const exited = once(router, 'exit')
  const { answer, tell } = conversation(router)
  const close = async (): Promise<void> => {
    router.stdin.end()
    await exited
    await program[Symbol.asyncDispose]()
  }
  try {
    await answer()
  } catch (error) {
    await close()
    throw error
  }
  const on = (host: Host): readonly [string, ...string[]] => enter(router, host)
  const run = async (host: Host, ...command: readonly string[]): Promise<string> => {
    const [program, ...args] = on(host)
    return (await execute(program, [...args, ...command])).stdout
  }
  return { on, run, ...commandsOf(tell, run), [Symbol.asyncDispose]: close }
}
