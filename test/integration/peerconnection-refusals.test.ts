/** What the hanging GET makes of bad input: each gets its answer, and nobody else notices. */
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { ServerMessage } from '../../src/core/signal.ts'
import { originPolicy } from '../../src/server/origin.ts'
import { fakeHub } from '../support/fake-hub.ts'
import {
  get,
  type PeerconnectionServerOptions,
  post,
  servePeerconnection
} from '../support/peerconnection-server.ts'

const bob = { id: 'id of bob', number: 2, name: 'bob', dialect: 'native', busy: false }
const bye: ServerMessage = { type: 'ended', call: 'call', from: bob, reason: 'hung-up' }

/** A server on which one client, with the key 8, is signed in and waits. */
const serve = async (options: PeerconnectionServerOptions = {}) => {
  const server = await servePeerconnection(fakeHub(), options)
  const signingIn = server.ask(get('/sign_in?ada'))
  await expect.poll(() => server.hub.clients.length, { interval: 2, timeout: 10_000 }).toBe(1)
  const [ada] = server.hub.clients
  if (ada === undefined) throw new Error('nobody signs in')
  ada.welcome('ada')
  await signingIn
  const waiting = server.ask(get('/wait?peer_id=8'))
  return {
    server,
    ada,
    waiting,
    /** Who waits has noticed nothing, and still hears. */
    async isUnharmed(): Promise<void> {
      ada.say(bye)
      expect((await waiting).body).toBe('BYE')
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]()
  }
}

/** Sent by a page of this origin, to the host `patchcord.test`. */
const from = (origin: string, request: string): string =>
  request.replace('\r\n', `\r\nHost: patchcord.test\r\nOrigin: ${origin}\r\n`)

const gone = 'Peer most likely gone.'
const long = 'x'.repeat(2 * 1024 * 1024)

test.each([
  ['an id that nobody has, to wait', get('/wait?peer_id=9'), ['500 Error', gone]],
  ['an id that nobody has, to say something', post('/message?peer_id=9&to=2', 'BYE'), ['500 Error', gone]],
  ['an id that nobody has, to sign out', get('/sign_out?peer_id=9'), ['500 Error', gone]],
  ['the number that others see', get('/wait?peer_id=7'), ['500 Error', gone]],
  ['no id', get('/wait'), ['500 Error', gone]],
  ['an id that is no number', get('/wait?peer_id=ada'), ['500 Error', gone]],
  [
    'a message of 2 MiB',
    post('/message?peer_id=8&to=2', long),
    ['413 Payload Too Large', 'too-large: That message is too large.']
  ],
  [
    'a message without a length',
    'POST /message?peer_id=8&to=2 HTTP/1.0\r\n\r\nBYE',
    ['411 Length Required', 'bad-message: The length of the message is missing.']
  ],
  [
    'another method',
    'PUT /wait HTTP/1.0\r\n\r\n',
    ['405 Method Not Allowed', 'not-allowed: Only GET and POST are understood.']
  ],
  ['a method that does not exist', 'get /sign_in HTTP/1.0\r\n\r\n', ['400 Bad Request', '']],
  ['bare line feeds', 'GET /sign_in HTTP/1.0\n\n', ['400 Bad Request', '']],
  ['a header that is none', 'GET /wait?peer_id=8 HTTP/1.0\r\nx\r\n\r\n', ['400 Bad Request', '']],
  [
    'two lengths',
    'POST /message?peer_id=8 HTTP/1.0\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nBYE',
    ['400 Bad Request', '']
  ],
  [
    'a chunk that is none',
    'POST /message?peer_id=8&to=2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nBYE',
    ['400 Bad Request', '']
  ],
  ['a greeting in TLS', Buffer.from('160301020001', 'hex'), ['400 Bad Request', '']],
  ['binary junk', Buffer.from('ff00fe0d0a0d0a', 'hex'), ['400 Bad Request', '']],
  ['a head without end', `GET /sign_in?${long}`, ['431 Request Header Fields Too Large', '']]
])('%s is answered, and hurts nobody', async (_what, request, [status, body]) => {
  await using it = await serve()
  const answer = await it.server.ask(request)
  expect([answer.statusLine, answer.body, answer.closes]).toEqual([`HTTP/1.1 ${status}`, body, true])
  await it.isUnharmed()
})

test('a HEAD is refused, in a header alone', async () => {
  await using it = await serve()
  const socket = it.server.say('HEAD /wait?peer_id=8 HTTP/1.0\r\n\r\n')
  const [bytes] = await once(socket, 'data')
  expect(String(bytes)).toMatch(/^HTTP\/1\.1 405 .*\r\n\r\n$/s)
  await it.isUnharmed()
})

test.each([
  ['/quit', get('/quit')],
  ['another path', get('/sign_in/')],
  ['another case', get('/SIGN_IN?ada')],
  ['nothing', get('/')]
])('%s is not of this wire', async (_what, request) => {
  await using it = await serve()
  const socket = it.server.say(request)
  const [bytes] = await once(socket, 'data')
  expect(String(bytes)).toMatch(/^HTTP\/1\.1 404 /)
  await it.isUnharmed()
})

describe('what comes too slowly is answered', () => {
  const http = { headersTimeout: 500, requestTimeout: 500, connectionsCheckingInterval: 20 }

  test.each([
    ['a head', 'GET /sign_in?ad'],
    ['a body', 'POST /message?peer_id=8&to=2 HTTP/1.0\r\nContent-Length: 3\r\n\r\nBY']
  ])('%s', async (_what, request) => {
    await using it = await serve({ http })
    expect((await it.server.ask(request)).statusLine).toBe('HTTP/1.1 408 Request Timeout')
    await it.isUnharmed()
  })

  test('but a wait may take its time', async () => {
    await using it = await serve({ http })
    await new Promise((resolve) => setTimeout(resolve, 800))
    await it.isUnharmed()
  })
})

test('a sender that goes away in the middle of its message has said nothing', async () => {
  await using it = await serve()
  const socket = it.server.say('POST /message?peer_id=8&to=2 HTTP/1.0\r\nContent-Length: 30\r\n\r\nBYE')
  await it.server.ask(get('/wait?peer_id=9'))
  socket.destroy()
  await it.isUnharmed()
  expect(it.ada.heard).toHaveLength(1)
})

test('a connection that is reset before its answer does no harm', async () => {
  await using it = await serve()
  for (const request of [get('/wait?peer_id=9'), get('/sign_in?eve'), 'junk\r\n\r\n']) {
    for (let round = 0; round < 20; round += 1) {
      const socket = it.server.say(request)
      if (round % 2 === 0) await once(socket, 'connect')
      socket.resetAndDestroy()
    }
  }
  await it.isUnharmed()
})

describe('pages of other origins', () => {
  const strict = { originAllowed: originPolicy([]) }

  test.each([
    ['a foreign page', from('https://evil.test', get('/wait?peer_id=8'))],
    ['a file', from('null', get('/wait?peer_id=8'))],
    ['a preflight', from('https://evil.test', 'OPTIONS /message HTTP/1.0\r\n\r\n')]
  ])('%s gets nothing', async (_what, request) => {
    await using it = await serve(strict)
    expect(await it.server.ask(request)).toMatchObject({
      statusLine: 'HTTP/1.1 403 Forbidden',
      body: 'not-allowed: Pages of this origin may not use this server.'
    })
    await it.isUnharmed()
  })

  test('an image in a page of another site signs nobody in', async () => {
    await using it = await serve(strict)
    const request = get('/sign_in?ghost').replace('\r\n', '\r\nSec-Fetch-Site: cross-site\r\n')
    expect((await it.server.ask(request)).status).toBe(403)
    expect(it.server.hub.clients).toHaveLength(1)
    await it.isUnharmed()
  })

  test('an own page is served', async () => {
    await using it = await serve(strict)
    const request = from('http://patchcord.test:8080', post('/message?peer_id=8&to=2', 'BYE'))
    expect((await it.server.ask(request)).status).toBe(200)
    await it.isUnharmed()
  })

  test('a file is served where that is allowed', async () => {
    await using it = await serve({ originAllowed: originPolicy(['null']) })
    expect((await it.server.ask(from('null', post('/message?peer_id=8&to=2', 'BYE')))).status).toBe(200)
    await it.isUnharmed()
  })

  test('a preflight is answered with an empty body of no type', async () => {
    await using it = await serve()
    const { statusLine, header, body } = await it.server.ask('OPTIONS /message HTTP/1.0\r\n\r\n')
    expect([statusLine, body]).toEqual(['HTTP/1.1 200 OK', ''])
    expect(header).toContain('Access-Control-Allow-Origin: *')
    expect(header.filter((line) => line.startsWith('Content-Type'))).toEqual([])
    await it.isUnharmed()
  })
})

describe('a connection carries one request', () => {
  test('and those behind it are not taken', async () => {
    await using it = await serve()
    const socket = it.server.say(get('/sign_in?eve').replace('1.0', '1.1').repeat(50))
    await expect.poll(() => it.server.hub.clients.length, { interval: 2, timeout: 10_000 }).toBe(2)
    it.server.hub.clients[1]?.welcome('eve')
    await once(socket.resume(), 'close')
    expect(it.server.hub.clients).toHaveLength(2)
    await it.isUnharmed()
  })

  test.each([
    ['garbage', 'junk\r\n\r\n'],
    ['a sign-in', get('/sign_in?eve')],
    ['a sign-in that cannot be parsed', 'GET /sign_in?a b HTTP/1.1\r\n\r\n']
  ])('and %s behind a wait ends it', async (_what, more) => {
    await using it = await serve()
    const socket = it.server.say(`GET /wait?peer_id=8 HTTP/1.1\r\n\r\n${more}`)
    // The older wait is over as soon as there is a newer one.
    await Promise.all([once(socket.resume(), 'close'), expect(it.waiting).rejects.toThrow('closed')])
    expect(it.server.hub.clients).toHaveLength(1)
  })

  test('and a chunk that looks like a sign-in is none', async () => {
    await using it = await serve()
    const head = 'POST /message?peer_id=8&to=2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'
    const socket = it.server.say(head)
    await it.server.ask(get('/wait?peer_id=9'))
    socket.write('GET /sign_in?a b HTTP/1.1\r\n\r\n')
    await once(socket.resume(), 'close')
    expect(it.server.hub.clients).toHaveLength(1)
    await it.isUnharmed()
  })
})

describe('guessing ids', () => {
  test('ends after some tries, without harm to those who know theirs', async () => {
    let now = 0
    await using it = await serve({ maxWrongIdsPerMinute: 3, now: () => now })
    const guess = async () => (await it.server.ask(get('/wait?peer_id=99'))).statusLine
    const guesses = [await guess(), await guess(), await guess(), await guess()]
    expect(guesses).toEqual([
      ...Array.from({ length: 3 }, () => 'HTTP/1.1 500 Error'),
      'HTTP/1.1 429 Too Many Requests'
    ])
    expect((await it.server.ask(post('/message?peer_id=8&to=2', 'BYE'))).status).toBe(200)
    await it.isUnharmed()
    now = 60_000
    expect(await guess()).toBe('HTTP/1.1 500 Error')
  })
})
