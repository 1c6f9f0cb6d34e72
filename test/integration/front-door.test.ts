/** What becomes of connections at the front door, by what their clients say first and when. */
import { once } from 'node:events'
import { type Server as HttpServer, createServer } from 'node:http'
import { type Socket, connect } from 'node:net'
import { createSecureContext, connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FrontDoorOptions, frontDoor } from '../../src/server/front-door.ts'
import { certificateFor } from '../support/certificates.ts'
import { listening } from '../support/listening.ts'

let context: ReturnType<typeof createSecureContext>
let ca = ''
let http: HttpServer

/** The bytes it got, and how it got them. */
const echo = (): HttpServer =>
  createServer({ requireHostHeader: false }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.setHeader('X-Secure', String('encrypted' in request.socket))
      response.end(Buffer.concat(chunks))
    })
  })

/** What a handler of TURN would be given. */
const turn = (socket: Socket): void => {
  socket.on('data', (bytes: Buffer) => socket.write(`turn ${bytes.toString('hex')} ${'encrypted' in socket}`))
  socket.on('end', () => socket.end())
}

beforeAll(async () => {
  const pair = await certificateFor()
  context = createSecureContext(pair)
  ca = pair.cert
  http = echo()
  http.emit('listening')
})
afterAll(() => http.close())

const open = async (options: Partial<FrontDoorOptions> = {}) => {
  const door = frontDoor({
    http,
    tls: () => context,
    turn,
    headerMs: 10_000,
    maxConnectionsPerAddress: 100,
    ...options
  })
  const server = door.server()
  const port = await listening(server)
  const clients: Socket[] = []
  const heard = new Map<Socket, string>()
  const ended = new Map<Socket, Promise<void>>()
  const attend = (socket: Socket): Socket => {
    clients.push(socket)
    const signs = ['end', 'error', 'close'].map(
      (event) =>
        new Promise<void>((resolve) => {
          socket.on(event, () => resolve())
        })
    )
    ended.set(socket, Promise.race(signs))
    socket.on('data', (bytes) => heard.set(socket, (heard.get(socket) ?? '') + String(bytes)))
    return socket
  }
  const dial = (): Socket => connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  return {
    door,
    plain: () => attend(dial()),
    secure: () => attend(connectTls({ socket: dial(), host: '127.0.0.1', ca })),
    /** When the server has let it go; a client learns it as the end of what it hears, or as an error. */
    gone: async (socket: Socket): Promise<void> => ended.get(socket),
    heardBy: (socket: Socket): string => heard.get(socket) ?? '',
    connections: () =>
      new Promise<number>((resolve) => {
        server.getConnections((_error, count) => resolve(count))
      }),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy()
      door.close()
      http.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    }
  }
}

const stun = Buffer.from([0x00, 0x01, 0x00, 0x00])
const handshake = Buffer.from([0x16, 0x03, 0x01, 0x00])

describe.each(['plain', 'secure'] as const)('a %s client', (kind) => {
  const secure = kind === 'secure'

  test('that speaks HTTP is answered, though it ends its half at once', async () => {
    await using place = await open()
    const client = place[kind]()
    client.end('POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello')
    await place.gone(client)
    expect(place.heardBy(client)).toMatch(new RegExp(`^HTTP/1.1 200.*X-Secure: ${secure}.*hello$`, 's'))
  })

  test('may send its first request byte by byte', async () => {
    await using place = await open()
    const client = place[kind]()
    await once(client, secure ? 'secureConnect' : 'connect')
    for (const letter of 'GET / HTTP/1.0\r\n\r\n') {
      client.write(letter)
      await new Promise(setImmediate)
    }
    await place.gone(client)
    expect(place.heardBy(client)).toContain('200 OK')
  })

  test('loses nothing of a large request', async () => {
    await using place = await open()
    const client = place[kind]()
    const body = Array.from({ length: 200_000 }, (_, index) => `line ${index}\n`).join('')
    client.write(`POST / HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    await place.gone(client)
    expect(place.heardBy(client).endsWith(`\r\n\r\n${body}`)).toBe(true)
  })

  test('that speaks TURN is handed over with its first bytes', async () => {
    await using place = await open()
    const client = place[kind]()
    client.write(stun)
    await once(client, 'data')
    expect(place.heardBy(client)).toBe(`turn 00010000 ${secure}`)
    client.end()
    await place.gone(client)
  })

  test('that speaks TURN where there is no relay is let go', async () => {
    await using place = await open({ turn: null })
    const client = place[kind]()
    client.write(stun)
    await place.gone(client)
    expect(place.heardBy(client)).toBe('')
  })

  test('that says nothing is let go after its time', async () => {
    await using place = await open({ headerMs: 200 })
    const client = place[kind]()
    await place.gone(client)
    expect(await place.connections()).toBe(0)
  })

  test('that begins with TLS and goes no further is let go after its time', async () => {
    await using place = await open({ headerMs: 200 })
    const client = place[kind]()
    client.write(handshake)
    await place.gone(client)
    await expect.poll(place.connections).toBe(0)
  })

  test('that ends without a word is let go at once', async () => {
    await using place = await open()
    const client = place[kind]()
    client.end()
    await place.gone(client)
  })

  test('that has spoken may be silent for longer', async () => {
    await using place = await open({ headerMs: 1_000 })
    const client = place[kind]()
    client.write(stun)
    await once(client, 'data')
    await new Promise((resolve) => {
      setTimeout(resolve, 1_500)
    })
    client.write(stun)
    await once(client, 'data')
    expect(place.heardBy(client)).toContain('turn 00010000')
  })

  test('that has not spoken is let go when the server is', async () => {
    await using place = await open()
    const client = place[kind]()
    await once(client, secure ? 'secureConnect' : 'connect')
    await expect.poll(place.connections).toBe(1)
    place.door.close()
    await place.gone(client)
    await expect.poll(place.connections).toBe(0)
  })
})

test('TLS is not for a server without a certificate, and its plain clients are none the worse', async () => {
  await using place = await open({ tls: null })
  const secure = place.secure()
  await place.gone(secure)
  const plain = place.plain()
  plain.write('GET / HTTP/1.0\r\n\r\n')
  await place.gone(plain)
  expect(place.heardBy(plain)).toContain('200 OK')
})

test('TLS within TLS is let go at once', async () => {
  await using place = await open({ headerMs: 60_000 })
  const client = place.secure()
  client.write(handshake)
  await place.gone(client)
  await expect.poll(place.connections).toBe(0)
})

test('TLS that comes to nothing ends that client alone', async () => {
  await using place = await open()
  const client = place.plain()
  client.write(Buffer.concat([handshake, Buffer.alloc(1_000, 0xff)]))
  await place.gone(client)
  await expect.poll(place.connections).toBe(0)
})

test('200 silent clients are let go after their time, and all the while others are served', async () => {
  await using place = await open({ headerMs: 3_000 })
  const silent = Array.from({ length: 200 }, () => place.plain())
  await Promise.all(silent.map((client) => once(client, 'connect')))
  await expect.poll(place.connections).toBe(200)
  const client = place.plain()
  client.write('GET / HTTP/1.0\r\n\r\n')
  await place.gone(client)
  expect(place.heardBy(client)).toContain('200 OK')
  await Promise.all(silent.map(place.gone))
  await expect.poll(place.connections).toBe(0)
})
