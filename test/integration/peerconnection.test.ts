/** The hanging GET on real sockets, with a hub that only listens. */
import { describe, expect, test } from 'vitest'
import type { Peer, ServerMessage } from '../../src/core/signal.ts'
import type { PeerconnectionTransportOptions } from '../../src/server/peerconnection-transport.ts'
import { type FakeClient, fakeHub } from '../support/fake-hub.ts'
import {
  get,
  type PeerconnectionServer,
  post,
  servePeerconnection
} from '../support/peerconnection-server.ts'
import { readStrictly } from '../support/strict-response.ts'

const key = 8
const bob: Peer = { id: 'id of bob', number: 2, name: 'bob', dialect: 'native', busy: false }
const bye: ServerMessage = { type: 'ended', call: 'call', from: bob, reason: 'hung-up' }
const joined: ServerMessage = {
  type: 'roster',
  joined: [bob],
  left: [],
  changed: [],
  renamed: false,
  peers: []
}

const serve = (options: Partial<PeerconnectionTransportOptions> = {}) =>
  servePeerconnection(fakeHub(), options)

type Server = PeerconnectionServer<ReturnType<typeof fakeHub>>

/** The client that has asked to be signed in last. */
const newest = async ({ hub }: Server): Promise<FakeClient> => {
  await expect.poll(() => hub.clients.length, soon).toBeGreaterThan(0)
  const client = hub.clients.at(-1)
  if (client === undefined) throw new Error('nobody signs in')
  return client
}

/** Signs `ada` in, under the key 8 and the number 7. */
const signIn = async (server: Server): Promise<FakeClient> => {
  const answer = server.ask(get('/sign_in?ada'))
  const client = await newest(server)
  client.welcome('ada')
  await answer
  return client
}

const wait = (server: Server) => server.ask(get(`/wait?peer_id=${key}`))

/** For what happens some time after a request. */
const soon = { interval: 2, timeout: 10_000 }

/** Until the server has read all that was sent before: it has answered a later request. */
const allRead = (server: Server) => server.ask(get(`/message?peer_id=${key}`))

const headerLines = (...between: readonly string[]) => [
  'Server: Patchcord',
  'Cache-Control: no-cache',
  'Connection: close',
  ...between,
  'Access-Control-Allow-Origin: *',
  'Access-Control-Allow-Credentials: true',
  'Access-Control-Allow-Methods: POST, GET, OPTIONS',
  'Access-Control-Allow-Headers: Content-Type, Content-Length, Connection, Cache-Control',
  'Access-Control-Expose-Headers: Content-Length'
]

describe('signing in', () => {
  test('is answered with the lines that the stock client reads', async () => {
    await using server = await serve()
    const answer = server.ask(get('/sign_in?ada'))
    const client = await newest(server)
    expect(client.heard).toEqual([{ type: 'sign-in', name: 'ada', lobby: 'main' }])
    client.welcome('ada')
    const { statusLine, header, body } = await answer
    expect(statusLine).toBe('HTTP/1.1 200 Added')
    expect(header).toEqual(headerLines('Content-Type: text/plain', 'Content-Length: 8', 'Pragma: 8'))
    expect(body).toBe('ada,8,1\n')
  })

  test.each([
    ['a space', 'GET /sign_in?John Smith@PC HTTP/1.0\r\n\r\n', 'John Smith@PC'],
    ['letters beyond ASCII', 'GET /sign_in?봄 HTTP/1.0\r\n\r\n', '봄'],
    ['bytes that are no UTF-8', Buffer.from('GET /sign_in?J\xf6rg HTTP/1.0\r\n\r\n', 'latin1'), 'Jörg'],
    ['percent-encoding', 'GET /sign_in?J%C3%B6rg HTTP/1.0\r\n\r\n', 'Jörg'],
    ['a space, without a version', 'GET /sign_in?a b\r\n\r\n', 'a b'],
    ['no version', 'GET /sign_in?ada\r\n\r\n', 'ada'],
    ['a body', post('/sign_in?ada', 'x'), 'ada'],
    ['question marks', get('/sign_in?a?b'), 'a?b'],
    ['no name', get('/sign_in'), ''],
    ['HTTP/1.1 and a Host', 'GET /sign_in?ada HTTP/1.1\r\nHost: x\r\n\r\n', 'ada']
  ])('works with %s', async (_what, request, name) => {
    await using server = await serve()
    const answer = server.ask(request)
    const client = await newest(server)
    expect(client.heard).toEqual([{ type: 'sign-in', name, lobby: 'main' }])
    client.welcome('ada')
    expect(await answer).toMatchObject({ status: 200, pragma: key, closes: true })
  })

  test('is refused in words when there are too many', async () => {
    await using server = await serve()
    server.hub.refuse({ code: 'too-many-connections', reason: 'Later.' })
    const { statusLine, body } = await server.ask(get('/sign_in?ada'))
    expect([statusLine, body]).toEqual(['HTTP/1.1 429 Too Many Requests', 'too-many-connections: Later.'])
  })

  test('is refused in words when the lobby is full', async () => {
    await using server = await serve()
    const answer = server.ask(get('/sign_in?ada'))
    const client = await newest(server)
    client.say({ type: 'refused', code: 'lobby-full', reason: 'Full.' })
    expect(await answer).toMatchObject({ status: 503, body: 'lobby-full: Full.' })
    expect(client.heard.at(-1)).toBe('closed')
  })

  test('is refused in words by a hub that lets go of it', async () => {
    await using server = await serve()
    const answer = server.ask(get('/sign_in?ada'))
    const client = await newest(server)
    client.letGo({ code: 'not-allowed', reason: 'No.' })
    expect(await answer).toMatchObject({ status: 400, body: 'not-allowed: No.' })
  })
})

describe('messages', () => {
  test.each([
    ['as the stock client sends them', post(`/message?peer_id=${key}&to=2`, 'BYE')],
    ['with the ids the other way round', post(`/message?to=2&peer_id=${key}`, 'BYE')],
    [
      'with lower-case header names, and no type',
      `POST /message?peer_id=${key}&to=2 HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nBYE`
    ],
    [
      'in chunks',
      `POST /message?peer_id=${key}&to=2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nBY\r\n1\r\nE\r\n0\r\n\r\n`
    ],
    ['with surplus bytes behind them', `${post(`/message?peer_id=${key}&to=2`, 'BYE')}more`]
  ])('are taken %s', async (_how, request) => {
    await using server = await serve()
    const client = await signIn(server)
    const { statusLine, header, body } = await server.ask(request)
    expect(statusLine).toBe('HTTP/1.1 200 OK')
    expect(header).toEqual(headerLines('Content-Type: text/plain', 'Content-Length: 0'))
    expect(body).toBe('')
    expect(client.heard.at(-1)).toEqual({ type: 'hang-up', call: null, reason: 'hung-up' })
  })

  test('are for whom they name', async () => {
    await using server = await serve()
    const client = await signIn(server)
    await server.ask(post(`/message?peer_id=${key}&to=2`, '{"type":"offer","sdp":"v=0"}'))
    expect(client.heard.at(-1)).toEqual({
      type: 'description',
      to: { by: 'number', number: 2 },
      description: { type: 'offer', sdp: 'v=0' }
    })
  })

  test.each([
    ['junk', post(`/message?peer_id=${key}&to=2`, 'junk')],
    ['nothing', get(`/message?peer_id=${key}&to=2`)],
    ['an empty body', post(`/message?peer_id=${key}&to=2`, '')]
  ])('that are %s are dropped, but do not end the session', async (_what, request) => {
    await using server = await serve()
    const client = await signIn(server)
    expect(await server.ask(request)).toMatchObject({ status: 200, body: '' })
    expect(client.heard.at(-1)).toEqual({ malformed: 'neither BYE nor JSON' })
  })

  test('to oneself come back', async () => {
    await using server = await serve()
    const client = await signIn(server)
    const { header, body } = await server.ask(post(`/message?peer_id=${key}&to=${key}`, 'hello'))
    expect(header).toEqual(headerLines('Content-Type: text/plain', 'Content-Length: 5', 'Pragma: 8'))
    expect(body).toBe('hello')
    expect(client.heard).toHaveLength(1)
  })
})

describe('waiting', () => {
  test('brings messages with the id of their sender', async () => {
    await using server = await serve()
    const client = await signIn(server)
    const answer = wait(server)
    client.say(bye)
    const { statusLine, header, body } = await answer
    expect(statusLine).toBe('HTTP/1.1 200 OK')
    expect(header).toEqual(headerLines('Content-Type: text/plain', 'Content-Length: 3', 'Pragma: 2'))
    expect(body).toBe('BYE')
  })

  test('brings notes about others with the own id, and none about oneself', async () => {
    await using server = await serve()
    const client = await signIn(server)
    const self = { ...bob, number: 7, name: 'ada' }
    client.say({ ...joined, joined: [self, bob] })
    expect(await wait(server)).toMatchObject({ pragma: key, body: 'bob,2,1\n' })
  })

  test('brings one thing at a time', async () => {
    await using server = await serve()
    const client = await signIn(server)
    client.say(joined)
    client.say(bye)
    const bodies = [await wait(server), await wait(server)].map(({ body }) => body)
    expect(bodies).toEqual(['bob,2,1\n', 'BYE'])
  })

  test('brings messages at once, however many notes to others are due', async () => {
    await using server = await serve({ maxNotesPerSecond: 1, now: () => 0 })
    const client = await signIn(server)
    client.say(joined)
    expect((await wait(server)).body).toBe('bob,2,1\n')
    client.say({ ...joined, joined: [], left: [bob] })
    const answer = wait(server)
    await allRead(server)
    client.say(bye)
    expect((await answer).body).toBe('BYE')
  })

  test('a newer one takes the place of an older one, which is closed without a word', async () => {
    await using server = await serve()
    const client = await signIn(server)
    const olderEnds = expect(wait(server)).rejects.toThrow('closed after 0 bytes')
    await allRead(server)
    const newer = wait(server)
    await olderEnds
    client.say(bye)
    expect((await newer).body).toBe('BYE')
  })

  test('ends with the connection, so that who reads to the end is served too', async () => {
    await using server = await serve({ patienceMs: 20 })
    const client = await signIn(server)
    const socket = server.say(get(`/wait?peer_id=${key}`))
    const answer = readStrictly(socket)
    client.say(bye)
    await answer
    await new Promise((resolve) => socket.once('close', resolve))
    client.say(joined)
    expect((await wait(server)).body).toBe('bob,2,1\n')
  })

  test('is told why when the hub lets go, and the id is unknown from then on', async () => {
    await using server = await serve()
    const client = await signIn(server)
    const answer = wait(server)
    await allRead(server)
    client.letGo({ code: 'rate-limited', reason: 'Too much.' })
    expect(await answer).toMatchObject({ status: 429, body: 'rate-limited: Too much.' })
    expect(await wait(server)).toMatchObject({ status: 500 })
  })

  test('with a body is answered too', async () => {
    await using server = await serve()
    const client = await signIn(server)
    const answer = server.ask(post(`/wait?peer_id=${key}`, 'x'.repeat(50_000)))
    client.say(bye)
    expect((await answer).body).toBe('BYE')
  })
})

describe('leaving', () => {
  test('by signing out is at once', async () => {
    await using server = await serve()
    const client = await signIn(server)
    const waitEnds = expect(wait(server)).rejects.toThrow('closed after 0 bytes')
    await allRead(server)
    const { statusLine, header } = await server.ask(get(`/sign_out?peer_id=${key}`))
    expect(statusLine).toBe('HTTP/1.1 200 OK')
    expect(header).toEqual(headerLines('Content-Type: text/plain', 'Content-Length: 0'))
    expect(client.heard.at(-1)).toBe('closed')
    await waitEnds
    expect(await server.ask(get(`/sign_out?peer_id=${key}`))).toMatchObject({ status: 500 })
  })

  test('by never asking is noticed', async () => {
    await using server = await serve({ waitGraceMs: 30 })
    const client = await signIn(server)
    await expect.poll(() => client.heard.at(-1), soon).toBe('closed')
  })

  test('by asking no more is noticed', async () => {
    await using server = await serve({ waitGraceMs: 300 })
    const client = await signIn(server)
    const socket = server.say(get(`/wait?peer_id=${key}`))
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(client.heard).toHaveLength(1)
    socket.destroy()
    await expect.poll(() => client.heard.at(-1), soon).toBe('closed')
  })

  test('by not reading what waits is noticed', async () => {
    await using server = await serve({ limits: { maxFrameBytes: 1_000, maxQueuedBytes: 5 } })
    const client = await signIn(server)
    client.say(bye)
    expect(client.heard).toHaveLength(1)
    client.say(bye)
    expect(client.heard.at(-1)).toBe('closed')
  })
})
