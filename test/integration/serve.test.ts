import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { pino } from 'pino'
import { expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { SwitchboardHub } from '../../src/server/hub.ts'
import { serve } from '../../src/server/serve.ts'
import { listening } from '../support/listening.ts'

/** A native client that keeps what it was told. */
const dial = async (url: string, name: string) => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, 'patchcord.1')
  const heard: string[] = []
  socket.on('message', (data) => heard.push(String(Buffer.isBuffer(data) ? data : '')))
  const welcomed = once(socket, 'message')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'sign-in', name }))
  await welcomed
  return {
    socket,
    heard,
    id: /"id":"([^"]+)"/.exec(heard[0] ?? '')?.[1] ?? '',
    next: async (type: string) => {
      while (!heard.some((text) => text.startsWith(`{"type":"${type}"`))) await once(socket, 'message')
    }
  }
}

test('a server that goes tells neither party of a call that the other has left', async () => {
  await using server = await serve({ port: 0 })
  const ada = await dial(server.url, 'ada')
  const bob = await dial(server.url, 'bob')
  ada.socket.send(`${JSON.stringify({ type: 'invite', call: 'c', to: bob.id })}\noffer`)
  await bob.next('invite')
  bob.socket.send(`${JSON.stringify({ type: 'accept', call: 'c' })}\nanswer`)
  await ada.next('accept')
  const closings = Promise.all([once(ada.socket, 'close'), once(bob.socket, 'close')])
  await server.close()
  const codes = (await closings).map(([code]) => code)
  expect(codes).toEqual([1001, 1001])
  expect([...ada.heard, ...bob.heard].filter((text) => text.startsWith('{"type":"ended"'))).toEqual([])
})

test('a further port is the same server', async () => {
  const probe = createServer()
  const free = await listening(probe)
  probe.close()
  await using server = await serve({ port: 0, also: [free] })
  const ada = await dial(server.url, 'ada')
  const bob = await dial(`http://localhost:${free}`, 'bob')
  expect(bob.heard[0]).toContain(ada.id)
})

test('a port that is taken is one sentence that says what to do', async () => {
  await using server = await serve({ port: 0 })
  await expect(serve({ port: server.port })).rejects.toThrow(
    `Something else listens on port ${server.port} already: stop it, or choose another with --port.`
  )
  await expect(serve({ port: 0, also: [server.port] })).rejects.toThrow('choose another with --port')
})

test('a folder of one’s own is served first, and everything else stays where it was', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patchcord-'))
  await writeFile(join(folder, 'mine.html'), 'my own page')
  await using server = await serve({ port: 0, static: folder })
  const get = async (path: string) => (await fetch(`${server.url}${path}`)).text()
  expect(await get('/mine.html')).toBe('my own page')
  expect(await get('/socket.io/socket.io.js')).toContain('Socket.IO')
  expect(await get('/healthz')).toBe('{"status":"ok","connections":0}\n')
  await rm(folder, { recursive: true })
  await expect(serve({ port: 0, static: folder })).rejects.toThrow(`--static: there is no folder ${folder}.`)
})

test.each([
  ['no subprotocol', '/ws', undefined, {}, 400],
  ['an unknown subprotocol', '/ws', 'patchcord.0', {}, 400],
  ['our subprotocol elsewhere', '/elsewhere', 'patchcord.1', {}, 400],
  ['a page of another host', '/ws', 'patchcord.1', { origin: 'https://elsewhere.example' }, 403]
])('a WebSocket with %s is refused', async (_what, path, protocol, headers, status) => {
  await using server = await serve({ port: 0 })
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, protocol ? [protocol] : [], {
    headers
  })
  const [error] = await once(socket, 'error').catch((reason: unknown) => [reason])
  expect(String(error)).toContain(`Unexpected server response: ${status}`)
})

test.each([
  ['a page of this host on another port', 'http://localhost:3000', []],
  ['an allowed origin', 'https://elsewhere.example', ['https://elsewhere.example']],
  ['any origin, when all are allowed', 'https://elsewhere.example', ['*']]
])('%s may connect', async (_what, origin, allowOrigin) => {
  await using server = await serve({ port: 0, allowOrigin })
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, 'patchcord.1', {
    headers: { origin }
  })
  await once(socket, 'open')
  expect(socket.protocol).toBe('patchcord.1')
})

test('what no part has foreseen ends one request, and is told to the operator', async () => {
  const lines: string[] = []
  const log = pino({ level: 'error' }, { write: (line) => lines.push(line) })
  await using server = await serve({ port: 0, log })
  vi.spyOn(SwitchboardHub.prototype, 'connect').mockImplementationOnce(() => {
    throw new Error('unforeseen')
  })
  expect((await fetch(`${server.url}/sign_in?ada`)).status).toBe(500)
  expect(lines.join('')).toContain('unforeseen')
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
})

const polling = '/socket.io/?EIO=4&transport=polling'

test('a broken sign-in behind a request that is still open ends only its connection', async () => {
  await using server = await serve({ port: 0 })
  const handshake = await (await fetch(server.url + polling)).text()
  const sid = /"sid":"([^"]+)"/.exec(handshake)?.[1] ?? ''
  const socket = connect(server.port, 'localhost')
  socket.on('error', () => undefined)
  const head = `GET ${polling}&sid=${sid} HTTP/1.1\r\nHost: localhost\r\n\r\n`
  socket.write(head)
  await once(socket, 'connect')
  // By the time this is answered, the server has the other too.
  await fetch(`${server.url}/healthz`)
  socket.write('GET /sign_in?a b HTTP/1.1\r\n\r\n')
  await once(socket.resume(), 'close')
  expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({ status: 'ok', connections: 0 })
})

test('sessions of Socket.IO are bounded, though they have not joined', async () => {
  await using server = await serve({ port: 0, maxConnections: 2 })
  const statuses: number[] = []
  for (let count = 0; count < 3; count += 1) statuses.push((await fetch(server.url + polling)).status)
  expect(statuses).toEqual([200, 200, 403])
})

test.each([
  ['', 'localhost'],
  ['0.0.0.0', 'localhost'],
  ['127.0.0.1', '127.0.0.1'],
  ['::', 'localhost'],
  ['::1', '[::1]']
])('listening on “%s”, it is reached at %s', async (host, shown) => {
  await using server = await serve({ port: 0, host })
  expect(server.url).toBe(`http://${shown}:${server.port}`)
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
})
