/** The relay as clients find it: credentials over the native protocol, STUN and TURN over UDP, TCP and TLS. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { eventually } from '../support/eventually.ts'
import { nativeSocket } from '../support/native-socket.ts'
import { channelData, readData, sendIndication, transportAddress } from '../support/turn-session.ts'
import { type Transport, type TurnSocket, turnSocket } from '../support/turn-socket.ts'

interface Ways {
  /** Where they find the relay. */
  readonly host?: string
  readonly transports?: readonly [Transport, Transport]
}

let calls = 0

/** Ada calls Bob, and both have an allocation. */
const relayedCall = async (
  { url, port }: { readonly url: string; readonly port: number },
  { host = '127.0.0.1', transports: [adasWay, bobsWay] = ['udp', 'udp'] }: Ways = {}
) => {
  const id = `call ${(calls += 1)}`
  const ada = await nativeSocket(url, 'ada')
  const bob = await nativeSocket(url, 'bob')
  ada.say({ type: 'ice-servers', call: id })
  const [adas] = await ada.offered('ice-servers')
  ada.say({ type: 'invite', call: id, to: bob.id }, 'offer')
  const [bobs] = await bob.offered('invite')
  if (adas === undefined || bobs === undefined) throw new Error('no relay is offered')
  const turn = [
    await turnSocket({ host, port }, adas, adasWay),
    await turnSocket({ host, port }, bobs, bobsWay)
  ] as const
  for (const socket of turn) expect((await socket.allocate()).code).toBe(0)
  return {
    id,
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

/** One server for all who do not care what was before them. */
let stateDir: string
let shared: RunningServer

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'patchcord-relay-'))
  shared = await serve({ port: 0, tls: 'auto', stateDir, logLevel: 'silent' })
})

afterAll(async () => {
  await shared.close()
  await rm(stateDir, { recursive: true })
})

test.each<readonly [string, Transport, Transport]>([
  ['127.0.0.1', 'udp', 'udp'],
  ['::1', 'udp', 'udp'],
  ['127.0.0.1', 'udp', 'tcp'],
  ['::1', 'tcp', 'udp'],
  ['127.0.0.1', 'tcp', 'tcp'],
  ['127.0.0.1', 'udp', 'tls'],
  ['127.0.0.1', 'tls', 'tcp'],
  ['::1', 'tls', 'tls']
])('two who call each other reach each other through %s, over %s and %s', async (host, ...transports) => {
  await using call = await relayedCall(shared, { host, transports })
  const [ada, bob] = call.turn
  await permit(ada, bob)
  await permit(bob, ada)
  for (const text of ['', 'a', 'hello', 'x'.repeat(1_400)]) {
    ada.send(sendIndication(bob.relayed, text))
    expect(readData(await bob.next())).toEqual({ by: ada.relayed, text })
  }
  for (const [one, other] of [[ada, bob] as const, [bob, ada] as const]) {
    const bind = await one.ask('channelBind', [
      ['channelNumber', 0x4000_0000],
      ['xorPeerAddress', other.relayed]
    ])
    expect(bind.code).toBe(0)
  }
  const [adaPads] = transports.map((transport) => transport !== 'udp')
  for (const text of ['', 'a', 'hello', 'x'.repeat(1_399)]) {
    const data = channelData(0x4000, text)
    ada.send(adaPads === true ? Buffer.concat([data, Buffer.alloc(-data.length & 3)]) : data)
    expect(readData(await bob.next())).toEqual({ by: 0x4000, text })
  }
  bob.send(sendIndication(ada.relayed, 'hello yourself'))
  expect(readData(await ada.next())).toEqual({ by: 0x4000, text: 'hello yourself' })
})

test.each([
  ['off', ['turn:HOST?transport=udp', 'turn:HOST?transport=tcp']],
  ['auto', ['turn:HOST?transport=udp', 'turn:HOST?transport=tcp', 'turns:HOST?transport=tcp']]
] as const)('the ways to it are told, the best first, with TLS %s', async (tls, urls) => {
  await using server = await serve({ port: 0, tls, stateDir, logLevel: 'silent' })
  for (const host of ['localhost', '127.0.0.1', '[::1]']) {
    await using ada = await nativeSocket(`http://${host}:${server.port}`, 'ada')
    ada.say({ type: 'ice-servers', call: 'a call' })
    const [offered] = await ada.offered('ice-servers')
    expect(offered?.urls).toEqual(urls.map((url) => url.replace('HOST', `${host}:${server.port}`)))
    expect(offered?.username).toMatch(/^\d+:a call:/)
  }
})

test.each<Transport>(['udp', 'tcp', 'tls'])(
  'over %s credentials are for their call, and for its time',
  async (transport) => {
    await using call = await relayedCall(shared)
    const ask = async (credentials: typeof call.adas) => {
      await using client = await turnSocket({ host: '127.0.0.1', port: shared.port }, credentials, transport)
      const reply = await client.allocate()
      return { code: reply.code, hasNonce: reply.has('nonce') }
    }
    const username = call.adas.username.replace(/^\d+/, '1')
    const refused = { code: 401, hasNonce: true }
    expect(call.adas.username).not.toBe(call.bobs.username)
    expect(await ask({ ...call.adas, credential: 'a guess' })).toEqual(refused)
    expect(await ask({ ...call.adas, username: call.bobs.username })).toEqual(refused)
    expect(await ask({ ...call.adas, username })).toEqual(refused)
    expect(await ask(call.adas)).toEqual({ code: 0, hasNonce: false })
    call.bob.say({ type: 'decline', call: call.id })
    await call.ada.next('ended')
    expect(await ask(call.adas)).toEqual(refused)
  }
)

test.each<Transport>(['udp', 'tcp', 'tls'])(
  'over %s there are only so many allocations',
  async (transport) => {
    await using server = await serve({
      port: 0,
      tls: 'auto',
      stateDir,
      relayAllocations: 3,
      relayAllocationsPerAddress: 2,
      logLevel: 'silent'
    })
    await using call = await relayedCall(server)
    await using client = await turnSocket({ host: '127.0.0.1', port: server.port }, call.adas, transport)
    expect((await client.allocate()).code).toBe(486)
    await using other = await turnSocket({ host: '::1', port: server.port }, call.adas, transport)
    expect((await other.allocate()).code).toBe(0)
    await using another = await turnSocket({ host: '::1', port: server.port }, call.adas, transport)
    expect((await another.allocate()).code).toBe(508)
  }
)

test.each<Transport>(['udp', 'tcp', 'tls'])(
  'over %s nothing of this machine can be reached',
  async (transport) => {
    await using call = await relayedCall(shared, { transports: [transport, transport] })
    const [ada, bob] = call.turn
    await permit(ada, bob)
    await permit(bob, ada)
    const heard: string[] = []
    const decoy = createSocket('udp4', (bytes) => heard.push(String(bytes)))
    decoy.bind(0, '127.0.0.1')
    await once(decoy, 'listening')
    const { port } = decoy.address()
    for (const host of ['127.0.0.1', '0.0.0.0', '169.254.169.254', '10.0.0.1']) {
      for (const to of [transportAddress(host, port), transportAddress(host, bob.relayed.port)]) {
        expect((await ada.ask('createPermission', [['xorPeerAddress', to]])).code).toBe(403)
        const bind = [
          ['channelNumber', 0x4000_0000],
          ['xorPeerAddress', to]
        ] as const
        expect((await ada.ask('channelBind', bind)).code).toBe(403)
        ada.send(sendIndication(to, 'hello?'))
        ada.send(channelData(0x4000, 'hello!!!'))
      }
    }
    ada.send(sendIndication(bob.relayed, 'all is said'))
    expect(readData(await bob.next()).text).toBe('all is said')
    expect(heard).toEqual([])
    decoy.close()
  }
)

test('strangers that come over TCP are answered so many times a second, all together', async () => {
  await using server = await serve({ port: 0, logLevel: 'silent' })
  const nobody = { username: '', credential: '' }
  const come = () => turnSocket({ host: '127.0.0.1', port: server.port }, nobody, 'tcp')
  const strangers = await Promise.all(Array.from({ length: 6 }, come))
  let bytes = 0
  for (const stranger of strangers) {
    stranger.stream.on('data', (piece) => (bytes += piece.length))
    const binding = stranger.session.write('binding', [], { unsigned: true })
    stranger.send(Buffer.concat(Array.from({ length: 60 }, () => binding)))
  }
  // An answer has 32 bytes. Two seconds may have begun.
  await eventually(() => bytes / 32).toBeGreaterThanOrEqual(100)
  await strangers[0]?.hearsNothing()
  expect(bytes / 32).toBeLessThanOrEqual(200)
  for (const stranger of strangers) await stranger[Symbol.asyncDispose]()
})

test('the end of the call is the end of its relay', async () => {
  await using server = await serve({ port: 0, logLevel: 'silent' })
  await using call = await relayedCall(server)
  const [ada, bob] = call.turn
  await permit(ada, bob)
  await permit(bob, ada)
  call.bob.say({ type: 'decline', call: call.id })
  await call.ada.next('ended')
  ada.send(sendIndication(bob.relayed, 'hello?'))
  expect(await bob.hearsNothing()).toBe(true)
  expect((await bob.ask('refresh')).code).toBe(401)
})

test('noise and strangers do not disturb a call', async () => {
  await using server = await serve({ port: 0, logLevel: 'silent' })
  await using call = await relayedCall(server)
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
