/** The MDN dialect on real sockets: with a hub that only listens, and then two pages in a call. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { SwitchboardHub } from '../../src/server/hub.ts'
import { mdnTransport } from '../../src/server/mdn-transport.ts'
import type { Hub } from '../../src/server/transport.ts'
import { refuseUpgrade, webSockets } from '../../src/server/websocket.ts'
import { eventually } from '../support/eventually.ts'
import { fakeHub } from '../support/fake-hub.ts'
import { hubLimits, listening } from '../support/listening.ts'

const limits = { maxFrameBytes: 64 * 1024, maxQueuedBytes: 1024 * 1024 }

interface Frame {
  readonly [field: string]: unknown
}

/** A page: what it was told so far, and what it says. */
interface Page {
  readonly socket: WebSocket
  readonly told: Frame[]
  say(frame: object | string | Buffer): void
  /** The first frame of this type that has come or comes. */
  hears(type: string): Promise<Frame>
}

const serve = async <H extends Hub>(hub: H, { pingMs = 20_000 } = {}) => {
  const sockets = webSockets({ limits, pingMs, closeMs: 100 })
  const transport = mdnTransport({ hub, sockets, now: () => 1_700_000_000_000 })
  const server = createServer()
  server.on('upgrade', (request, socket, head) => {
    if (transport.wants(request)) transport.upgrade(request, socket, head)
    else refuseUpgrade(socket, 400)
  })
  const port = await listening(server)

  const open = async (path = '/', subprotocols: string[] = ['json']): Promise<Page> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, subprotocols)
    const told: Frame[] = []
    socket.on('message', (data) => told.push(JSON.parse(Buffer.isBuffer(data) ? data.toString() : '')))
    await once(socket, 'open')
    const page: Page = {
      socket,
      told,
      say: (frame) =>
        socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame)),
      async hears(type) {
        const found = told.find((frame) => frame.type === type)
        if (found !== undefined) return found
        await once(socket, 'message')
        return page.hears(type)
      }
    }
    return page
  }
  return {
    hub,
    port,
    open,
    async [Symbol.asyncDispose]() {
      sockets.close()
      server.close()
      await once(server, 'close')
    }
  }
}

const username = (name: string) => ({ name, date: 1, id: 1, type: 'username' })

test.each([
  [['json'], 'json'],
  [['chat', 'json'], 'json'],
  [['JSON'], 'JSON']
])('whoever offers %j speaks it, as %s', async (offered, selected) => {
  await using server = await serve(fakeHub())
  const page = await server.open('/', offered)
  expect(page.socket.protocol).toBe(selected)
})

test.each([[[]], [['chat']], [['json2']]])('whoever offers %j does not', async (offered) => {
  await using server = await serve(fakeHub())
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/`, offered)
  const [error] = await once(socket, 'error')
  expect(String(error)).toContain('400')
  expect(server.hub.clients).toEqual([])
})

test('the first thing a page hears is its id, which no other page has', async () => {
  await using server = await serve(fakeHub())
  const ids = []
  for (const page of [await server.open(), await server.open()]) {
    ids.push(await page.hears('id'))
    expect(page.told).toEqual([{ type: 'id', id: expect.any(Number) }])
  }
  expect(ids[0]).not.toEqual(ids[1])
})

test('the hub is told where a page comes from', async () => {
  await using server = await serve(fakeHub())
  await server.open()
  expect(server.hub.clients).toMatchObject([{ address: '127.0.0.1', dialect: { name: 'mdn' } }])
})

test.each([
  ['/', 'main'],
  ['/chat?room=x', 'main'],
  ['/l/garden', 'garden'],
  ['/l/caf%C3%A9?x', 'café'],
  ['/l/%E0%A4%A', '%E0%A4%A']
])('the first name on %s signs in to %s, and the next is a new name', async (path, lobby) => {
  await using server = await serve(fakeHub())
  const page = await server.open(path)
  page.say(username('ada'))
  await eventually(() => server.hub.clients[0]?.heard).toEqual([{ type: 'sign-in', name: 'ada', lobby }])
  server.hub.clients[0]?.welcome('ada')
  page.say(username('eve'))
  await eventually(() => server.hub.clients[0]?.heard).toHaveLength(2)
  expect(server.hub.clients[0]?.heard[1]).toEqual({ type: 'rename', name: 'eve' })
})

test('a name that was refused may be followed by another', async () => {
  await using server = await serve(fakeHub())
  const page = await server.open()
  page.say(username('ada'))
  page.say(username('eve'))
  await eventually(() => server.hub.clients[0]?.heard).toMatchObject([
    { type: 'sign-in' },
    { type: 'sign-in' }
  ])
})

test('a page hears of its own name under the id that it has', async () => {
  await using server = await serve(fakeHub())
  const page = await server.open()
  const { id } = await page.hears('id')
  server.hub.clients[0]?.welcome('ada1', 'ada')
  expect(await page.hears('rejectusername')).toEqual({ id, type: 'rejectusername', name: 'ada1' })
  expect(await page.hears('userlist')).toEqual({ type: 'userlist', users: ['ada1'] })
})

test.each([
  ['not JSON', 'hello', 'not JSON'],
  ['no message', '{"type":"eval"}', 'bad field: type'],
  ['binary', Buffer.from('{"type":"hang-up"}'), 'binary where text is due']
])('a frame that is %s is reported, and the page goes on', async (_what, frame, reason) => {
  await using server = await serve(fakeHub())
  const page = await server.open()
  page.say(frame)
  page.say({ type: 'hang-up' })
  await eventually(() => server.hub.clients[0]?.heard).toEqual([
    { malformed: reason },
    { type: 'hang-up', call: null, reason: 'hung-up' }
  ])
})

test('a frame of 2 MiB ends the connection of its sender, and of nobody else', async () => {
  await using server = await serve(fakeHub())
  const page = await server.open()
  const other = await server.open()
  page.say('x'.repeat(2 * 1024 * 1024))
  const [code] = await once(page.socket, 'close')
  expect(code).toBe(1009)
  expect(server.hub.clients[0]?.heard).toEqual([{ malformed: 'Max payload size exceeded' }, 'closed'])
  other.say({ type: 'hang-up' })
  await eventually(() => server.hub.clients[1]?.heard).toHaveLength(1)
})

test('a page that goes is gone', async () => {
  await using server = await serve(fakeHub())
  const page = await server.open()
  page.socket.close()
  await eventually(() => server.hub.clients[0]?.heard).toEqual(['closed'])
})

test('a page whose network is gone is noticed', async () => {
  await using server = await serve(fakeHub(), { pingMs: 32 })
  const page = await server.open()
  page.socket.pause()
  await eventually(() => server.hub.clients[0]?.heard).toEqual(['closed'])
  page.socket.terminate()
})

test('a page that does not read is let go before it fills the memory', async () => {
  await using server = await serve(fakeHub())
  const page = await server.open()
  page.socket.pause()
  const [client] = server.hub.clients
  const from = { id: 'x', number: 1, name: 'eve', dialect: 'mdn', busy: false }
  const sdp = { size: 100_000, text: () => 'x'.repeat(100_000) }
  for (let sent = 0; sent < 200; sent++) {
    client?.say({ type: 'description', call: 'c', from, description: { type: 'offer', sdp } })
  }
  expect(client?.heard).toEqual(['closed'])
  page.socket.terminate()
})

test('a page that the hub lets go is told why', async () => {
  await using server = await serve(fakeHub())
  const page = await server.open()
  const closes = once(page.socket, 'close')
  server.hub.clients[0]?.letGo({ code: 'not-allowed', reason: 'No more.' })
  const [code, reason] = await closes
  expect([code, String(reason)]).toEqual([1008, 'not-allowed'])
  expect(await page.hears('message')).toMatchObject({ name: 'Patchcord', text: 'No more.' })
})

test('a page that the hub does not take is told why', async () => {
  await using server = await serve(fakeHub())
  server.hub.refuse({ code: 'too-many-connections', reason: 'Too many.' })
  const page = await server.open()
  page.say(username('ada'))
  const [code, reason] = await once(page.socket, 'close')
  expect([code, String(reason)]).toEqual([1008, 'too-many-connections'])
  expect(await page.hears('message')).toMatchObject({ name: 'Patchcord', text: 'Too many.' })
})

const sdp = (type: string) => ({ type, sdp: `v=0\r\no=${type}\r\na=ice-ufrag:u\r\n` })
const candidate = { candidate: 'candidate:1 ufrag u', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'u' }

const inLobby = async () => {
  const server = await serve(new SwitchboardHub({ limits: hubLimits }))
  const join = async (name: string): Promise<Page> => {
    const page = await server.open()
    page.say(username(name))
    await page.hears('userlist')
    return page
  }
  return { server, join, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

test('an offer reaches its target, stamped with the true sender, and a hang-up only the partner', async () => {
  await using lobby = await inLobby()
  const [ada, bob, carol] = [await lobby.join('ada'), await lobby.join('bob'), await lobby.join('carol')]
  ada.say({ name: 'eve', target: 'bob', type: 'video-offer', sdp: sdp('offer') })
  ada.say({ type: 'new-ice-candidate', target: 'bob', candidate })
  expect(await bob.hears('video-offer')).toEqual({
    name: 'ada',
    target: 'bob',
    type: 'video-offer',
    sdp: sdp('offer')
  })
  expect(await bob.hears('new-ice-candidate')).toEqual({
    type: 'new-ice-candidate',
    target: 'bob',
    candidate
  })
  bob.say({ name: 'bob', target: 'ada', type: 'video-answer', sdp: sdp('answer') })
  expect(await ada.hears('video-answer')).toMatchObject({ name: 'bob', sdp: sdp('answer') })
  ada.say({ name: 'ada', target: null, type: 'hang-up' })
  expect(await bob.hears('hang-up')).toEqual({ name: 'ada', target: null, type: 'hang-up' })
  ada.say({ text: 'the last word', type: 'message', id: 1, date: 1 })
  await Promise.all([ada, bob, carol].map((page) => page.hears('message')))
  expect(carol.told.filter(({ type }) => !['id', 'userlist', 'message'].includes(String(type)))).toEqual([])
  expect(ada.told.filter(({ type }) => type === 'hang-up')).toEqual([])
})

test('whoever calls a busy peer is hung up and told why, and the call goes on', async () => {
  await using lobby = await inLobby()
  const [ada, bob, carol] = [await lobby.join('ada'), await lobby.join('bob'), await lobby.join('carol')]
  ada.say({ target: 'bob', type: 'video-offer', sdp: sdp('offer') })
  await bob.hears('video-offer')
  carol.say({ target: 'bob', type: 'video-offer', sdp: sdp('offer') })
  expect(await carol.hears('hang-up')).toEqual({ name: 'bob', target: null, type: 'hang-up' })
  expect(await carol.hears('message')).toMatchObject({ name: 'Patchcord', text: 'bob is in another call.' })
  bob.say({ target: 'ada', type: 'video-answer', sdp: sdp('answer') })
  await ada.hears('video-answer')
})

test('whoever calls nobody is hung up and told so', async () => {
  await using lobby = await inLobby()
  const ada = await lobby.join('ada')
  ada.say({ target: 'nobody', type: 'video-offer', sdp: sdp('offer') })
  expect(await ada.hears('hang-up')).toEqual({ name: 'nobody', target: null, type: 'hang-up' })
  expect(await ada.hears('message')).toMatchObject({ text: 'Nobody of that name or id is here.' })
})
