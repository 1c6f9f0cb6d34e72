/** Calls that a server has forgotten, and what goes end to end: on real sockets, with a server that is started again. */
import { describe, expect, test } from 'vitest'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { joinNative } from '../support/native-client.ts'
import { SessionClient } from '../support/session-client.ts'

const sdp = 'v=0\r\nx=a line that nobody knows\r\n'
const start = (port = 0): Promise<RunningServer> => serve({ port, host: '127.0.0.1' })

const join = async (url: string, name: string): Promise<SessionClient> => {
  const client = new SessionClient(url)
  await client.dial()
  return client.signIn(name)
}

const signInAgain = async (client: SessionClient, name: string): Promise<void> => {
  const socket = await client.dial()
  socket.say({ type: 'resume', secret: client.secret, attempt: 10, ack: client.line.ack })
  expect(await socket.hears('refused')).toMatchObject({ code: 'unknown-session' })
  await client.signIn(name)
}

/** Ada calls Bob, who rings. */
const ring = async (url: string) => {
  const [ada, bob] = [await join(url, 'ada'), await join(url, 'bob')]
  ada.say({ type: 'invite', call: 'c', to: bob.id }, sdp)
  expect(await bob.hears('invite')).toMatchObject({ prepares: true })
  bob.say({ type: 'ringing', call: 'c' })
  await ada.hears('ringing')
  return { ada, bob }
}

const rejoin = (client: SessionClient, to: SessionClient, role: 'caller' | 'callee'): void =>
  client.say({ type: 'rejoin', call: 'c', to: to.id, role })

/** The same address, and nothing that the one before knew. */
const restart = async (server: RunningServer): Promise<RunningServer> => {
  await server.close()
  return start(server.port)
}

describe('a server that is started again in the middle of a call', () => {
  test('knows the call again when both say so, and it ends with one word for both', async () => {
    const first = await start()
    const { ada, bob } = await ring(first.url)
    bob.say({ type: 'accept', call: 'c' }, sdp)
    await ada.hears('accept')
    const ids = [ada.id, bob.id]
    await using server = await restart(first)
    await signInAgain(ada, 'ada')
    rejoin(ada, bob, 'caller')
    await signInAgain(bob, 'bob')
    expect([ada.id, bob.id]).toEqual(ids)
    rejoin(bob, ada, 'callee')
    for (const client of [ada, bob]) expect(await client.hears('rejoined')).toMatchObject({ call: 'c' })
    // The answer to an offer of before, and a new one.
    ada.say({ type: 'description', call: 'c', sdpType: 'answer', seq: 7 }, sdp)
    expect(await bob.hears('description')).toMatchObject({ sdpType: 'answer', seq: 7, body: sdp })
    bob.say({ type: 'hang-up', call: 'c' })
    for (const client of [ada, bob]) expect(await client.hears('ended')).toMatchObject({ reason: 'hung-up' })
    expect([ada.heard, bob.heard]).toEqual([[], []])
    using eve = await joinNative(server.url, 'eve')
    eve.say({ type: 'invite', call: 'd', to: ada.id }, sdp)
    await ada.hears('invite')
  })

  test('counts who waits for the other as busy, and tells it at once when the other is done', async () => {
    const first = await start()
    const { ada, bob } = await ring(first.url)
    bob.say({ type: 'accept', call: 'c' }, sdp)
    await ada.hears('accept')
    await using server = await restart(first)
    await signInAgain(ada, 'ada')
    rejoin(ada, bob, 'caller')
    using eve = await joinNative(server.url, 'eve')
    eve.say({ type: 'invite', call: 'd', to: ada.id }, sdp)
    expect(await eve.hears('ended')).toMatchObject({ call: 'd', reason: 'busy' })
    eve.say({ type: 'rejoin', call: 'c', to: ada.id, role: 'callee' })
    expect(await eve.hears('refused')).toMatchObject({ code: 'unknown-call', about: 'rejoin' })
    await signInAgain(bob, 'bob')
    bob.say({ type: 'hang-up', call: 'c' })
    expect(await ada.hears('ended')).toMatchObject({ call: 'c', reason: 'hung-up' })
  })

  test('rings on: the invite comes again, and what had answered it', async () => {
    const first = await start()
    const { ada, bob } = await ring(first.url)
    bob.say({ type: 'prepare', call: 'c', seq: 1 }, sdp)
    expect(await ada.hears('prepare')).toMatchObject({ seq: 1, body: sdp })
    await using _server = await restart(first)
    await signInAgain(bob, 'bob')
    await signInAgain(ada, 'ada')
    ada.say({ type: 'invite', call: 'c', to: bob.id }, sdp)
    await bob.hears('invite')
    bob.say({ type: 'ringing', call: 'c' })
    bob.say({ type: 'prepare', call: 'c', seq: 1 }, sdp)
    bob.say({ type: 'accept', call: 'c', seq: 2 })
    expect(await ada.hears('accept')).toMatchObject({ seq: 2, body: '' })
  })

  test('asks a callee again whose accept was lost', async () => {
    const first = await start()
    const { ada, bob } = await ring(first.url)
    await using _server = await restart(first)
    await signInAgain(bob, 'bob')
    rejoin(bob, ada, 'callee')
    await signInAgain(ada, 'ada')
    ada.say({ type: 'invite', call: 'c', to: bob.id }, sdp)
    await bob.hears('invite')
    bob.say({ type: 'accept', call: 'c', seq: 1 }, sdp)
    expect(await ada.hears('accept')).toMatchObject({ seq: 1, body: sdp })
    expect(ada.heard.filter(({ type }) => type !== 'ringing')).toEqual([])
  })
})

describe('what goes end to end', () => {
  test('is handed on as it was counted, with the word that it has come', async () => {
    await using server = await start()
    const { ada, bob } = await ring(server.url)
    bob.say({ type: 'prepare', call: 'c', seq: 1 }, sdp)
    ada.say({ type: 'candidate', call: 'c', seq: 1 }, 'candidate:1')
    ada.say({ type: 'description', call: 'c', sdpType: 'offer', seq: 2 }, sdp)
    bob.say({ type: 'received', call: 'c', seq: 2 })
    bob.say({ type: 'description', call: 'c', sdpType: 'answer', seq: 2 }, sdp)
    bob.say({ type: 'accept', call: 'c', seq: 3 })
    expect(await bob.hears('candidate')).toMatchObject({ seq: 1 })
    expect(await bob.hears('description')).toMatchObject({ seq: 2 })
    expect(await ada.hears('accept')).toMatchObject({ seq: 3, body: '' })
    expect(ada.heard.map(({ type, seq }) => [type, seq])).toEqual([
      ['prepare', 1],
      ['received', 2],
      ['description', 2]
    ])
  })

  test('a simple client is not prepared for, and its call goes as ever', async () => {
    await using server = await start()
    using simple = await joinNative(server.url, 'simple')
    using bob = await join(server.url, 'bob')
    simple.say({ type: 'invite', call: 'c', to: bob.id }, sdp)
    expect((await bob.hears('invite'))['prepares']).toBeUndefined()
    bob.say({ type: 'prepare', call: 'c', seq: 1 }, sdp)
    expect(await bob.hears('refused')).toMatchObject({ code: 'not-allowed', about: 'prepare', call: 'c' })
    bob.say({ type: 'accept', call: 'c', seq: 2 }, sdp)
    expect(await simple.hears('accept')).toMatchObject({ body: sdp })
  })

  test('two hang-ups that cross end the call with the same word on both sides', async () => {
    await using server = await start()
    const { ada, bob } = await ring(server.url)
    bob.say({ type: 'accept', call: 'c' }, sdp)
    ada.say({ type: 'hang-up', call: 'c' })
    const [one, other] = [await ada.hears('ended'), await bob.hears('ended')]
    expect(one.reason).toBe(other.reason)
  })
})

describe('a lobby for two', () => {
  test('holds two, and tells a third that it is full', async () => {
    await using server = await start()
    const sized = async (name: string) => {
      const client = new SessionClient(server.url)
      const socket = await client.dial()
      client.say({ type: 'sign-in', name, lobby: 'pair', size: 2, secret: client.secret, attempt: 1 })
      return { client, socket }
    }
    const ada = await sized('ada')
    await ada.socket.hears('welcome')
    const bob = await sized('bob')
    await bob.socket.hears('welcome')
    const cyd = await sized('cyd')
    expect(await cyd.socket.hears('refused')).toMatchObject({ code: 'lobby-full', about: 'sign-in', n: 1 })
    bob.client.say({ type: 'sign-out' })
    await bob.socket.closed
    cyd.client.say({ type: 'sign-in', name: 'cyd', lobby: 'pair' })
    await cyd.socket.hears('welcome')
    for (const { client } of [ada, bob, cyd]) client[Symbol.dispose]()
  })
})
