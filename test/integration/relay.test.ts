/** The relay as clients find it: credentials over the native protocol, STUN and TURN over UDP. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { nativeSocket } from '../support/native-socket.ts'
import { channelData, readData, sendIndication } from '../support/turn-session.ts'
import { type TurnSocket, turnSocket } from '../support/turn-socket.ts'

/** Ada calls Bob, and both have an allocation; `host` is where they find the relay. */
const relayedCall = async ({ url, port }: { readonly url: string; readonly port: number }, host: string) => {
  const ada = await nativeSocket(url, 'ada')
  const bob = await nativeSocket(url, 'bob')
  ada.say({ type: 'ice-servers', call: 'a call' })
  const [adas] = await ada.offered('ice-servers')
  ada.say({ type: 'invite', call: 'a call', to: bob.id }, 'offer')
  const [bobs] = await bob.offered('invite')
  if (adas === undefined || bobs === undefined) throw new Error('no relay is offered')
  const turn = [await turnSocket({ host, port }, adas), await turnSocket({ host, port }, bobs)] as const
  for (const socket of turn) expect((await socket.allocate()).code).toBe(0)
  return {
    ada,
    bob,
    adas,
    bobs,
    turn,
    async [Symbol.asyncDispose]() {
      for (const one of [...turn, ada, bob]) await one[Symbol.asyncDispose]()
    }
  }
}

const permit = async (one: TurnSocket, other: TurnSocket) => {
  expect((await one.ask('createPermission', [['xorPeerAddress', other.relayed]])).code).toBe(0)
}

test.each(['127.0.0.1', '::1'])('two who call each other reach each other through %s', async (host) => {
  await using server = await serve({ port: 0, logLevel: 'silent' })
  await using call = await relayedCall(server, host)
  const [ada, bob] = call.turn
  expect(call.adas.urls).toEqual([
    `turn:localhost:${server.port}?transport=udp`,
    `turn:localhost:${server.port}?transport=tcp`
  ])
  expect(call.adas.username).toMatch(/^\d+:a call:/)
  expect(call.adas.username).not.toBe(call.bobs.username)

  await permit(ada, bob)
  await permit(bob, ada)
  ada.send(sendIndication(bob.relayed, 'hello'))
  expect(readData(await bob.next())).toEqual({ by: ada.relayed, text: 'hello' })
  const bind = await bob.ask('channelBind', [
    ['channelNumber', 0x4000_0000],
    ['xorPeerAddress', ada.relayed]
  ])
  expect(bind.code).toBe(0)
  bob.send(channelData(0x4000, 'hello yourself'))
  expect(readData(await ada.next())).toEqual({ by: bob.relayed, text: 'hello yourself' })
  ada.send(sendIndication(bob.relayed, 'x'.repeat(1_400)))
  expect(readData(await bob.next())).toEqual({ by: 0x4000, text: 'x'.repeat(1_400) })
})

test('the end of the call is the end of its relay', async () => {
  await using server = await serve({ port: 0, logLevel: 'silent' })
  await using call = await relayedCall(server, '127.0.0.1')
  const [ada, bob] = call.turn
  await permit(ada, bob)
  await permit(bob, ada)
  call.bob.say({ type: 'decline', call: 'a call' })
  await call.ada.next('ended')
  ada.send(sendIndication(bob.relayed, 'hello?'))
  expect(await bob.hearsNothing()).toBe(true)
  expect((await bob.ask('refresh')).code).toBe(401)
})

test('noise and strangers do not disturb a call', async () => {
  await using server = await serve({ port: 0, logLevel: 'silent' })
  await using call = await relayedCall(server, '127.0.0.1')
  const [ada, bob] = call.turn
  await permit(ada, bob)
  await permit(bob, ada)
  const stranger = createSocket('udp4')
  for (let at = 0; at < 5_000; at += 1) {
    const bytes = bob.session.write('binding', [], { unsigned: true })
    if (at % 3 > 0) bytes[at % bytes.length] = at
    stranger.send(bytes, server.port, '127.0.0.1')
    if (at % 100 === 0) await new Promise(setImmediate)
  }
  await new Promise((resolve) => {
    stranger.close(() => resolve(null))
  })
  ada.send(sendIndication(bob.relayed, 'still here'))
  expect(readData(await bob.next())).toEqual({ by: ada.relayed, text: 'still here' })
})

test('a server without a relay offers none, and listens to nobody over UDP', async () => {
  await using server = await serve({ port: 0, relay: 'off', logLevel: 'silent' })
  await using ada = await nativeSocket(server.url, 'ada')
  ada.say({ type: 'ice-servers', call: 'a call' })
  expect(await ada.offered('ice-servers')).toEqual([])
  const socket = createSocket('udp4')
  socket.bind(server.port, '127.0.0.1')
  await once(socket, 'listening')
  socket.close()
})

test('a UDP port that is taken is one sentence that says what to do', async () => {
  const taken = createSocket('udp4')
  taken.bind(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address()
  await expect(serve({ port, logLevel: 'silent' })).rejects.toThrow(
    `Something else listens on UDP port ${port} already: stop it, or choose another with --port.`
  )
  taken.close()
  await using server = await serve({ port, host: 'localhost', logLevel: 'silent' })
  expect(server.port).toBe(port)
})
