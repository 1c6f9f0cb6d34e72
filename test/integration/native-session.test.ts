/** Connections that come back, on real sockets: what is lost with a socket is said again, once and in order. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { eventually } from '../support/eventually.ts'
import { joinNative } from '../support/native-client.ts'
import { SessionClient, SessionSocket } from '../support/session-client.ts'

const sdp = 'v=0\r\nx=a line that nobody knows\r\n'
const start = (options: Parameters<typeof serve>[0] = {}): Promise<RunningServer> =>
  serve({ port: 0, host: '127.0.0.1', ...options })

const join = async (url: string, name: string, more: object = {}): Promise<SessionClient> => {
  const client = new SessionClient(url)
  await client.dial()
  return client.signIn(name, more)
}

/** Two in a call, who have nothing more to hear. */
const callOf = async (url: string, call = 'c') => {
  const [ada, bob] = [await join(url, 'ada'), await join(url, 'bob')]
  ada.say({ type: 'invite', call, to: bob.id }, sdp)
  await bob.hears('invite')
  bob.say({ type: 'ringing', call })
  await ada.hears('ringing')
  bob.say({ type: 'accept', call, seq: 1 }, sdp)
  await ada.hears('accept')
  return {
    ada,
    bob,
    [Symbol.dispose]() {
      ada[Symbol.dispose]()
      bob[Symbol.dispose]()
    }
  }
}

const bodies = ({ heard }: SessionClient): readonly unknown[] => heard.map(({ body }) => body)
const upTo = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${at + 1}`)

describe('a client with a secret', () => {
  test('has the id that the secret says, after every sign-in', async () => {
    await using server = await start()
    using ada = await join(server.url, 'ada')
    const hash = createHash('sha256').update(`patchcord.1 peer ${ada.secret}`).digest('base64url')
    expect(ada.id).toBe(hash.slice(0, 22))
    ada.on.socket.close(1000)
    await ada.on.closed
    await ada.dial()
    const { id } = ada
    await ada.signIn('ada')
    expect(ada.id).toBe(id)
  })

  test('is welcomed with its number and the time it has to come back', async () => {
    await using server = await start({ resumeMs: 7_000 })
    using ada = await join(server.url, 'ada')
    expect(ada.on.told[0]).toMatchObject({ type: 'welcome', n: 1, ack: 1, resumeMs: 7_000 })
  })

  test('is acknowledged within the second, when there is nothing to say to it', async () => {
    await using server = await start()
    using pair = await callOf(server.url)
    pair.ada.say({ type: 'candidate', call: 'c' }, 'candidate:1')
    await eventually(() => pair.ada.line.unacknowledged).toBe(0)
    expect(pair.ada.on.told.at(-1)).toMatchObject({ type: 'ack' })
  })

  test('is acknowledged at once after 32 messages', async () => {
    await using server = await start()
    using pair = await callOf(server.url)
    for (let at = 0; at < 64; at += 1) pair.ada.say({ type: 'candidate', call: 'c' }, 'candidate:1')
    pair.ada.on.say({ type: 'ping' })
    // Which is answered at once, behind what was said before.
    await pair.ada.on.hears('pong')
    expect(pair.ada.line.unacknowledged).toBeLessThan(32)
  })

  test('that numbers nothing is not numbered', async () => {
    await using server = await start()
    using ada = await joinNative(server.url, 'ada')
    ada.say({ type: 'text', to: ada.id, n: 5, ack: 9 }, 'hi')
    const heard = await ada.hears('text')
    expect([heard['n'], heard['ack']]).toEqual([undefined, undefined])
    ada.say({ type: 'resume', secret: 'x'.repeat(22), attempt: 1, ack: 0 })
    expect(await ada.hears('refused')).toMatchObject({ code: 'bad-message', reason: 'bad field: type' })
  })
})

describe('a socket that is cut', () => {
  test('costs nothing of what is said meanwhile, and nothing is said twice', async () => {
    await using server = await start()
    using pair = await callOf(server.url)
    const { ada, bob } = pair
    const wave = (from: number): void => {
      for (let at = from; at < from + 50; at += 1) {
        ada.say({ type: 'candidate', call: 'c', seq: at }, `${at}`)
        bob.say({ type: 'candidate', call: 'c', seq: at }, `${at}`)
      }
    }
    for (let cut = 0; cut < 4; cut += 1) {
      wave(cut * 50 + 1)
      const victim = cut % 2 === 0 ? ada : bob
      victim.cut()
      await victim.dial()
      await victim.resume()
    }
    wave(201)
    await eventually(() => bodies(bob)).toEqual(upTo(250))
    await eventually(() => bodies(ada)).toEqual(upTo(250))
    expect(ada.heard.map(({ seq }) => String(seq))).toEqual(upTo(250))
    await eventually(() => [ada.line.unacknowledged, bob.line.unacknowledged]).toEqual([0, 0])
  })

  test('is noticed by nobody else: the peer stays in the roster and in its call', async () => {
    await using server = await start()
    using pair = await callOf(server.url)
    using eve = await joinNative(server.url, 'eve')
    pair.bob.cut()
    await pair.bob.on.closed
    eve.say({ type: 'invite', call: 'other', to: pair.bob.id }, sdp)
    expect(await eve.hears('ended')).toMatchObject({ reason: 'busy' })
    expect(pair.ada.heard).toEqual([])
    await pair.bob.dial()
    await pair.bob.resume()
    pair.ada.say({ type: 'hang-up', call: 'c' })
    expect(await pair.bob.hears('ended')).toMatchObject({ reason: 'hung-up' })
  })

  test('of a peer that is rung: it hears of the invite when it is back', async () => {
    await using server = await start()
    using ada = await join(server.url, 'ada')
    using bob = await join(server.url, 'bob')
    bob.cut()
    await bob.on.closed
    ada.say({ type: 'invite', call: 'c', to: bob.id }, sdp)
    await bob.dial()
    await bob.resume()
    expect(await bob.hears('invite')).toMatchObject({ call: 'c', from: { name: 'ada' }, body: sdp })
    bob.say({ type: 'accept', call: 'c' }, sdp)
    expect(await ada.hears('accept')).toMatchObject({ body: sdp })
  })

  test('before the welcome was heard: the welcome comes with the next', async () => {
    await using server = await start()
    using ada = new SessionClient(server.url)
    await ada.dial()
    ada.say({ type: 'sign-in', name: 'ada', secret: ada.secret, attempt: 1 })
    await ada.on.hears('welcome')
    using later = await new SessionSocket(server.url).opened()
    later.say({ type: 'resume', secret: ada.secret, attempt: 2, ack: 0 })
    expect(await later.hears('welcome')).toMatchObject({ n: 1, you: { name: 'ada' } })
  })

  test('for too long ends the call, and the session', async () => {
    await using server = await start({ resumeMs: 100 })
    using pair = await callOf(server.url)
    pair.bob.cut()
    expect(await pair.ada.hears('ended')).toMatchObject({ call: 'c', reason: 'left' })
    const socket = await pair.bob.dial()
    socket.say({ type: 'resume', secret: pair.bob.secret, attempt: 2, ack: pair.bob.line.ack })
    expect(await socket.hears('refused')).toMatchObject({ code: 'unknown-session', about: 'resume' })
  })

  test('does not renew what may be said at once', async () => {
    await using server = await start({ messageBurst: 10, messagesPerSecond: 1 })
    using ada = await join(server.url, 'ada')
    for (let at = 0; at < 5; at += 1) ada.say({ type: 'text', to: ada.id }, 'hi')
    await ada.hears('text')
    ada.cut()
    await ada.dial()
    await ada.resume()
    for (let at = 0; at < 9; at += 1) ada.say({ type: 'text', to: ada.id }, 'hi')
    expect(await ada.hears('refused')).toMatchObject({ code: 'rate-limited' })
  })
})

describe('a session ends at once', () => {
  test.each<[string, (bob: SessionClient) => void]>([
    ['closes with 1000', (bob) => bob.on.socket.close(1000)],
    ['closes with 1001, as a tab does', (bob) => bob.on.socket.close(1001)],
    ['signs out', (bob) => bob.say({ type: 'sign-out' })]
  ])('when its client %s', async (_how, leave) => {
    await using server = await start()
    using pair = await callOf(server.url)
    leave(pair.bob)
    expect(await pair.ada.hears('ended')).toMatchObject({ call: 'c', reason: 'left' })
  })

  test('when its client says what would break the next socket too', async () => {
    await using server = await start()
    using pair = await callOf(server.url)
    pair.bob.on.socket.send('x'.repeat(300_000))
    expect((await pair.bob.on.closed)[0]).toBe(1009)
    expect(await pair.ada.hears('ended')).toMatchObject({ reason: 'left' })
  })

  test('but not when its client gives up a socket, with a code of its own or none', async () => {
    await using server = await start()
    using pair = await callOf(server.url)
    for (const code of [undefined, 4000]) {
      pair.bob.on.socket.close(code)
      await pair.bob.on.closed
      await pair.bob.dial()
      await pair.bob.resume()
    }
    pair.ada.say({ type: 'candidate', call: 'c' }, 'candidate:1')
    await pair.bob.hears('candidate')
  })

  test('when more waits for it than is kept, in bytes', async () => {
    await using server = await start({ maxQueuedBytes: 65_536 })
    using pair = await callOf(server.url)
    pair.bob.cut()
    await pair.bob.on.closed
    for (let at = 0; at < 3; at += 1)
      pair.ada.say({ type: 'description', call: 'c', sdpType: 'offer' }, 'x'.repeat(30_000))
    expect(await pair.ada.hears('ended')).toMatchObject({ reason: 'left' })
  })

  test('when more waits for it than is kept, in number', async () => {
    await using server = await start({ messageBurst: 10_000 })
    using pair = await callOf(server.url)
    pair.bob.cut()
    await pair.bob.on.closed
    for (let at = 0; at < 1_990; at += 1) pair.ada.say({ type: 'candidate', call: 'c' }, 'x')
    pair.ada.say({ type: 'text', to: pair.ada.id }, 'still there')
    await pair.ada.hears('text')
    expect(pair.ada.heard).toEqual([])
    for (let at = 0; at < 20; at += 1) pair.ada.say({ type: 'candidate', call: 'c' }, 'x')
    expect(await pair.ada.hears('ended')).toMatchObject({ reason: 'left' })
  })

  test('when its client reads and never acknowledges', async () => {
    await using server = await start({ maxQueuedBytes: 65_536 })
    using ada = await join(server.url, 'ada')
    using bob = await new SessionSocket(server.url).opened()
    bob.say({ type: 'sign-in', name: 'bob', secret: 'b'.repeat(22), attempt: 1, n: 1, ack: 0 })
    const { you } = await bob.hears('welcome')
    for (let at = 0; at < 20; at += 1) ada.say({ type: 'text', to: you?.id }, 'x'.repeat(4_000))
    expect(await bob.closed).toEqual([1013, 'too-slow'])
  })
})

describe('a later connection of the same client', () => {
  test('replaces the one that is there at once, and the old one is told', async () => {
    await using server = await start()
    using pair = await callOf(server.url)
    const before = pair.bob.on
    await pair.bob.dial()
    await pair.bob.resume()
    expect(await before.closed).toEqual([1008, 'replaced'])
    pair.ada.say({ type: 'candidate', call: 'c' }, 'candidate:1')
    await pair.bob.hears('candidate')
    expect(pair.ada.heard).toEqual([])
  })

  test('that signs in takes the id, and the call before ends', async () => {
    await using server = await start()
    using pair = await callOf(server.url)
    const { id } = pair.bob
    const before = pair.bob.on
    await pair.bob.dial()
    await pair.bob.signIn('bob')
    expect(pair.bob.id).toBe(id)
    expect(await before.closed).toEqual([1008, 'replaced'])
    expect(await pair.ada.hears('ended')).toMatchObject({ call: 'c', reason: 'left' })
    pair.ada.say({ type: 'invite', call: 'd', to: id }, sdp)
    expect(await pair.bob.hears('invite')).toMatchObject({ call: 'd' })
  })

  test.each<[string, object]>([
    ['resumes', { type: 'resume', ack: 0 }],
    ['signs in', { type: 'sign-in', name: 'bob', n: 1, ack: 0 }]
  ])('is refused when its attempt, which %s, was given up and comes late', async (_how, message) => {
    await using server = await start()
    using pair = await callOf(server.url)
    await pair.bob.dial()
    await pair.bob.resume(5)
    using late = await new SessionSocket(server.url).opened()
    late.say({ ...message, secret: pair.bob.secret, attempt: 5 })
    expect(await late.hears('refused')).toMatchObject({ code: 'stale', about: expect.any(String) })
    expect(await late.closed).toEqual([1008, 'stale'])
    pair.ada.say({ type: 'candidate', call: 'c' }, 'candidate:1')
    await pair.bob.hears('candidate')
  })
})

describe('what cannot be', () => {
  test('a secret that nobody has resumes nothing; it may sign in on the same socket', async () => {
    await using server = await start()
    using ada = new SessionClient(server.url)
    const socket = await ada.dial()
    socket.say({ type: 'resume', secret: ada.secret, attempt: 1, ack: 3 })
    expect(await socket.hears('refused')).toMatchObject({ code: 'unknown-session', about: 'resume' })
    await ada.signIn('ada')
    expect(socket.told.find(({ type }) => type === 'welcome')).toMatchObject({ n: 1, ack: 1 })
  })

  test('is tried once on a socket', async () => {
    await using server = await start()
    using socket = await new SessionSocket(server.url).opened()
    const resume = { type: 'resume', secret: 's'.repeat(22), attempt: 1, ack: 0 }
    socket.say(resume)
    socket.say(resume)
    await eventually(() => socket.told.map(({ code }) => code)).toEqual(['unknown-session', 'bad-message'])
  })

  test('a session that never had what a client acknowledges is gone, and its client can sign in', async () => {
    await using server = await start()
    using pair = await callOf(server.url)
    const socket = await pair.bob.dial()
    socket.say({ type: 'resume', secret: pair.bob.secret, attempt: 2, ack: 1_000 })
    expect(await socket.hears('refused')).toMatchObject({ code: 'unknown-session' })
    expect(await pair.ada.hears('ended')).toMatchObject({ reason: 'left' })
    await pair.bob.signIn('bob')
  })

  test.each<[string, object]>([
    ['a number that is not the next', { type: 'text', n: 99, ack: 0 }],
    ['no number', { type: 'text' }],
    ['an acknowledgment of what was never sent', { type: 'ack', ack: 1_000 }]
  ])('%s closes the socket, and the session waits', async (_what, message) => {
    await using server = await start()
    using pair = await callOf(server.url)
    pair.bob.on.say(message)
    expect((await pair.bob.on.closed)[0]).toBe(1002)
    await pair.bob.dial()
    await pair.bob.resume()
    expect(pair.ada.heard).toEqual([])
  })

  test('what comes twice is taken once, and acknowledged again', async () => {
    await using server = await start()
    using pair = await callOf(server.url)
    pair.ada.say({ type: 'candidate', call: 'c' }, 'once')
    await eventually(() => pair.ada.line.unacknowledged).toBe(0)
    await eventually(() => bodies(pair.bob)).toEqual(['once'])
    const acks = pair.ada.on.told.length
    pair.ada.on.say({ type: 'candidate', call: 'c', n: 3, ack: 0 }, 'once')
    await eventually(() => pair.ada.on.told.length).toBe(acks + 1)
    expect(bodies(pair.bob)).toEqual(['once'])
  })

  test('a message that cannot be read is refused, and counts', async () => {
    await using server = await start()
    using ada = await join(server.url, 'ada')
    ada.say({ type: 'sing' })
    expect(await ada.hears('refused')).toMatchObject({ code: 'bad-message', reason: 'bad field: type' })
    ada.on.socket.send('not JSON')
    expect(await ada.hears('refused')).toMatchObject({ reason: 'not JSON' })
    ada.say({ type: 'text', to: ada.id }, 'hi')
    await ada.hears('text')
  })

  test('a flood of pings is let go', async () => {
    await using server = await start()
    using ada = await join(server.url, 'ada')
    for (let at = 0; at < 3_000; at += 1) ada.on.say({ type: 'ping' })
    expect(await ada.on.closed).toEqual([1008, 'rate-limited'])
    expect(ada.on.told.filter(({ type }) => type === 'pong').length).toBeGreaterThanOrEqual(400)
  })
})

test('a ping is answered at once, before and after the sign-in, numbered or not', async () => {
  await using server = await start()
  using ada = new SessionClient(server.url)
  const socket = await ada.dial()
  socket.say({ type: 'ping' })
  expect(await socket.hears('pong')).toEqual({ type: 'pong', body: '' })
  await ada.signIn('ada')
  socket.say({ type: 'ping' })
  await eventually(() => socket.told.filter(({ type }) => type === 'pong').length).toBe(2)
  using simple = await joinNative(server.url, 'bob')
  simple.say({ type: 'ping' })
  await simple.hears('pong')
})

describe('when there are too many connections', () => {
  test('nobody signs in for one who is away, for that one counts too', async () => {
    await using server = await start({ maxConnections: 2 })
    using pair = await callOf(server.url)
    pair.bob.cut()
    await pair.bob.on.closed
    using eve = new SessionClient(server.url)
    const socket = await eve.dial()
    eve.say({ type: 'sign-in', name: 'eve', secret: eve.secret, attempt: 1 })
    expect(await socket.hears('refused')).toMatchObject({ code: 'too-many-connections' })
    expect(await socket.closed).toEqual([1008, 'too-many-connections'])
  })
})
