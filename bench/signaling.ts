/**
 * Relayed messages of 1.5 kB through our server, beside two bare relays on the same `ws`: one that hands
 * frames on without a look (the limit), and one that parses and writes JSON with the SDP inside (the
 * usual way). Each in a process of its own, interleaved, so that the ratios hold on a busy machine.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import { percentile, processorMs, report, startServer } from './report.ts'

const pairs = 20
/** Messages of one sender that may be under way at once. */
const window = 20
const rounds = 5
const roundMs = 3_000

const sdp = `v=0\r\n${'a=rtpmap:111 opus/48000/2\r\n'.repeat(55)}`.slice(0, 1_500)

interface Contestant {
  readonly name: string
  readonly origin: string
  readonly server: ChildProcess
  /** Two clients that can send to each other, and what one of them sends. */
  pair(origin: string, at: number): Promise<{ from: WebSocket; to: WebSocket; message: string }>
}

const open = async (url: string, protocol: string): Promise<WebSocket> => {
  const socket = new WebSocket(url, protocol, { perMessageDeflate: false })
  await once(socket, 'open')
  return socket
}

const textOf = (data: RawData): string => (Buffer.isBuffer(data) ? data.toString() : '')

const nativePair: Contestant['pair'] = async (origin, at) => {
  const signIn = async (name: string) => {
    const socket = await open(`${origin}/ws`, 'patchcord.1')
    const heard = once(socket, 'message')
    socket.send(JSON.stringify({ type: 'sign-in', name, lobby: `bench-${at}` }))
    const [welcome] = await heard
    return { socket, id: /"id":"([^"]+)"/.exec(textOf(welcome))?.[1] ?? '' }
  }
  const to = await signIn('to')
  const from = await signIn('from')
  // Whoever came first is still to hear of the second.
  await once(to.socket, 'message')
  return {
    from: from.socket,
    to: to.socket,
    message: `${JSON.stringify({ type: 'text', to: to.id })}\n${sdp}`
  }
}

const barePair: Contestant['pair'] = async (origin, at) => {
  const to = await open(`${origin}/to-${at}`, 'bench')
  const from = await open(`${origin}/from-${at}`, 'bench')
  return {
    from,
    to,
    message: JSON.stringify({ type: 'video-offer', name: `from-${at}`, target: `to-${at}`, sdp })
  }
}

/** The part of a relay process. */
const relay = (parses: boolean): void => {
  const peers = new Map<string, WebSocket>()
  const server = new WebSocketServer({ port: 0, perMessageDeflate: false })
  server.on('connection', (socket, request) => {
    const name = (request.url ?? '').slice(1)
    const partner = name.replace('from-', 'to-')
    peers.set(name, socket)
    socket.on('message', (data) => {
      if (!parses) return peers.get(partner)?.send(data, { binary: false })
      const message = JSON.parse(textOf(data))
      return peers.get(message.target)?.send(JSON.stringify({ ...message, name }))
    })
  })
  server.on('listening', () => {
    const address = server.address()
    if (address !== null && typeof address === 'object') console.log(`http://localhost:${address.port}`)
  })
}

const startRelay = (mode: string) =>
  spawn(process.execPath, [fileURLToPath(import.meta.url), mode], { stdio: ['ignore', 'pipe', 'inherit'] })

const originOf = async (server: ReturnType<typeof startRelay>): Promise<string> => {
  const [line] = await once(server.stdout, 'data')
  return `ws://127.0.0.1:${/:(\d+)\s*$/.exec(String(line))?.[1] ?? ''}`
}

const contestants = async (): Promise<readonly Contestant[]> => {
  const ours = await startServer(['--messages-per-second', '10000000', '--message-burst', '10000000'])
  const bare = startRelay('relay')
  const json = startRelay('relay-json')
  return [
    { name: 'bare relay, no look (the limit)', origin: await originOf(bare), server: bare, pair: barePair },
    {
      name: 'Patchcord, native',
      origin: ours.origin.replace('http', 'ws'),
      server: ours.server,
      pair: nativePair
    },
    {
      name: 'bare relay, JSON parsed and written',
      origin: await originOf(json),
      server: json,
      pair: barePair
    }
  ]
}

/** The part of a client process: keeps every pair's window full for a round and counts what arrives. */
const load = async (name: string, origin: string): Promise<void> => {
  const make = name.startsWith('Patchcord') ? nativePair : barePair
  const all = await Promise.all(Array.from({ length: pairs }, (_, at) => make(origin, at)))
  let count = 0
  for (const { from, to, message } of all) {
    to.on('message', () => {
      count += 1
      from.send(message)
    })
  }
  for (const { from, message } of all) for (let sent = 0; sent < window; sent += 1) from.send(message)
  process.on('message', () => {
    process.send?.(count)
    count = 0
  })
  process.send?.('ready')
}

/** Lets one contestant run alone: the others' clients are stopped meanwhile. */
const runRound = async (
  child: ChildProcess,
  server: ChildProcess
): Promise<{ perSecond: number; microseconds: number }> => {
  child.kill('SIGCONT')
  const asked = once(child, 'message')
  child.send('reset')
  await asked
  const before = processorMs(server.pid ?? 0)
  const started = performance.now()
  await new Promise((resolve) => setTimeout(resolve, roundMs))
  const answered = once(child, 'message')
  child.send('count')
  const [count] = await answered
  const busy = processorMs(server.pid ?? 0) - before
  const elapsed = performance.now() - started
  child.kill('SIGSTOP')
  return { perSecond: (Number(count) / elapsed) * 1_000, microseconds: (busy * 1_000) / Number(count) }
}

/** A value for each round. */
interface Result {
  readonly perSecond: number[]
  readonly microseconds: number[]
}

const median = (values: readonly number[] = []): number => percentile(values, 50)

const main = async (): Promise<void> => {
  const all = await contestants()
  const children = await Promise.all(
    all.map(async ({ name, origin }) => {
      const child = fork(fileURLToPath(import.meta.url), ['load', name, origin])
      await once(child, 'message')
      child.kill('SIGSTOP')
      return child
    })
  )
  const results: readonly Result[] = all.map(() => ({ perSecond: [], microseconds: [] }))
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, { server }] of all.entries()) {
      const child = children[at]
      if (child === undefined) continue
      const { perSecond, microseconds } = await runRound(child, server)
      results[at]?.perSecond.push(perSecond)
      results[at]?.microseconds.push(microseconds)
    }
  }
  for (const child of children) child.kill('SIGKILL')
  for (const { server } of all) server.kill()
  const limit = median(results[0]?.microseconds)
  report(
    'signaling',
    all.map(({ name }, at) => ({
      relay: name,
      'messages/s': Math.round(median(results[at]?.perSecond)),
      'CPU µs/message': median(results[at]?.microseconds).toFixed(1),
      'CPU ÷ the limit’s': (median(results[at]?.microseconds) / limit).toFixed(2)
    }))
  )
}

const [, , mode = '', name = '', origin = ''] = process.argv
if (mode === 'load') await load(name, origin)
else if (mode.startsWith('relay')) relay(mode === 'relay-json')
else await main()
