/**
 * The native wire on real sockets: what bad input gets, and that a call of two others does not even
 * notice.
 */
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { eventually } from '../support/eventually.ts'
import { type NativeClient, connectNative, joinNative } from '../support/native-client.ts'

const sdp = 'v=0\r\nx=a line that nobody knows\r\n'

/** Two in a call. */
interface Pair extends Disposable {
  readonly ada: NativeClient
  readonly bob: NativeClient
}

const callOf = async (url: string, call = 'their-call'): Promise<Pair> => {
  const [ada, bob] = [await joinNative(url, 'ada'), await joinNative(url, 'bob')]
  ada.say({ type: 'invite', call, to: bob.id }, sdp)
  expect(await bob.hears('invite')).toMatchObject({ call, from: { id: ada.id, name: 'ada' }, body: sdp })
  bob.say({ type: 'accept', call }, sdp)
  expect(await ada.hears('accept')).toMatchObject({ call, body: sdp })
  ada.told.length = 0
  bob.told.length = 0
  return {
    ada,
    bob,
    [Symbol.dispose]() {
      ada[Symbol.dispose]()
      bob[Symbol.dispose]()
    }
  }
}

/** Something still goes from each to the other, and nothing else has come between. */
const expectUndisturbed = async ({ ada, bob }: Pair): Promise<void> => {
  for (const [from, to] of [
    [ada, bob],
    [bob, ada]
  ] as const) {
    from.say({ type: 'description', call: 'their-call', sdpType: 'offer' }, sdp)
    await to.hears('description')
    expect(to.told).toEqual([{ type: 'description', call: 'their-call', sdpType: 'offer', body: sdp }])
    to.told.length = 0
  }
}

describe('what bad input gets, while a call goes on undisturbed:', () => {
  let server: RunningServer
  let pair: Pair
  beforeAll(async () => {
    server = await serve({ port: 0, host: '127.0.0.1' })
    pair = await callOf(server.url)
  })
  afterAll(async () => {
    pair[Symbol.dispose]()
    await server.close()
  })

  const long = 'x'.repeat(300)
  const known = (text: string): string => text.replace('ADA', pair.ada.id).replace('BOB', pair.bob.id)

  test.each<[what: string, text: string, refusal: object]>([
    ['not JSON', 'hello', { code: 'bad-message', reason: 'not JSON' }],
    ['nothing', '', { code: 'bad-message', reason: 'not JSON' }],
    ['JSON that is no message', '7', { code: 'bad-message', reason: 'not a message of this protocol' }],
    ['an unknown type', '{"type":"video-offer"}', { code: 'bad-message', reason: 'bad field: type' }],
    ['a missing field', '{"type":"invite","call":"c"}', { code: 'bad-message', reason: 'bad field: to' }],
    [
      'a missing body',
      '{"type":"invite","call":"c","to":"BOB"}',
      { code: 'bad-message', reason: 'bad field: body' }
    ],
    [
      'an over-long name',
      `{"type":"rename","name":"${long}"}`,
      { code: 'bad-message', reason: 'bad field: name' }
    ],
    [
      'an over-long call id',
      `{"type":"accept","call":"${long}"}\n${sdp}`,
      { code: 'bad-message', reason: 'bad field: call' }
    ],
    ['an over-long text', `{"type":"text"}\n${'x'.repeat(5_000)}`, { code: 'too-large', about: 'text' }],
    ['signing in twice', '{"type":"sign-in","name":"ada"}', { code: 'already-signed-in', about: 'sign-in' }],
    [
      'an unknown target',
      `{"type":"invite","call":"c","to":"nobody"}\n${sdp}`,
      { code: 'unknown-peer', about: 'invite', call: 'c' }
    ],
    ['a text for nobody', '{"type":"text","to":"nobody"}\nhi', { code: 'unknown-peer', about: 'text' }],
    [
      'an accept of a call of others',
      `{"type":"accept","call":"their-call"}\n${sdp}`,
      { code: 'unknown-call', about: 'accept', call: 'their-call' }
    ],
    [
      'a decline of a call of others',
      '{"type":"decline","call":"their-call"}',
      { code: 'unknown-call', about: 'decline' }
    ],
    [
      'an offer in a call of others',
      `{"type":"description","call":"their-call","sdpType":"offer"}\n${sdp}`,
      { code: 'unknown-call' }
    ],
    [
      'a candidate in a call of others',
      '{"type":"candidate","call":"their-call"}\nx',
      { code: 'unknown-call', about: 'candidate' }
    ],
    [
      'an answer without an offer',
      `{"type":"description","call":"c","sdpType":"answer"}\n${sdp}`,
      { code: 'unknown-call', about: 'description' }
    ],
    [
      'an invite under the id of their call',
      `{"type":"invite","call":"their-call","to":"BOB"}\n${sdp}`,
      { code: 'not-allowed', about: 'invite' }
    ]
  ])('%s', async (_what, text, refusal) => {
    using eve = await joinNative(server.url, 'eve')
    eve.socket.send(known(text))
    expect(await eve.hears('refused')).toMatchObject(refusal)
    await expectUndisturbed(pair)
    expect(eve.told).toHaveLength(1)
  })

  test('anything before signing in', async () => {
    using eve = await connectNative(server.url)
    eve.say({ type: 'text' }, 'hi')
    expect(await eve.hears('refused')).toMatchObject({ code: 'not-signed-in', about: 'text' })
    await expectUndisturbed(pair)
  })

  test('somebody else’s name, id and call, wherever they can be put', async () => {
    using eve = await joinNative(server.url, 'ada')
    eve.say({ type: 'hang-up', call: 'their-call', from: pair.ada.id, id: pair.ada.id, name: 'ada' })
    eve.say({ type: 'text', to: pair.bob.id, from: { id: pair.ada.id, name: 'ada' } }, 'it is me')
    expect(await pair.bob.hears('text')).toMatchObject({
      from: { id: eve.id, name: 'ada1' },
      body: 'it is me'
    })
    pair.bob.told.length = 0
    await expectUndisturbed(pair)
  })

  test('a second caller', async () => {
    using eve = await joinNative(server.url, 'eve')
    eve.say({ type: 'invite', call: 'c', to: pair.bob.id }, sdp)
    expect(await eve.hears('ended')).toMatchObject({ call: 'c', reason: 'busy' })
    eve.say({ type: 'candidate', call: 'c' }, 'candidate:1')
    expect(await eve.hears('refused')).toMatchObject({ code: 'unknown-call' })
    await expectUndisturbed(pair)
  })

  test('somebody in another lobby', async () => {
    using eve = await joinNative(server.url, 'eve', 'elsewhere')
    eve.say({ type: 'invite', call: 'c', to: pair.bob.id }, sdp)
    expect(await eve.hears('refused')).toMatchObject({ code: 'unknown-peer', about: 'invite' })
    eve.say({ type: 'text', to: pair.bob.id }, 'hi')
    await eventually(() => eve.told).toHaveLength(2)
    await expectUndisturbed(pair)
  })

  test('a lobby of no name', async () => {
    using eve = await connectNative(server.url)
    eve.say({ type: 'sign-in', name: 'eve', lobby: 'a/b' })
    expect(await eve.hears('refused')).toMatchObject({ code: 'bad-name', about: 'sign-in' })
    await expectUndisturbed(pair)
  })

  test('binary where text is due', async () => {
    using eve = await joinNative(server.url, 'eve')
    eve.socket.send(Buffer.from('{"type":"sign-out"}'), { binary: true })
    expect(await eve.hears('refused')).toMatchObject({
      code: 'bad-message',
      reason: 'binary where text is due'
    })
    await expectUndisturbed(pair)
  })

  test.each<[what: string, code: number, send: (socket: WebSocket) => void]>([
    ['a frame of 2 MiB', 1009, (socket) => socket.send('x'.repeat(2 * 1024 * 1024))],
    ['the same in pieces', 1009, (socket) => sendInPieces(socket, 2 * 1024 * 1024)],
    ['text that is no UTF-8', 1007, (socket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false })]
  ])('%s', async (_what, code, send) => {
    using eve = await joinNative(server.url, 'eve')
    send(eve.socket)
    expect((await eve.closed)[0]).toBe(code)
    await expectUndisturbed(pair)
  })

  test('10,000 messages at once: told once, and let go', async () => {
    using eve = await joinNative(server.url, 'eve')
    for (let count = 0; count < 10_000; count += 1) eve.say({ type: 'text', to: eve.id }, 'hi')
    expect(await eve.closed).toEqual([1008, 'rate-limited'])
    expect(eve.told.filter(({ type }) => type === 'refused')).toMatchObject([{ code: 'rate-limited' }])
    expect(eve.told.filter(({ type }) => type === 'text').length).toBeGreaterThan(400)
    await expectUndisturbed(pair)
  })

  test('a hang-up in the middle of a flood reaches the partner', async () => {
    using other = await joinNative(server.url, 'other')
    using eve = await joinNative(server.url, 'eve')
    eve.say({ type: 'invite', call: 'c', to: other.id }, sdp)
    await other.hears('invite')
    for (let count = 0; count < 900; count += 1) eve.say({ type: 'text', to: eve.id }, 'hi')
    eve.say({ type: 'hang-up', call: 'c' })
    expect(await other.hears('ended')).toMatchObject({ call: 'c', reason: 'cancelled' })
    await expectUndisturbed(pair)
  })
})

const sendInPieces = (socket: WebSocket, size: number): void => {
  const piece = 'x'.repeat(64 * 1024)
  for (let sent = 0; sent < size; sent += piece.length) socket.send(piece, { fin: false })
}

// Clients that do not even keep to TCP's manners

/** Completes the handshake, and from then on does nothing by itself. */
const halfOpen = async (server: RunningServer): Promise<Socket> => {
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
      'Sec-WebSocket-Protocol: patchcord.1\r\n\r\n'
  )
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toContain('101 Switching Protocols')
  return socket
}

/** A text frame of a client, as RFC 6455 has it; the mask is of zeros. */
const frameOf = (text: string): Buffer => {
  const payload = Buffer.from(text)
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 255]
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), payload])
}

const idIn = (data: Buffer): string => /"you":\{"id":"([^"]+)"/.exec(data.toString())?.[1] ?? ''

test('a slow reader is let go, its partner is told, and nobody else notices', async () => {
  await using server = await serve({
    port: 0,
    host: '127.0.0.1',
    maxQueuedBytes: 65_536,
    messageBurst: 10_000
  })
  using pair = await callOf(server.url)
  using eve = await joinNative(server.url, 'eve')
  using slow = await joinNative(server.url, 'slow')
  eve.say({ type: 'invite', call: 'c', to: slow.id }, sdp)
  await slow.hears('invite')
  slow.say({ type: 'accept', call: 'c' }, sdp)
  await eve.hears('accept')
  slow.socket.pause()
  // Until the buffers of the system are full too.
  for (let sent = 0; sent < 300; sent += 1) {
    eve.say({ type: 'description', call: 'c', sdpType: 'offer' }, 'x'.repeat(200_000))
  }
  expect(await eve.hears('ended')).toMatchObject({ call: 'c', reason: 'left' })
  slow.socket.resume()
  expect(await slow.closed).toEqual([1013, 'too-slow'])
  await expectUndisturbed(pair)
})

test('a half-open socket is dropped, its partner is told, and nobody else notices', async () => {
  await using server = await serve({ port: 0, host: '127.0.0.1', pingMs: 100 })
  using pair = await callOf(server.url)
  using eve = await joinNative(server.url, 'eve')
  const dead = await halfOpen(server)
  const received: Buffer[] = []
  dead.on('data', (data: Buffer) => received.push(data))
  dead.write(frameOf('{"type":"sign-in","name":"dead"}'))
  // A ping may come before the welcome.
  const id = () => idIn(Buffer.concat(received))
  await eventually(id).not.toBe('')
  eve.say({ type: 'invite', call: 'c', to: id() }, sdp)
  expect(await eve.hears('ended')).toMatchObject({ call: 'c', reason: 'left' })
  if (!dead.destroyed) await once(dead, 'close')
  await expectUndisturbed(pair)
})

test.each<[what: string, frame: Buffer, code: number]>([
  ['a frame that is not masked', Buffer.from([0x81, 0x02, 0x7b, 0x7d]), 1002],
  ['a frame of an unknown kind', Buffer.from([0x83, 0x80, 0, 0, 0, 0]), 1002],
  ['a frame that claims to be compressed', Buffer.from([0xc1, 0x80, 0, 0, 0, 0]), 1002],
  ['a frame that claims to be of 2^62 bytes', Buffer.from([0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0]), 1009]
])('%s ends the connection of its sender, and nobody else notices', async (_what, frame, code) => {
  await using server = await serve({ port: 0, host: '127.0.0.1' })
  using pair = await callOf(server.url)
  const socket = await halfOpen(server)
  const received: Buffer[] = []
  socket.on('data', (data: Buffer) => received.push(data))
  socket.write(frame)
  await once(socket, 'end')
  const bytes = Buffer.concat(received)
  const close = bytes.lastIndexOf(0x88)
  expect(bytes.readUInt16BE(close + 2)).toBe(code)
  socket.destroy()
  await expectUndisturbed(pair)
})

test('a request that stops in the middle of its header is answered and closed, and nobody else notices', async () => {
  await using server = await serve({ port: 0, host: '127.0.0.1', headerMs: 1_000 })
  using pair = await callOf(server.url)
  const socket = connect(server.port, '127.0.0.1')
  const received: Buffer[] = []
  socket.on('data', (data: Buffer) => received.push(data))
  socket.write('GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgr')
  await once(socket, 'end')
  expect(Buffer.concat(received).toString()).toMatch(/^HTTP\/1\.1 408 /)
  socket.destroy()
  await expectUndisturbed(pair)
})

test.each<[what: string, path: string, protocols: string[]]>([
  ['no subprotocol', '/ws', []],
  ['a wrong subprotocol', '/ws', ['patchcord.2']],
  ['a subprotocol of somebody else', '/ws', ['chat']],
  ['our subprotocol at another path', '/', ['patchcord.1']]
])('%s gets HTTP 400, and nobody else notices', async (_what, path, protocols) => {
  await using server = await serve({ port: 0, host: '127.0.0.1' })
  using pair = await callOf(server.url)
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, protocols)
  const [error] = await once(socket, 'error').catch((error: unknown) => [error])
  expect(String(error)).toContain('Unexpected server response: 400')
  await expectUndisturbed(pair)
})

test('too many connections are refused in words, and closed', async () => {
  await using server = await serve({ port: 0, host: '127.0.0.1', maxConnections: 2 })
  using pair = await callOf(server.url)
  using eve = await connectNative(server.url)
  expect(await eve.hears('refused')).toMatchObject({ code: 'too-many-connections' })
  expect(await eve.closed).toEqual([1008, 'too-many-connections'])
  await expectUndisturbed(pair)
})

describe('a call on the native wire', () => {
  test('brings bodies over as they came, whatever they hold', async () => {
    await using server = await serve({ port: 0, host: '127.0.0.1' })
    using pair = await callOf(server.url)
    const odd = 'v=0\nline\r\n\u2028{"type":"hang-up"}\n\n김철수 👩‍💻\u0000\n'
    pair.ada.say({ type: 'description', call: 'their-call', sdpType: 'offer' }, odd)
    expect(await pair.bob.hears('description')).toMatchObject({ body: odd })
  })

  test('ends for the partner when a socket is cut, and when a client signs out', async () => {
    await using server = await serve({ port: 0, host: '127.0.0.1' })
    for (const leave of [
      (bob: NativeClient) => bob.socket.terminate(),
      (bob: NativeClient) => bob.say({ type: 'sign-out' })
    ]) {
      using pair = await callOf(server.url)
      leave(pair.bob)
      expect(await pair.ada.hears('ended')).toMatchObject({ call: 'their-call', reason: 'left' })
    }
  })

  test('lets go of a client that signs out with a normal close', async () => {
    await using server = await serve({ port: 0, host: '127.0.0.1' })
    using ada = await joinNative(server.url, 'ada')
    ada.say({ type: 'sign-out' })
    expect(await ada.closed).toEqual([1000, ''])
  })
})
