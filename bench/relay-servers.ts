/** What the relay benchmark compares, each in a process of its own: our server, coturn, and bare forwarders. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'koffi'
import { findCoturn } from '../scripts/lib/coturn.js'
import { nodePlatform } from '../src/server/node-platform.ts'
import { passwordOf } from '../src/turn/credentials.ts'
import { nativeSocket } from '../test/support/native-socket.ts'
import type { Forwarder } from './relay-forwarder.ts'
import type { Command, Credential } from './relay-load.ts'
import { startServer } from './report.ts'

export interface Contestant {
  readonly pid: number
  /** Lets this process be its clients: so many pairs. */
  connect(pairs: number): Promise<Command>
  /** As many credentials, each for one allocation. */
  credentials(count: number): Promise<readonly Credential[]>
  readonly port: number
  stop(): Promise<void>
}

const host = '127.0.0.1'
/** Of a peer, as the server has it. */
const allocationsPerPeer = 32

const freePort = async (): Promise<number> => {
  const socket = createSocket('udp4').bind(0, host)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

/** Whatever happens, nothing stays. */
const endWithUs = (child: ChildProcess): void => {
  process.once('exit', () => child.kill('SIGKILL'))
}

const killed = async (child: ChildProcess): Promise<void> => {
  const exited = once(child, 'exit')
  child.kill()
  await exited
}

/** Limits that no benchmark meets. */
const unlimited = [
  '--relay-allocations-per-address=100000',
  '--relay-call-bytes-per-second=1000000000',
  '--relay-address-bytes-per-second=1000000000000'
]

export const patchcord = async (relayUdp: 'mmsg' | 'dgram'): Promise<Contestant> => {
  const { server, origin, pid } = await startServer([
    `--host=${host}`,
    `--relay-udp=${relayUdp}`,
    ...unlimited
  ])
  endWithUs(server)
  const sockets: AsyncDisposable[] = []
  let calls = 0
  /** Two who are in a call, and stay. */
  const call = async (): Promise<readonly [Credential, Credential]> => {
    const name = `call-${(calls += 1)}`
    const [ada, bob] = [await nativeSocket(origin, `ada-${name}`), await nativeSocket(origin, `bob-${name}`)]
    sockets.push(ada, bob)
    ada.say({ type: 'ice-servers', call: name })
    const [adas] = await ada.offered('ice-servers')
    ada.say({ type: 'invite', call: name, to: bob.id }, 'offer')
    const [bobs] = await bob.offered('invite')
    bob.say({ type: 'accept', call: name }, 'answer')
    if (adas === undefined || bobs === undefined) throw new Error('no relay is offered')
    return [adas, bobs]
  }
  const calling = async (count: number): Promise<(readonly [Credential, Credential])[]> => {
    const all: (readonly [Credential, Credential])[] = []
    while (all.length < count) all.push(await call())
    return all
  }
  const port = Number(new URL(origin).port)
  return {
    pid,
    port,
    connect: async (pairs) => ({ type: 'relay', port, pairs: await calling(pairs) }),
    async credentials(count) {
      const peers = (await calling(Math.ceil(count / allocationsPerPeer / 2))).flat()
      return peers.flatMap((peer) => Array.from({ length: allocationsPerPeer }, () => peer)).slice(0, count)
    },
    async stop() {
      await Promise.all(sockets.map((socket) => socket[Symbol.asyncDispose]()))
      await killed(server)
    }
  }
}

/** As it comes, but for what loopback and credentials need. */
export const coturn = async (): Promise<Contestant> => {
  const path = findCoturn()
  if (path === undefined)
    throw new Error('There is no coturn on the path: install it, as with apt install coturn.')
  const folder = await mkdtemp(join(tmpdir(), 'patchcord-bench-'))
  const port = await freePort()
  const secret = 'of the benchmark'
  const child = spawn(
    path,
    [
      '-n',
      '--use-auth-secret',
      `--static-auth-secret=${secret}`,
      '--realm=bench',
      `--listening-ip=${host}`,
      `--relay-ip=${host}`,
      `--listening-port=${port}`,
      '--allow-loopback-peers',
      '--no-tls',
      '--no-dtls',
      '--no-cli',
      '--log-file=stdout',
      `--pidfile=${join(folder, 'pid')}`,
      `--userdb=${join(folder, 'users')}`
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] }
  )
  endWithUs(child)
  let said = ''
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (text) => {
      if (said.length < 100_000) said += String(text)
      if (said.includes('Total General servers')) resolve()
    })
  })
  const credential = (name: string): Credential => {
    const username = `${Math.ceil(Date.now() / 1_000) + 3_600}:${name}`
    return { username, credential: passwordOf(username, secret, nodePlatform) }
  }
  const pairOf = (at: number): readonly [Credential, Credential] => [
    credential(`ada-${at}`),
    credential(`bob-${at}`)
  ]
  return {
    pid: child.pid ?? 0,
    port,
    connect: (pairs) =>
      Promise.resolve({ type: 'relay', port, pairs: Array.from({ length: pairs }, (_, at) => pairOf(at)) }),
    credentials: (count) => Promise.resolve(Array.from({ length: count }, (_, at) => credential(`${at}`))),
    async stop() {
      await killed(child)
      await rm(folder, { recursive: true })
    }
  }
}

/** `program` is what becomes a forwarder when it is started with these arguments. */
export const forwarder = async (kind: Forwarder, program: string): Promise<Contestant> => {
  const port = await freePort()
  const child = fork(program, ['forwarder', kind, String(port)])
  endWithUs(child)
  await once(child, 'message')
  return {
    pid: child.pid ?? 0,
    port,
    connect: (pairs) => Promise.resolve({ type: 'forward', port, pairs }),
    credentials: () => Promise.resolve([]),
    stop: () => killed(child)
  }
}

const timeSpec = new BigInt64Array(2)
const clockGetTime = load(null).func('int clock_gettime(int clock, _Out_ int64_t *time)')
/** The clock of the processor time of a process, all threads together: see clock_getcpuclockid(3). */
const clockOf = (pid: number): number => (~pid << 3) | 2

/** Nanoseconds of processor time. */
export const processorNs = (pid: number): number => {
  clockGetTime(clockOf(pid), timeSpec)
  const [seconds = 0n, nanoseconds = 0n] = timeSpec
  return Number(seconds) * 1e9 + Number(nanoseconds)
}

export const residentKiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
