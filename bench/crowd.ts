/**
 * A crowd of idle clients on every transport at once, and a call set up among them: what a connection
 * costs in memory, and what the crowd costs a caller in time. The clients run in processes of their own.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type RawData, WebSocket } from 'ws'
import { type Row, percentile, processorMs, report, startServer } from './report.ts'

const kinds = ['native', 'mdn', 'rooms', 'peerconnection'] as const
type Kind = (typeof kinds)[number]

const textOf = (data: RawData): string => (Buffer.isBuffer(data) ? data.toString() : '')

const pause = async (ms: number): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

/** One idle client; resolves when it is signed in. */
const join: Record<Kind, (origin: string, name: string) => Promise<unknown>> = {
  native: (origin, name) => dial(`${origin}/ws`, 'patchcord.1', [JSON.stringify({ type: 'sign-in', name })]),
  mdn: (origin, name) =>
    dial(`${origin}/`, 'json', [JSON.stringify({ type: 'username', name, date: 0, id: 0 })]),
  rooms: (origin) =>
    dial(
      `${origin}/socket.io/?EIO=4&transport=websocket`,
      [],
      ['40', '42["ready",{"chat_room":"chat","signal_room":"signal_room","files_room":"files"}]']
    ),
  peerconnection: hang
}

async function dial(
  url: string,
  protocol: string | string[],
  greetings: readonly string[]
): Promise<WebSocket> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocol, { perMessageDeflate: false })
  // Engine.IO expects an answer to its own pings, whose text is "2".
  socket.on('message', (data) => textOf(data) === '2' && socket.send('3'))
  // It can come together with the answer to the upgrade.
  const heard = once(socket, 'message')
  await once(socket, 'open')
  for (const greeting of greetings) socket.send(greeting)
  await heard
  return socket
}

/** Signs in and keeps a `/wait` open for ever, as libwebrtc's client does. */
async function hang(origin: string, name: string): Promise<unknown> {
  const body = await get(origin, `/sign_in?${name}`)
  const id = body.split('\n', 1)[0]?.split(',')[1] ?? ''
  const wait = async (): Promise<void> => {
    for (;;) await get(origin, `/wait?peer_id=${id}`)
  }
  wait().catch(() => process.exit(0))
  return id
}

async function get(origin: string, path: string): Promise<string> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  socket.write(`GET ${path} HTTP/1.0\r\n\r\n`)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString().split('\r\n\r\n')[1] ?? ''
}

/** The part of a client process: signs in `count` clients, a few at a time, and stays. */
const crowd = async (origin: string, kind: Kind, count: number): Promise<void> => {
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next++; at < count; at = next++) await join[kind](origin, `${kind}-${at}`)
  }
  await Promise.all(Array.from({ length: 20 }, worker))
  process.send?.('ready')
}

const residentKiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)

interface Caller {
  readonly socket: WebSocket
  readonly id: string
}

const sdp = `v=0\r\n${'a=padding:0123456789\r\n'.repeat(60)}`

const signIn = async (origin: string, name: string): Promise<Caller> => {
  const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/ws`, 'patchcord.1')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'sign-in', name }))
  const [welcome] = await once(socket, 'message')
  return { socket, id: JSON.parse(String(welcome)).you.id }
}

const said = (socket: WebSocket, type: string): Promise<void> =>
  new Promise((resolve) => {
    const listen = (data: RawData): void => {
      if (!textOf(data).startsWith(`{"type":"${type}"`)) return
      socket.off('message', listen)
      resolve()
    }
    socket.on('message', listen)
  })

/** From the invite to the accept, and the hang-up: in milliseconds. */
const callOnce = async (caller: Caller, callee: Caller, call: string): Promise<number> => {
  const started = performance.now()
  const rings = said(callee.socket, 'invite')
  const accepted = said(caller.socket, 'accept')
  const ended = said(callee.socket, 'ended')
  caller.socket.send(`${JSON.stringify({ type: 'invite', call, to: callee.id })}\n${sdp}`)
  await rings
  callee.socket.send(`${JSON.stringify({ type: 'accept', call })}\n${sdp}`)
  await accepted
  const took = performance.now() - started
  caller.socket.send(JSON.stringify({ type: 'hang-up', call }))
  await ended
  return took
}

const calls = async (origin: string, count: number): Promise<readonly number[]> => {
  const caller = await signIn(origin, 'bench-caller')
  const callee = await signIn(origin, 'bench-callee')
  const times: number[] = []
  for (let at = 0; at < count; at += 1) times.push(await callOnce(caller, callee, `bench-${at}`))
  caller.socket.close()
  callee.socket.close()
  return times
}

const main = async (count: number): Promise<void> => {
  const { server, origin, pid } = await startServer()
  const rows: Row[] = []
  const children: ChildProcess[] = []
  const measure = async (name: string, connections: number): Promise<void> => {
    const before = processorMs(pid)
    await pause(5_000)
    const busy = (processorMs(pid) - before) / 50
    const times = await calls(origin, 200)
    rows.push({
      'idle clients': name,
      connections,
      'RSS MiB': (residentKiB(pid) / 1024).toFixed(0),
      'idle CPU %': busy.toFixed(1),
      'call p50 ms': percentile(times, 50).toFixed(2),
      'call p99 ms': percentile(times, 99).toFixed(2)
    })
  }
  await measure('none', 0)
  for (const [at, kind] of kinds.entries()) {
    const child = fork(fileURLToPath(import.meta.url), [kind, String(count), origin])
    children.push(child)
    const started = performance.now()
    await once(child, 'message')
    console.log(`${count} × ${kind} signed in after ${((performance.now() - started) / 1000).toFixed(1)} s`)
    await measure(kinds.slice(0, at + 1).join(' + '), count * (at + 1))
  }
  for (const child of children) child.kill()
  server.kill()
  report('crowd', rows)
}

const [, , first = '5000', count = '0', origin = ''] = process.argv
const kind = kinds.find((kind) => kind === first)
if (kind === undefined) await main(Number(first))
else await crowd(origin, kind, Number(count))
