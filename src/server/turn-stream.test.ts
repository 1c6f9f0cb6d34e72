/** Clients of the relay over TCP: real sockets, a real relay, and small bounds. */
import { once } from 'node:events'
import { type Server, type Socket, connect, createServer } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { listening } from '../../test/support/listening.ts'
import { Reply, TurnSession, channelData, readData } from '../../test/support/turn-session.ts'
import { type TurnSocket, turnSocket } from '../../test/support/turn-socket.ts'
import { mint } from '../turn/credentials.ts'
import { nodePlatform } from './node-platform.ts'
import { type RelayRunner, type StreamSink, relayHere } from './relay-runner.ts'
import { steadyNow } from './steady-now.ts'
import { type StreamLimits, turnStreams } from './turn-stream.ts'

const secret = 'a secret'
const plenty = { allocations: 100, bytesPerSecond: 1_000_000_000 }

const relay = (): RelayRunner =>
  relayHere({
    realm: 'patchcord',
    secrets: [secret],
    limits: {
      allocations: 100,
      allowances: { call: plenty, peer: plenty, address: plenty },
      credentialMs: 600_000,
      strangersPerSecond: 1_000
    },
    onError: () => {}
  })

const roomy: StreamLimits = {
  connections: 100,
  strangers: 100,
  strangersPerAddress: 100,
  strangerMs: 60_000,
  messagesPerSecond: 100_000
}

const credentialsOf = (call: string, peer: string) => {
  const grant = { expiresAt: Math.ceil(steadyNow() / 1_000) + 600, call, peer }
  const { username, password } = mint(grant, secret, nodePlatform)
  return { username, credential: password }
}

interface WorldOptions {
  readonly limits?: Partial<StreamLimits>
  readonly runner?: RelayRunner
  /** From where connections seem to come. */
  readonly from?: string
}

const streamWorld = async ({ limits = {}, runner = relay(), from }: WorldOptions = {}) => {
  const streams = turnStreams({ runner, limits: { ...roomy, ...limits } })
  const attended: Socket[] = []
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    if (from !== undefined) Object.defineProperty(socket, 'remoteAddress', { value: from })
    attended.push(socket)
    streams.attend(socket)
  })
  const port = await listening(server)
  const address = { host: '127.0.0.1', port }
  return {
    address,
    runner,
    /** The server's ends of the connections, in the order in which they came. */
    attended,
    allocations: async () => (await runner.counts()).allocations,
    client: (peer: string) => turnSocket(address, credentialsOf('a call', peer), 'tcp'),
    async [Symbol.asyncDispose]() {
      streams.close()
      await runner.close()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    }
  }
}

/** Two who may send to each other over a channel of the same number. */
const pairOf = async (ada: TurnSocket, bob: TurnSocket) => {
  for (const one of [ada, bob]) expect((await one.allocate()).code).toBe(0)
  for (const [one, other] of [[ada, bob] as const, [bob, ada] as const]) {
    const bind = await one.ask('channelBind', [
      ['channelNumber', 0x4000_0000],
      ['xorPeerAddress', other.relayed]
    ])
    expect(bind.code).toBe(0)
  }
}

const binding = (): Uint8Array =>
  new TurnSession({ username: '', password: '' }).write('binding', [], { unsigned: true })

const closed = async ({ stream }: TurnSocket): Promise<void> => {
  if (!stream.closed) await once(stream, 'close')
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a client over TCP', () => {
  test('is told where it comes from, however many questions come at once and in whatever pieces', async () => {
    await using world = await streamWorld()
    await using ada = await world.client('ada')
    const questions = Buffer.concat([binding(), binding(), binding()])
    for (const [at] of questions.entries()) {
      ada.send(questions.subarray(at, at + 1))
      if (at % 10 === 0) await new Promise(setImmediate)
    }
    for (let at = 0; at < 3; at += 1) {
      const { address, port } = new Reply(await ada.next()).address('xorMappedAddress')
      expect([...address]).toEqual([127, 0, 0, 1])
      expect(port).toBe(ada.stream.localPort)
    }
  })

  test('is answered alike when it asks the same again', async () => {
    await using world = await streamWorld()
    await using ada = await world.client('ada')
    ada.session.learn(await ada.ask('allocate'))
    const question = ada.session.write('allocate', [['requestedTransport', Uint8Array.of(17, 0, 0, 0)]])
    ada.send(Buffer.concat([question, question]))
    const answers = [await ada.next(), await ada.next()]
    expect(new Reply(answers[0] ?? question).code).toBe(0)
    expect(answers[1]).toEqual(answers[0])
    expect(await world.allocations()).toBe(1)
  })

  test('that has said all is still answered', async () => {
    await using world = await streamWorld()
    await using ada = await world.client('ada')
    ada.stream.end(binding())
    expect(new Reply(await ada.next()).code).toBe(0)
    await closed(ada)
  })

  test.each([
    ['ends', (socket: Socket) => socket.end()],
    ['breaks off', (socket: Socket) => socket.resetAndDestroy()]
  ])('has its allocation for as long as its connection, which %s', async (_how, end) => {
    await using world = await streamWorld()
    await using ada = await world.client('ada')
    await ada.allocate()
    expect(await world.allocations()).toBe(1)
    end(ada.stream)
    await eventually(() => world.allocations()).toBe(0)
    await eventually(() => world.attended.every(({ closed }) => closed)).toBe(true)
  })

  test.each([
    ['something else', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['more than a stranger has to say', channelData(0x4000, 'x'.repeat(5_000))],
    ['too many questions', Buffer.concat(Array.from({ length: 101 }, binding))]
  ])('that says %s is let go', async (_what, bytes) => {
    await using world = await streamWorld()
    await using ada = await world.client('ada')
    ada.send(binding())
    await ada.next()
    ada.send(bytes)
    await closed(ada)
  })

  test('that has an allocation may send as much as a message can hold', async () => {
    await using world = await streamWorld()
    await using ada = await world.client('ada')
    await using bob = await world.client('bob')
    await pairOf(ada, bob)
    const text = 'x'.repeat(0xffff)
    ada.send(Buffer.concat([channelData(0x4000, text), Buffer.alloc(1)]))
    expect(readData(await bob.next()).text).toBe(text)
  })
})

describe('who has no allocation', () => {
  test('may stay for a while only, whatever it asks', async () => {
    await using world = await streamWorld({ limits: { strangerMs: 100 } })
    await using ada = await world.client('ada')
    await using bob = await world.client('bob')
    expect((await bob.allocate()).code).toBe(0)
    const chatter = setInterval(() => ada.send(binding()), 20)
    await closed(ada)
    clearInterval(chatter)
    expect((await bob.ask('refresh')).code).toBe(0)
    expect((await bob.ask('refresh', [['lifetime', 0]])).code).toBe(0)
    await closed(bob)
  })

  test('any more has its time anew', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    await using world = await streamWorld({ limits: { strangerMs: 50 } })
    await using ada = await world.client('ada')
    await ada.allocate()
    vi.advanceTimersByTime(50)
    await ada.ask('refresh', [['lifetime', 0]])
    expect(await ada.hearsNothing()).toBe(true)
    expect((await ada.allocate()).code).toBe(0)
    await ada.ask('refresh', [['lifetime', 0]])
    vi.advanceTimersByTime(50)
    await closed(ada)
  })

  test('makes room for the next', async () => {
    await using world = await streamWorld({ limits: { strangers: 2 } })
    await using ada = await world.client('ada')
    await using bob = await world.client('bob')
    await using cyd = await world.client('cyd')
    await closed(ada)
    expect((await bob.allocate()).code).toBe(0)
    await using dan = await world.client('dan')
    expect((await cyd.allocate()).code).toBe(0)
    expect((await dan.allocate()).code).toBe(0)
  })

  test.each([
    ['192.0.2.1', false],
    ['127.0.0.1', true]
  ])('at %s is not one of many there: %s', async (from, isLoopback) => {
    await using world = await streamWorld({ limits: { strangersPerAddress: 1 }, from })
    await using ada = await world.client('ada')
    ada.send(binding())
    await ada.next()
    await using bob = await world.client('bob')
    bob.send(binding())
    const answered = await bob.next().then(
      () => true,
      () => false
    )
    expect(answered).toBe(isLoopback)
    expect((await ada.allocate()).code).toBe(0)
    await using cyd = await world.client('cyd')
    expect((await cyd.allocate()).code).toBe(0)
  })
})

test('there are only so many connections', async () => {
  await using world = await streamWorld({ limits: { connections: 1 } })
  await using ada = await world.client('ada')
  await ada.allocate()
  await using bob = await world.client('bob')
  await closed(bob)
  await ada[Symbol.asyncDispose]()
  await eventually(() => world.attended.every(({ closed }) => closed)).toBe(true)
  await using cyd = await world.client('cyd')
  expect((await cyd.allocate()).code).toBe(0)
})

test('a connection that is gone before it is attended is nothing to be afraid of', async () => {
  const server = createServer()
  const port = await listening(server)
  const client = connect(port, '127.0.0.1')
  const [socket] = await once(server, 'connection')
  client.destroy()
  socket.destroy()
  await once(socket, 'close')
  const streams = turnStreams({ runner: relay(), limits: roomy })
  streams.attend(socket)
  streams.close()
  server.close()
})

/** Sends so much to the other of a pair. */
const flood = async (ada: TurnSocket, bytes: number): Promise<void> => {
  const piece = Buffer.concat(Array.from({ length: 50 }, () => channelData(0x4000, 'x'.repeat(1_200))))
  for (let sent = 0; sent < bytes; sent += piece.length) {
    if (!ada.stream.write(piece)) await once(ada.stream, 'drain')
  }
}

describe('a client that does not read', () => {
  test('is sent no more than so much, and nobody else waits for it', async () => {
    await using world = await streamWorld()
    await using ada = await world.client('ada')
    await using bob = await world.client('bob')
    await pairOf(ada, bob)
    bob.stream.pause()
    await flood(ada, 20_000_000)
    expect((await ada.ask('refresh')).code).toBe(0)
    const waiting = world.attended[1]?.writableLength ?? 0
    expect(waiting).toBeGreaterThan(200_000)
    expect(waiting).toBeLessThan(300_000)

    bob.stream.resume()
    await eventually(() => world.attended[1]?.writableLength).toBe(0)
    expect((await eventuallyRefreshed(bob)).code).toBe(0)
  })

  test('keeps no more in memory than what waits for it', async () => {
    await using world = await streamWorld()
    await using ada = await world.client('ada')
    await using bob = await world.client('bob')
    await pairOf(ada, bob)
    const bobs = world.attended[1]
    if (bobs === undefined) throw new Error('nobody has come')
    bob.stream.pause()
    while (bobs.writableLength === 0) {
      await flood(ada, 50_000)
      await ada.ask('refresh')
    }
    const write = vi.spyOn(bobs, 'write')
    const noise = channelData(0x4001, 'x'.repeat(50_000))
    ada.send(Buffer.concat([channelData(0x4000, 'four'), noise]))
    await eventually(() => write.mock.calls.length).toBe(1)
    const [[chunk] = []] = write.mock.calls
    expect(chunk).toHaveLength(8)
    expect(chunk).toHaveProperty('buffer.byteLength', 8)
  })

  test('loses its allocation when it has said all, and may not stay for the rest', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    await using world = await streamWorld({ limits: { strangerMs: 50 } })
    await using ada = await world.client('ada')
    await using bob = await world.client('bob')
    await pairOf(ada, bob)
    bob.stream.pause()
    await flood(ada, 20_000_000)
    bob.stream.end()
    await eventually(() => world.allocations()).toBe(1)
    expect(world.attended[1]?.destroyed).toBe(false)
    vi.advanceTimersByTime(50)
    await eventually(() => world.attended[1]?.destroyed).toBe(true)
  })

  test('is let go when it goes on like that', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    await using world = await streamWorld()
    await using ada = await world.client('ada')
    await using bob = await world.client('bob')
    await pairOf(ada, bob)
    bob.stream.pause()
    await flood(ada, 20_000_000)
    expect((await ada.ask('refresh')).code).toBe(0)
    expect(world.attended[1]?.destroyed).toBe(false)
    vi.advanceTimersByTime(10_000)
    await flood(ada, 1_000)
    await eventually(() => world.attended[1]?.destroyed).toBe(true)
    await eventually(() => world.allocations()).toBe(1)
  })
})

/** Its answer comes behind all the data that has waited. */
const eventuallyRefreshed = async (client: TurnSocket): Promise<Reply> => {
  client.send(client.session.write('refresh', []))
  for (;;) {
    const bytes = await client.next()
    if ((bytes[0] ?? 0) < 0x40) return new Reply(bytes)
  }
}

test('a client that sends faster than a call can pass on is read from no faster', async () => {
  const received: Uint8Array[] = []
  const sinks: StreamSink[] = []
  const runner: RelayRunner = {
    ...relay(),
    openStream(_remote, sink) {
      sinks.push(sink)
      return { receive: (message) => received.push(message), closed: () => {} }
    }
  }
  await using world = await streamWorld({ runner, limits: { messagesPerSecond: 50 } })
  await using ada = await world.client('ada')
  await eventually(() => sinks.length).toBe(1)
  sinks[0]?.holds(true)
  const piece = Buffer.concat(Array.from({ length: 60 }, () => channelData(0x4000, 'four')))
  ada.send(piece)
  await eventually(() => received.length).toBe(60)
  const since = performance.now()
  ada.send(piece)
  await eventually(() => received.length).toBe(120)
  expect(performance.now() - since).toBeGreaterThan(500)
})
