/** One server, one port: every kind of client over plain TCP and within TLS, on the main port and beside it. */
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { createServer, isIPv4 } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket, connect as connectTls } from 'node:tls'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { deviceAddresses } from '../../src/server/tls-names.ts'
import { certificateFor } from '../support/certificates.ts'
import { listening } from '../support/listening.ts'
import { StockClient } from '../support/stock-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchcord-tls-'))
const stateDir = join(folder, 'state')
const caOf = (): string => readFileSync(join(stateDir, 'tls-cert.pem'), 'utf8')

let server: RunningServer
let also = 0
beforeAll(async () => {
  const probe = createServer()
  also = await listening(probe)
  probe.close()
  server = await serve({ port: 0, also: [also], tls: 'auto', stateDir, logLevel: 'silent' })
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

const get = async (url: string, headers: Record<string, string> = {}): Promise<Answer> => {
  const options = { headers, agent: false }
  const request = url.startsWith('https:')
    ? httpsRequest(url, { ...options, ca: caOf() })
    : httpRequest(url, options)
  request.end()
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve)
    request.on('error', reject)
  })
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(response, 'end')
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString()
  }
}

const dialTls = (port: number) => (ready: () => void) =>
  connectTls({ port, host: '127.0.0.1', ca: caOf() }, ready)

describe.each([
  ['the main port', () => server.port],
  ['a further port', () => also]
])('on %s', (_name, portOf) => {
  describe.each([
    ['plain TCP', false],
    ['TLS', true]
  ])('over %s', (_way, secure) => {
    const url = (scheme: 'http' | 'ws'): string => `${scheme}${secure ? 's' : ''}://127.0.0.1:${portOf()}`

    test('HTTP is served', async () => {
      expect((await get(`${url('http')}/healthz`)).body).toContain('"ok"')
    })

    test('a WebSocket signs in, also from a page of the same place', async () => {
      const options = { ca: caOf(), origin: url('http') }
      const socket = new WebSocket(`${url('ws')}/ws`, 'patchcord.1', options)
      await once(socket, 'open')
      socket.send(JSON.stringify({ type: 'sign-in', name: 'ada' }))
      const [welcome] = await once(socket, 'message')
      expect(String(welcome)).toContain('"type":"welcome"')
      socket.close()
      await once(socket, 'close')
    })

    test('a WebSocket of a page from elsewhere is refused', async () => {
      const options = { ca: caOf(), origin: 'https://elsewhere.example' }
      const socket = new WebSocket(`${url('ws')}/ws`, 'patchcord.1', options)
      const [error] = await once(socket, 'error').catch((reason: unknown) => [reason])
      expect(String(error)).toContain('403')
    })

    test.each(['polling', 'websocket'])('Socket.IO connects by %s', async (transport) => {
      const socket = io(url('http'), { transports: [transport], forceNew: true, ca: caOf() })
      await new Promise<void>((resolve, reject) => {
        socket.on('connect', resolve)
        socket.on('connect_error', reject)
      })
      expect(socket.id).toBeDefined()
      socket.close()
    })

    test('clients of the hanging GET sign in, see each other, send and leave', async () => {
      const dial = secure ? dialTls(portOf()) : undefined
      using ada = new StockClient(portOf(), 'ada', dial)
      await ada.told('signed in')
      using bob = new StockClient(portOf(), 'bob', dial)
      await bob.told('peer connected: ada')
      await ada.told('peer connected: bob')
      bob.send(bob.numberOf('ada'), { type: 'offer', sdp: 'v=0\r\n' })
      await ada.told(/^message from bob/)
      ada.send(ada.numberOf('bob'), { type: 'answer', sdp: 'v=0\r\n' })
      await bob.told(/^message from ada/)
      bob.signOut()
      await bob.told('disconnected')
      await ada.told('peer disconnected: bob')
      ada.signOut()
      await ada.told('disconnected')
    })
  })
})

const opening = { accept: 'text/html', 'upgrade-insecure-requests': '1' }

// Of those that this machine has: without a network it has none.
test.each(deviceAddresses(networkInterfaces()).filter(isIPv4).slice(0, 1))(
  'a browser on another machine is sent from %s to HTTPS, and devices are served',
  async (address) => {
    const base = `http://${address}:${server.port}`
    const page = await get(`${base}/l/garden`, opening)
    expect([page.status, page.headers.location]).toEqual([307, `https://${address}:${server.port}/l/garden`])
    const target = await get(page.headers.location ?? '', opening)
    expect(target.status).not.toBe(307)
    for (const path of ['/healthz', '/socket.io/socket.io.js', '/sign_in?device']) {
      expect([path, (await get(base + path, opening)).status]).toEqual([path, 200])
    }
    const waiting = await get(`${base}/wait?peer_id=1`, opening)
    expect([waiting.status, waiting.body]).toEqual([500, 'Peer most likely gone.'])
    const socket = new WebSocket(`ws://${address}:${server.port}/ws`, 'patchcord.1', { origin: base })
    await once(socket, 'open')
    socket.close()
    expect(server.elsewhere).toContain(`https://${address}:${server.port}`)
  }
)

test('this machine itself stays with plain HTTP, where it may use its camera', async () => {
  expect((await get(`http://127.0.0.1:${server.port}/`, opening)).status).not.toBe(307)
})

test('without TLS nobody is sent anywhere, and there is no state', async () => {
  const untouched = join(folder, 'untouched')
  await using plain = await serve({ port: 0, stateDir: untouched, logLevel: 'silent' })
  expect(plain.elsewhere).toBeNull()
  expect((await get(`http://127.0.0.1:${plain.port}/`, opening)).status).not.toBe(307)
  expect(existsSync(untouched)).toBe(false)
})

/** The serial number of the certificate that a new client is shown. */
const serialShown = async (port: number): Promise<string> => {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

test('a certificate of one’s own is shown, and the next one while the server runs', async () => {
  const files = { tlsCert: join(folder, 'cert.pem'), tlsKey: join(folder, 'key.pem') }
  const write = async (): Promise<void> => {
    const { cert, key } = await certificateFor(['127.0.0.1', 'calls.example'])
    writeFileSync(files.tlsKey, key)
    writeFileSync(files.tlsCert, cert)
  }
  await write()
  await using own = await serve({ port: 0, ...files, logLevel: 'silent' })
  expect(own.elsewhere).toEqual([`https://calls.example:${own.port}`])
  const before = await serialShown(own.port)
  const open = connectTls({ port: own.port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(open, 'secureConnect')
  await write()
  await expect.poll(() => serialShown(own.port), { timeout: 12_000 }).not.toBe(before)
  // Who is connected stays so.
  expect(open).toBeInstanceOf(TLSSocket)
  open.write('GET /healthz HTTP/1.0\r\n\r\n')
  const [answer] = await once(open, 'data')
  expect(String(answer)).toContain('200 OK')
  open.destroy()
})

test.each([
  ['', 'http://localhost', true],
  ['127.0.0.1', 'http://127.0.0.1', false],
  ['::1', 'http://[::1]', false],
  ['localhost', 'http://localhost', false]
])(
  'listening on “%s”, other devices are told of it only if they reach it',
  async (host, url, isReachable) => {
    const settings = { tls: 'auto', stateDir: join(folder, 'reach') } as const
    await using one = await serve({ port: 0, host, ...settings, publicIp: ['1.2.3.4'], logLevel: 'silent' })
    expect(one.url).toBe(`${url}:${one.port}`)
    expect(one.elsewhere?.includes(`https://1.2.3.4:${one.port}`)).toBe(isReachable)
  }
)
