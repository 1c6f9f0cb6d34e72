/** Credentials for somebody else's relay, as a real coturn takes them. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { externalTurn } from '../../src/server/external-turn.ts'
import { serve } from '../../src/server/serve.ts'
import { type Coturn, startCoturn } from '../support/coturn.ts'
import { eventually } from '../support/eventually.ts'
import { nativeSocket } from '../support/native-socket.ts'
import { readData, sendIndication } from '../support/turn-session.ts'
import { type TurnSocket, turnSocket } from '../support/turn-socket.ts'

const turnSecret = 'shared by both'
let coturn: Coturn

beforeAll(async () => {
  coturn = await startCoturn(turnSecret)
})

afterAll(async () => {
  await coturn[Symbol.asyncDispose]()
})

const withCoturn = () => serve({ port: 0, logLevel: 'silent', turnUrl: [coturn.url], turnSecret })

/** As they would be after this time has passed. */
const credentialsAfter = (ms: number) => {
  const [server] = externalTurn({ turnUrl: [coturn.url], turnSecret }, () => Date.now() - ms).iceServers(
    'a call',
    'ada',
    { host: '', proxied: false }
  )
  if (server === undefined) throw new Error('no credentials')
  return server
}

const pass = async (from: TurnSocket, to: TurnSocket, text: string): Promise<void> => {
  expect((await to.ask('createPermission', [['xorPeerAddress', from.relayed]])).code).toBe(0)
  expect((await from.ask('createPermission', [['xorPeerAddress', to.relayed]])).code).toBe(0)
  from.send(sendIndication(to.relayed, text))
  expect(readData(await to.next())).toMatchObject({ by: { port: from.relayed.port }, text })
}

test('two who call each other reach each other through it, and are known there by their call', async () => {
  await using server = await withCoturn()
  await using ada = await nativeSocket(server.url, 'ada')
  await using bob = await nativeSocket(server.url, 'bob')
  ada.say({ type: 'ice-servers', call: "ada's call" })
  const [adas, ...others] = await ada.offered('ice-servers')
  ada.say({ type: 'invite', call: "ada's call", to: bob.id }, 'offer')
  const [bobs] = await bob.offered('invite')
  if (adas === undefined || bobs === undefined) throw new Error('no relay is offered')
  expect(others).toEqual([])
  expect(adas.urls).toEqual([coturn.url])
  await using adasTurn = await turnSocket(coturn, adas)
  await using bobsTurn = await turnSocket(coturn, bobs)
  expect((await adasTurn.allocate()).code).toBe(0)
  expect((await bobsTurn.allocate()).code).toBe(0)
  await pass(adasTurn, bobsTurn, 'hello')
  await pass(bobsTurn, adasTurn, 'hello yourself')
  for (const { id } of [ada, bob]) await eventually(() => coturn.log).toContain(`:ada_s_call:${id}>`)
})

test('a server that hands out another relay has none itself, unless it is told to', async () => {
  await using server = await withCoturn()
  const socket = createSocket('udp4')
  socket.bind(server.port, '127.0.0.1')
  await once(socket, 'listening')
  socket.close()
  await using both = await serve({
    port: 0,
    logLevel: 'silent',
    relay: 'on',
    turnUrl: [coturn.url],
    turnSecret
  })
  await using ada = await nativeSocket(both.url, 'ada')
  ada.say({ type: 'ice-servers', call: 'a call' })
  const offered = await ada.offered('ice-servers')
  expect(offered.map(({ urls: [first] }) => first)).toEqual([
    coturn.url,
    `turn:localhost:${both.port}?transport=udp`
  ])
  for (const [at, port] of [coturn.port, both.port].entries()) {
    await using turn = await turnSocket({ host: '127.0.0.1', port }, offered[at] ?? credentialsAfter(0))
    expect((await turn.allocate()).code).toBe(0)
  }
})

test('a party that asks again in mid-call gets fresh credentials, which a new allocation takes', async () => {
  await using server = await withCoturn()
  await using ada = await nativeSocket(server.url, 'ada')
  await using bob = await nativeSocket(server.url, 'bob')
  const ask = async () => {
    ada.say({ type: 'ice-servers', call: 'a call' })
    const [fresh] = await ada.offered('ice-servers')
    return fresh ?? credentialsAfter(0)
  }
  const before = await ask()
  ada.say({ type: 'invite', call: 'a call', to: bob.id }, 'offer')
  await bob.next('invite')
  await using first = await turnSocket(coturn, before)
  expect((await first.allocate()).code).toBe(0)
  // The user name has the second in it.
  await eventually(async () => (await ask()).username).not.toBe(before.username)
  await using second = await turnSocket(coturn, await ask())
  expect((await second.allocate()).code).toBe(0)
  await pass(first, second, 'one and the same')
})

test('what has expired opens no allocation, and ends none that there is', async () => {
  // Between five and six seconds are left.
  const nearlyOver = credentialsAfter(595_000)
  await using early = await turnSocket(coturn, nearlyOver)
  expect((await early.allocate()).code).toBe(0)
  const late = async (): Promise<number> => {
    await using socket = await turnSocket(coturn, nearlyOver)
    return (await socket.allocate()).code
  }
  await expect.poll(late, { timeout: 20_000, interval: 200 }).toBe(401)
  await using other = await turnSocket(coturn, credentialsAfter(0))
  expect((await other.allocate()).code).toBe(0)
  expect((await early.ask('refresh')).code).toBe(0)
  await pass(early, other, 'still here')
})
