import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { eventually } from '../../test/support/eventually.ts'
import {
  type AttendedSocket,
  type CloseCause,
  refuseUpgrade,
  type WebSockets,
  webSockets,
  type WebSocketsOptions
} from './websocket.ts'

/** One socket as the server sees it, with everything its handlers were told. */
interface Seen {
  readonly socket: AttendedSocket
  readonly messages: string[]
  readonly malformed: string[]
  readonly closed: Promise<CloseCause>
}

const limits = { maxFrameBytes: 1024, maxQueuedBytes: 64 * 1024 }

let server: Server
let sockets: WebSockets
let clients: { terminate(): void }[]

beforeEach(() => {
  clients = []
})

afterEach(async () => {
  for (const client of clients) client.terminate()
  sockets.close()
  server.close()
  await once(server, 'close')
})

/** Serves WebSockets on a free port; each one that opens comes out of `next`. */
const serve = async (options: Partial<WebSocketsOptions> = {}) => {
  sockets = webSockets({ limits, ...options })
  const acceptor = sockets.acceptor((offered) => (offered.has('good') ? 'good' : false))
  const seen: Seen[] = []
  server = createServer()
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/refused') {
      refuseUpgrade(socket, 403)
      return
    }
    acceptor.handleUpgrade(request, socket, head, (webSocket) => {
      const messages: string[] = []
      const malformed: string[] = []
      const { promise: closed, resolve } = withResolvers<CloseCause>()
      const attended = sockets.attend(webSocket, {
        message: (data) => messages.push(data.toString()),
        malformed: (reason) => malformed.push(reason),
        closed: resolve
      })
      seen.push({ socket: attended, messages, malformed, closed })
      server.emit('attended')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = addressOf(server)
  const next = async (): Promise<Seen> => {
    if (seen.length === 0) await once(server, 'attended')
    const first = seen.shift()
    if (first === undefined) throw new Error('nobody was attended')
    return first
  }
  return { port, next }
}

const withResolvers = <T>() => {
  let settle: ((value: T) => void) | undefined
  const promise = new Promise<T>((resolve) => {
    settle = resolve
  })
  return { promise, resolve: (value: T): void => settle?.(value) }
}

const addressOf = (server: Server): AddressInfo => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return address
}

const dial = async (port: number, options: { autoPong?: boolean } = {}): Promise<WebSocket> => {
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, 'good', options)
  clients.push(client)
  await once(client, 'open')
  return client
}

/** A client that completes the handshake and then does what a test tells it to, byte by byte. */
const dialRaw = async (port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1')
  clients.push({ terminate: () => socket.destroy() })
  socket.write(
    'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
  )
  await once(socket, 'data')
  return socket
}

test('text goes both ways, and the subprotocol is the one that was selected', async () => {
  const { port, next } = await serve()
  const client = await dial(port)
  const seen = await next()
  expect(client.protocol).toBe('good')
  const received: unknown[] = []
  client.on('message', (data, isBinary) =>
    received.push([Buffer.isBuffer(data) && data.toString(), isBinary])
  )
  client.send('hello')
  seen.socket.send('good day')
  seen.socket.send(Buffer.from('and bytes are text too'))
  await eventually(() => received).toEqual([
    ['good day', false],
    ['and bytes are text too', false]
  ])
  await eventually(() => seen.messages).toEqual(['hello'])
})

test('a binary frame is reported and the socket stays', async () => {
  const { port, next } = await serve()
  const client = await dial(port)
  const seen = await next()
  client.send(Buffer.from('bytes'), { binary: true })
  client.send('text')
  await eventually(() => seen.messages).toEqual(['text'])
  expect(seen.malformed).toEqual(['binary where text is due'])
})

test('a frame that is too large is reported and closes the socket with 1009', async () => {
  const { port, next } = await serve()
  const client = await dial(port)
  const seen = await next()
  client.send('x'.repeat(limits.maxFrameBytes + 1))
  const [code] = await once(client, 'close')
  expect(code).toBe(1009)
  expect(await seen.closed).toBe('broken')
  expect(seen.malformed).toEqual(['Max payload size exceeded'])
})

test('text that is not UTF-8 is reported and closes the socket', async () => {
  const { port, next } = await serve()
  const raw = await dialRaw(port)
  const seen = await next()
  raw.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff]))
  expect(await seen.closed).toBe('broken')
  expect(seen.malformed).toEqual(['Invalid WebSocket frame: invalid UTF-8 sequence'])
})

test.each<[CloseCause, string, (client: WebSocket) => void]>([
  ['left', 'closes with 1000', (client) => client.close(1000)],
  ['left', 'closes with 1001', (client) => client.close(1001)],
  ['peer', 'closes without a word', (client) => client.close()],
  ['peer', 'closes with a word of its own', (client) => client.close(4000)],
  ['peer', 'vanishes', (client) => client.terminate()]
])('%s: reported once of a peer that %s', async (cause, _what, close) => {
  const { port, next } = await serve()
  const client = await dial(port)
  const seen = await next()
  close(client)
  expect(await seen.closed).toBe(cause)
})

test('a peer that answers pings stays, however long it has nothing to say', async () => {
  const { port, next } = await serve({ pingMs: 32 })
  const client = await dial(port)
  const seen = await next()
  for (let pings = 0; pings < 4; pings++) await once(client, 'ping')
  client.send('still here')
  await eventually(() => seen.messages).toEqual(['still here'])
})

test('a half-open socket is noticed and dropped', async () => {
  const { port, next } = await serve({ pingMs: 32 })
  const raw = await dialRaw(port)
  const hungUp = once(raw, 'close')
  const seen = await next()
  expect(await seen.closed).toBe('silent')
  await hungUp
})

test('a slow reader is closed when more waits for it than the bound, and is sent nothing more', async () => {
  const { port, next } = await serve({ closeMs: 50 })
  const raw = await dialRaw(port)
  raw.pause()
  const seen = await next()
  const chunk = 'x'.repeat(32 * 1024)
  const offered = 32 * 1024 * 1024
  for (let sent = 0; sent < offered; sent += chunk.length) seen.socket.send(chunk)
  expect(await seen.closed).toBe('too-slow')
  raw.resume()
  await once(raw, 'close')
  expect(raw.bytesRead).toBeLessThan(offered / 2)
})

test('a close comes to an end even when the peer never answers it', async () => {
  const { port, next } = await serve({ closeMs: 50 })
  const raw = await dialRaw(port)
  const seen = await next()
  seen.socket.close(1008, 'rate-limited')
  expect(await seen.closed).toBe('server')
  raw.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61]))
  await once(raw, 'close')
  expect(seen.messages).toEqual([])
})

test('a close tells the peer its code and reason', async () => {
  const { port, next } = await serve()
  const client = await dial(port)
  const seen = await next()
  seen.socket.close(1008, 'rate-limited')
  const [code, reason] = await once(client, 'close')
  expect([code, String(reason)]).toEqual([1008, 'rate-limited'])
})

test('shutting down tells every peer that the server is going away', async () => {
  const { port } = await serve()
  const both = [await dial(port), await dial(port)]
  const closes = both.map((client) => once(client, 'close'))
  sockets.close()
  for (const close of closes) expect((await close)[0]).toBe(1001)
})

test('a refused upgrade gets its HTTP status', async () => {
  const { port } = await serve()
  const client = new WebSocket(`ws://127.0.0.1:${port}/refused`)
  const [error] = await once(client, 'error')
  expect(String(error)).toContain('403')
})
