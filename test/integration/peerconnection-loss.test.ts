/** Whatever becomes of a `/wait`, the message that was meant for it is not lost, nor told twice. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { type ServerMessage, bodyOf, type Peer } from '../../src/core/signal.ts'
import { fakeHub } from '../support/fake-hub.ts'
import { get, post, servePeerconnection } from '../support/peerconnection-server.ts'

const bob: Peer = { id: 'id of bob', number: 2, name: 'bob', dialect: 'native', busy: false }

const offer = (sdp: string): ServerMessage => ({
  type: 'invite',
  iceServers: [],
  call: 'call',
  from: bob,
  description: { type: 'offer', sdp: bodyOf(sdp) }
})

/** A client that is signed in under the key 8, and what its hub would tell it. */
const serve = async (maxQueuedBytes = 256 * 1024) => {
  const server = await servePeerconnection(fakeHub(), { limits: { maxFrameBytes: 1_000, maxQueuedBytes } })
  const signingIn = server.ask(get('/sign_in?ada'))
  await expect.poll(() => server.hub.clients.length, { interval: 2, timeout: 10_000 }).toBe(1)
  const [client] = server.hub.clients
  if (client === undefined) throw new Error('nobody signs in')
  client.welcome('ada')
  await signingIn
  return {
    client,
    /** A `/wait` that the server holds: it has answered a later request. */
    async open(): Promise<Socket> {
      const socket = server.say(get('/wait?peer_id=8'))
      await server.ask(post('/message?peer_id=8&to=2', 'BYE'))
      return socket
    },
    /** The SDP that a `/wait` brings. */
    async next(): Promise<unknown> {
      const { body } = await server.ask(get('/wait?peer_id=8'))
      return JSON.parse(body).sdp
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]()
  }
}

test('a message that comes just when a wait was closed is there for the next, 200 times out of 200', async () => {
  await using server = await serve()
  for (let round = 0; round < 200; round += 1) {
    const socket = await server.open()
    socket.destroy()
    server.client.say(offer(`round ${round}`))
    expect(await server.next()).toBe(`round ${round}`)
  }
})

test('nor is it lost when it crosses the closing on the way', async () => {
  await using server = await serve()
  for (let round = 0; round < 50; round += 1) {
    const socket = await server.open()
    const closed = new Promise<void>((resolve) => {
      // At the last moment before the answer is written: the server cannot know yet.
      setImmediate(() => {
        socket.destroy()
        resolve()
      })
    })
    server.client.say(offer(`round ${round}`))
    server.client.say(offer(`after ${round}`))
    await closed
    expect(await server.next()).toBe(`round ${round}`)
    expect(await server.next()).toBe(`after ${round}`)
  }
})

test('nor when its reader stops in the middle of it', async () => {
  // More than fits into the buffers of the kernel on the way to somebody who does not read.
  const long = 'x'.repeat(16_000_000)
  await using server = await serve(long.length * 2)
  const socket = await server.open()
  socket.pause()
  server.client.say(offer(long))
  await once(socket, 'readable')
  socket.destroy()
  expect(await server.next()).toBe(long)
})

test('what was read is not told again, however long the next wait takes', async () => {
  await using server = await serve()
  for (let round = 0; round < 50; round += 1) {
    server.client.say(offer(`round ${round}`))
    expect(await server.next()).toBe(`round ${round}`)
  }
})

test('a note that was lost is told as it is by then', async () => {
  await using server = await serve()
  const roster = { type: 'roster', joined: [], left: [], changed: [], renamed: false, peers: [] } as const
  const socket = await server.open()
  setImmediate(() => socket.destroy())
  server.client.say({ ...roster, joined: [bob] })
  await once(socket, 'close')
  server.client.say({ ...roster, left: [bob] })
  server.client.say(offer('from another'))
  expect(await server.next()).toBe('from another')
})
