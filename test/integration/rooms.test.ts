/** The room demo's dialect over real Socket.IO: with a hub that only listens, and then two pages in a call. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type Socket, io } from 'socket.io-client'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { SwitchboardHub } from '../../src/server/hub.ts'
import { roomsTransport } from '../../src/server/rooms-transport.ts'
import type { Hub } from '../../src/server/transport.ts'
import { eventually } from '../support/eventually.ts'
import { fakeHub } from '../support/fake-hub.ts'
import { hubLimits, listening } from '../support/listening.ts'

const limits = { maxFrameBytes: 64 * 1024, maxQueuedBytes: 1024 * 1024 }

/** A page: what it was told so far, and its socket. */
interface Page {
  readonly socket: Socket
  readonly told: { event: string; payload: unknown }[]
  /** The first payload of this event that has come or comes. */
  hears(event: string): Promise<unknown>
}

const originAllowed = (origin: string | undefined): boolean => origin !== 'https://evil.example'

const serve = async <H extends Hub>(hub: H, { pingMs = 20_000, joinMs = 5_000 } = {}) => {
  const server = createServer((request, response) => {
    response.end(`page ${request.url}`)
  })
  const transport = roomsTransport({ http: server, hub, limits, originAllowed, pingMs, joinMs })
  const port = await listening(server)
  const url = `http://127.0.0.1:${port}`
  const sockets: Socket[] = []

  const open = async (transports = ['polling', 'websocket']): Promise<Page> => {
    const socket = io(url, { transports, forceNew: true, reconnectionDelay: 10, reconnectionDelayMax: 10 })
    sockets.push(socket)
    const told: Page['told'] = []
    socket.onAny((event: string, payload: unknown) => told.push({ event, payload }))
    await new Promise<void>((resolve) => {
      socket.once('connect', resolve)
    })
    const hears = async (event: string): Promise<unknown> => {
      await eventually(() => told.map((one) => one.event)).toContain(event)
      return told.find((one) => one.event === event)?.payload
    }
    return { socket, told, hears }
  }
  return {
    hub,
    server,
    url,
    open,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.close()
      transport.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }
}

const ready = { chat_room: 'chat', signal_room: 'signal_room', files_room: 'files' }
const signIn = { type: 'sign-in', name: 'guest', lobby: 'main' }
const userHere = { type: 'user_here', message: 'Are you ready for a call?', room: 'signal_room' }

describe.each([[['polling']], [['websocket']], [['polling', 'websocket']]])('over %j', (transports) => {
  test('a page joins, says that it is here, and is told of others', async () => {
    await using server = await serve(fakeHub())
    const page = await server.open(transports)
    page.socket.emit('ready', ready)
    page.socket.emit('signal', userHere)
    await eventually(() => server.hub.clients[0]?.heard).toEqual([signIn, { type: 'ready' }])
    expect(server.hub.clients[0]).toMatchObject({ address: '127.0.0.1', dialect: { name: 'rooms' } })
    const from = { id: 'x', number: 1, name: 'eve', dialect: 'native', busy: false }
    server.hub.clients[0]?.say({ type: 'ready', from })
    expect(await page.hears('signaling_message')).toEqual({
      type: 'user_here',
      message: 'Are you ready for a call?'
    })
  })
})

test('the client is served where the page looks for it, and other paths are left alone', async () => {
  await using server = await serve(fakeHub())
  const script = await fetch(`${server.url}/socket.io/socket.io.js`)
  expect(await script.text()).toContain('Socket.IO v4')
  expect(await (await fetch(`${server.url}/other`)).text()).toBe('page /other')
})

test('upgrades that are not for it are left alone', async () => {
  await using server = await serve(fakeHub())
  const upgraded = once(server.server, 'upgrade')
  const other = new WebSocket(`${server.url}/ws`)
  other.on('error', () => undefined)
  const [request, socket] = await upgraded
  expect([request.url, socket.destroyed]).toEqual(['/ws', false])
  socket.destroy()
})

test('a session that does not join is let go', async () => {
  await using server = await serve(fakeHub(), { joinMs: 20 })
  const polling = `${server.url}/socket.io/?EIO=4&transport=polling`
  const sid = /"sid":"([^"]+)"/.exec(await (await fetch(polling)).text())?.[1] ?? ''
  await eventually(async () => (await fetch(`${polling}&sid=${sid}`)).status).toBe(400)
})

test('a client of Socket.IO 2 is served too', async () => {
  await using server = await serve(fakeHub())
  const handshake = await fetch(`${server.url}/socket.io/?EIO=3&transport=polling`)
  expect(await handshake.text()).toContain('"sid"')
  await eventually(() => server.hub.clients).toHaveLength(1)
})

test('pages of other origins are refused: 403, or, asking for a WebSocket, what Socket.IO says instead', async () => {
  await using server = await serve(fakeHub())
  const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, {
    headers: { Origin: 'https://evil.example' }
  })
  expect(response.status).toBe(403)
  const socket = new WebSocket(`${server.url}/socket.io/?EIO=4&transport=websocket`, {
    origin: 'https://evil.example'
  })
  const [error] = await once(socket, 'error')
  expect(String(error)).toContain('400')
  expect(server.hub.clients).toEqual([])
})

test.each<[string, unknown[], string]>([
  ['an unknown event', ['shout', {}], 'bad field: event'],
  ['ready without a payload', ['ready'], 'bad field: payload'],
  ['bytes where an object is due', ['ready', Buffer.from('ready')], 'bad field: payload.signal_room'],
  ['a word in a room that was not joined', ['signal', userHere], 'said in a room that was not joined']
])('%s is reported, and the page goes on', async (_what, [event, ...payload], reason) => {
  await using server = await serve(fakeHub())
  const page = await server.open()
  page.socket.emit(String(event), ...payload)
  page.socket.emit('ready', ready)
  await eventually(() => server.hub.clients[0]?.heard).toEqual([{ malformed: reason }, signIn])
})

test.each(['polling', 'websocket'])(
  'a frame of 2 MiB over %s ends the connection of its sender, and of nobody else',
  async (transport) => {
    await using server = await serve(fakeHub())
    const page = await server.open([transport])
    const other = await server.open([transport])
    page.socket.emit('send', { author: 'ada', message: 'x'.repeat(2 * 1024 * 1024), room: 'chat' })
    await eventually(() => server.hub.clients[0]?.heard).toEqual(['closed'])
    other.socket.emit('ready', ready)
    await eventually(() => server.hub.clients[1]?.heard).toEqual([signIn])
  }
)

test('a frame that is no packet ends the connection of its sender', async () => {
  await using server = await serve(fakeHub())
  const socket = new WebSocket(`${server.url}/socket.io/?EIO=4&transport=websocket`)
  await once(socket, 'open')
  socket.send('40')
  await eventually(() => server.hub.clients).toHaveLength(1)
  socket.send('42["ready",')
  await once(socket, 'close')
  expect(server.hub.clients[0]?.heard).toEqual(['closed'])
})

test('an author is a name asked for once, not with every text', async () => {
  await using server = await serve(fakeHub())
  const page = await server.open()
  page.socket.emit('ready', ready)
  await eventually(() => server.hub.clients[0]?.heard).toEqual([signIn])
  const you = { id: 'x', number: 1, key: 2, name: 'ada1', dialect: 'rooms', busy: false }
  server.hub.clients[0]?.say({ type: 'renamed', you, asked: 'ada' })
  page.socket.emit('send', { author: 'ada', message: 'one', room: 'chat' })
  page.socket.emit('send', { author: 'eve', message: 'two', room: 'chat' })
  await eventually(() => server.hub.clients[0]?.heard).toMatchObject([
    signIn,
    { text: 'one' },
    { type: 'rename', name: 'eve' },
    { text: 'two' }
  ])
})

test('a page that comes back is in its rooms again, and ready, without saying so', async () => {
  await using server = await serve(fakeHub())
  const page = await server.open()
  page.socket.emit('ready', ready)
  await eventually(() => server.hub.clients[0]?.heard).toEqual([signIn])
  page.socket.io.engine.close()
  await eventually(() => server.hub.clients[0]?.heard).toEqual([signIn, 'closed'])
  await eventually(() => server.hub.clients[1]?.heard).toEqual([signIn, { type: 'ready' }])
  server.hub.clients[1]?.welcome('guest')
  page.socket.emit('ready', ready)
  page.socket.emit('ready', { signal_room: 'elsewhere' })
  await eventually(() => server.hub.clients[1]?.heard).toEqual([
    signIn,
    { type: 'ready' },
    { ...signIn, lobby: 'elsewhere' }
  ])
})

test('a page that was never in a room comes back to none', async () => {
  await using server = await serve(fakeHub())
  const page = await server.open()
  page.socket.io.engine.close()
  await eventually(() => server.hub.clients).toHaveLength(2)
  page.socket.emit('ready', ready)
  await eventually(() => server.hub.clients[1]?.heard).toEqual([signIn])
})

test('a page that does not read is let go before it fills the memory', async () => {
  await using server = await serve(fakeHub())
  const socket = new WebSocket(`${server.url}/socket.io/?EIO=4&transport=websocket`)
  await once(socket, 'open')
  socket.send('40')
  await eventually(() => server.hub.clients).toHaveLength(1)
  socket.pause()
  const [client] = server.hub.clients
  const from = { id: 'x', number: 1, name: 'eve', dialect: 'mdn', busy: false }
  const sdp = { size: 100_000, text: () => 'x'.repeat(100_000) }
  for (let sent = 0; sent < 200; sent++) {
    client?.say({ type: 'description', call: 'c', from, description: { type: 'offer', sdp } })
  }
  await eventually(() => client?.heard).toEqual(['closed'])
  socket.terminate()
})

test('a page whose network is gone is noticed', async () => {
  await using server = await serve(fakeHub(), { pingMs: 50 })
  const socket = new WebSocket(`${server.url}/socket.io/?EIO=4&transport=websocket`)
  await once(socket, 'open')
  socket.send('40')
  await eventually(() => server.hub.clients[0]?.heard).toEqual(['closed'])
  socket.terminate()
})

test('a page that the hub lets go is told why', async () => {
  await using server = await serve(fakeHub())
  const page = await server.open()
  server.hub.clients[0]?.letGo({ code: 'not-allowed', reason: 'No more.' })
  expect(await page.hears('announce')).toEqual({ message: 'No more.' })
  await eventually(() => page.socket.connected).toBe(false)
})

test('a page that the hub does not take is told why', async () => {
  await using server = await serve(fakeHub())
  server.hub.refuse({ code: 'too-many-connections', reason: 'Too many.' })
  const page = await server.open()
  page.socket.emit('ready', ready)
  expect(await page.hears('announce')).toEqual({ message: 'Too many.' })
  await eventually(() => page.socket.connected).toBe(false)
})

const description = (type: string) => JSON.stringify({ sdp: { type, sdp: `v=0\r\na=ice-ufrag:${type}\r\n` } })

const signal = (message: string) => ({ type: 'SDP', message, room: 'signal_room' })

test('the first of two pages calls the second; they talk, send a file and part', async () => {
  await using server = await serve(new SwitchboardHub({ limits: hubLimits }))
  const [ada, bob] = [await server.open(), await server.open()]
  ada.socket.emit('ready', ready)
  ada.socket.emit('signal', userHere)
  ada.socket.emit('send', { author: 'ada', message: 'anybody here?', room: 'chat' })
  expect(await ada.hears('message')).toEqual({ author: 'ada', message: 'anybody here?' })

  bob.socket.emit('ready', ready)
  bob.socket.emit('signal', userHere)
  expect(await ada.hears('signaling_message')).toMatchObject({ type: 'user_here' })
  ada.socket.emit('signal', signal(description('offer')))
  expect(await bob.hears('signaling_message')).toEqual({ type: 'SDP', message: description('offer') })
  bob.socket.emit('signal', signal(description('answer')))
  await eventually(() => ada.told.at(-1)?.payload).toEqual({ type: 'SDP', message: description('answer') })

  bob.socket.emit('send', { author: 'bob', message: 'here', room: 'chat' })
  expect(await bob.hears('message')).toEqual({ author: 'bob', message: 'here' })
  bob.socket.emit('files', { filename: 'x.bin', filesize: 3, room: 'files' })
  expect(await ada.hears('files')).toEqual({ filename: 'x.bin', filesize: 3 })
  expect(ada.told).toContainEqual({ event: 'message', payload: { author: 'bob', message: 'here' } })
  bob.socket.close()
  expect(await ada.hears('announce')).toEqual({ message: 'bob left.' })
})
