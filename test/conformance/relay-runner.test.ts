/** What whoever runs a relay has to do, over real sockets, whichever of them it is. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { StreamClient } from '../../src/server/relay-runner.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningRelay, backEnds, runningRelay } from '../support/relay-runners.ts'
import {
  Reply,
  TurnSession,
  channelData,
  readData,
  sendIndication,
  transportAddress,
  udp
} from '../support/turn-session.ts'
import { type TurnSocket, turnSocket } from '../support/turn-socket.ts'

const client = (relay: RunningRelay, peer: string, { call = 'call', host = '127.0.0.1' } = {}) =>
  turnSocket({ host, port: relay.port }, relay.credentials(call, peer))

const bind = (one: TurnSocket, number: number, { relayed }: Pick<TurnSocket, 'relayed'>) =>
  one.ask('channelBind', [
    ['channelNumber', number * 0x10000],
    ['xorPeerAddress', relayed]
  ])

/** Ada and Bob with an allocation each, who may send to each other. */
const pair = async (relay: RunningRelay, where: { readonly call?: string; readonly host?: string } = {}) => {
  const ada = await client(relay, 'ada', where)
  const bob = await client(relay, 'bob', where)
  for (const one of [ada, bob]) expect((await one.allocate()).code).toBe(0)
  for (const [one, other] of [
    [ada, bob],
    [bob, ada]
  ] as const) {
    expect((await one.ask('createPermission', [['xorPeerAddress', other.relayed]])).code).toBe(0)
  }
  return {
    ada,
    bob,
    async [Symbol.asyncDispose]() {
      await Promise.all([ada, bob].map((one) => one[Symbol.asyncDispose]()))
    }
  }
}

const bound = async (relay: RunningRelay, where: { readonly call?: string; readonly host?: string } = {}) => {
  const both = await pair(relay, where)
  expect((await bind(both.ada, 0x4000, both.bob)).code).toBe(0)
  expect((await bind(both.bob, 0x4001, both.ada)).code).toBe(0)
  return both
}

const texts = async (one: TurnSocket, count: number): Promise<readonly string[]> => {
  const all: string[] = []
  while (all.length < count) all.push(readData(await one.next()).text)
  return all
}

describe.each(backEnds)('a relay over UDP, run by %s', (backEnd) => {
  test('gives an allocation to who proves to be of a call, and ends it when asked', async () => {
    await using relay = await runningRelay(backEnd)
    await using ada = await client(relay, 'ada')
    expect((await ada.allocate()).code).toBe(0)
    expect((await relay.runner.counts()).allocations).toBe(1)
    expect((await ada.ask('refresh')).number('lifetime')).toBe(600)
    expect((await ada.ask('refresh', [['lifetime', 0]])).code).toBe(0)
    expect((await relay.runner.counts()).allocations).toBe(0)
  })

  test('refuses who cannot prove it', async () => {
    await using relay = await runningRelay(backEnd)
    const { username } = relay.credentials('call', 'eve')
    await using eve = await turnSocket(
      { host: '127.0.0.1', port: relay.port },
      { username, credential: 'guessed' }
    )
    expect((await eve.allocate()).code).toBe(401)
    expect((await eve.ask('refresh')).code).toBe(401)
    expect((await relay.runner.counts()).allocations).toBe(0)
  })

  test.each(['127.0.0.1', '::1'])(
    'passes data on both ways, by address and by channel, over %s',
    async (host) => {
      await using relay = await runningRelay(backEnd, host)
      await using both = await pair(relay, { host })
      const { ada, bob } = both
      ada.send(sendIndication(bob.relayed, 'by address'))
      expect(readData(await bob.next())).toEqual({ by: ada.relayed, text: 'by address' })
      expect((await bind(bob, 0x4001, ada)).code).toBe(0)
      ada.send(sendIndication(bob.relayed, 'into a channel'))
      expect(readData(await bob.next())).toEqual({ by: 0x4001, text: 'into a channel' })
      bob.send(channelData(0x4001, 'out of a channel'))
      expect(readData(await ada.next())).toEqual({ by: bob.relayed, text: 'out of a channel' })
      expect((await bind(ada, 0x4000, bob)).code).toBe(0)
      bob.send(channelData(0x4001, 'by channel'))
      expect(readData(await ada.next())).toEqual({ by: 0x4000, text: 'by channel' })
      const { dropped, malformed } = await relay.runner.counts()
      expect({ dropped, malformed }).toEqual({ dropped: 0, malformed: 0 })
    }
  )

  test.each([
    ['127.0.0.1', [127, 0, 0, 1]],
    ['::1', [...Array.from({ length: 15 }, () => 0), 1]]
  ])('tells a client at %s where it is seen', async (host, address) => {
    await using relay = await runningRelay(backEnd, host)
    const socket = createSocket(host === '::1' ? 'udp6' : 'udp4').bind(0, host)
    await once(socket, 'listening')
    const question = new TurnSession({ username: '', password: '' }).write('binding', [])
    socket.send(question, relay.port, host)
    const [answer, from] = await once(socket, 'message')
    const seen = new Reply(answer).address('xorMappedAddress')
    expect({ ...seen, address: [...seen.address] }).toEqual({ address, port: socket.address().port })
    expect(from).toMatchObject({ address: host, port: relay.port })
    socket.close()
  })

  test.each([
    ['of one size', () => 1_200],
    ['of any size', (at: number) => 10 + ((at * 7_919) % 1_400)],
    ['that become a byte shorter now and then', (at: number) => 1_200 - Math.floor((at % 10) / 7)]
  ])('passes on a thousand packets %s, all and in order', async (_sizes, sizeOf) => {
    await using relay = await runningRelay(backEnd)
    await using both = await bound(relay)
    const { ada, bob } = both
    const sent = Array.from({ length: 1_000 }, (_, at) => `${at} `.padEnd(sizeOf(at), '.'))
    const heard: string[] = []
    // As many at once as a client's socket is sure to hold.
    for (let at = 0; at < sent.length; at += 50) {
      for (const text of sent.slice(at, at + 50)) ada.send(channelData(0x4000, text))
      heard.push(...(await texts(bob, 50)))
    }
    expect(heard).toEqual(sent)
    expect((await relay.runner.counts()).dropped).toBe(0)
  })

  test('keeps many clients apart', async () => {
    await using relay = await runningRelay(backEnd)
    const calls = Array.from({ length: 20 }, (_, at) => `call-${at}`)
    const pairs = await Promise.all(calls.map((call) => bound(relay, { call })))
    for (let round = 0; round < 10; round += 1) {
      for (const [at, { ada, bob }] of pairs.entries()) {
        ada.send(channelData(0x4000, `to bob ${at} ${round}`))
        bob.send(channelData(0x4001, `to ada ${at} ${round}`))
      }
    }
    for (const [at, { ada, bob }] of pairs.entries()) {
      const rounds = Array.from({ length: 10 }, (_, round) => round)
      expect(await texts(bob, 10)).toEqual(rounds.map((round) => `to bob ${at} ${round}`))
      expect(await texts(ada, 10)).toEqual(rounds.map((round) => `to ada ${at} ${round}`))
    }
    await Promise.all(pairs.map((both) => both[Symbol.asyncDispose]()))
  })

  test.each([1, 1_999, 2_000, 9_000, 60_000])('passes on a datagram of %s bytes', async (bytes) => {
    await using relay = await runningRelay(backEnd)
    await using both = await bound(relay)
    const { ada, bob } = both
    const text = 'x'.repeat(bytes)
    for (let copy = 0; copy < 2; copy += 1) {
      ada.send(channelData(0x4000, text))
      expect(readData(await bob.next())).toEqual({ by: 0x4001, text })
      bob.send(sendIndication(ada.relayed, text))
      expect(readData(await ada.next())).toEqual({ by: 0x4000, text })
    }
  })

  test('pads with zeros, and not with what others have sent', async () => {
    await using relay = await runningRelay(backEnd)
    await using both = await pair(relay)
    const { ada, bob } = both
    expect((await bind(ada, 0x4000, bob)).code).toBe(0)
    for (const text of ['secret'.repeat(10), 'x'.repeat(21)]) {
      for (let at = 0; at < 40; at += 1) ada.send(channelData(0x4000, text))
      for (let at = 0; at < 40; at += 1) {
        const padding = [...(await bob.next())].slice(-3)
        if (text.length === 21) expect(padding).toEqual([0, 0, 0])
      }
    }
  })

  test('goes on when a client is gone and the network says so', async () => {
    await using relay = await runningRelay(backEnd)
    await using both = await bound(relay)
    const gone = await client(relay, 'gone')
    expect((await gone.allocate()).code).toBe(0)
    expect((await gone.ask('createPermission', [['xorPeerAddress', both.ada.relayed]])).code).toBe(0)
    expect((await bind(both.ada, 0x4005, gone)).code).toBe(0)
    await gone[Symbol.asyncDispose]()
    for (let at = 0; at < 100; at += 1) both.ada.send(channelData(0x4005, 'anybody?'))
    both.ada.send(channelData(0x4000, 'still here'))
    expect(readData(await both.bob.next()).text).toBe('still here')
    both.bob.send(channelData(0x4001, 'so am I'))
    expect(readData(await both.ada.next()).text).toBe('so am I')
  })

  test('counts what it did not do', async () => {
    await using relay = await runningRelay(backEnd)
    await using both = await bound(relay)
    both.ada.send(channelData(0x4fff, 'to nobody'))
    both.ada.send(Uint8Array.of(1, 2, 3))
    both.ada.send(new Uint8Array())
    await eventually(() => relay.runner.counts()).toMatchObject({ dropped: 1, malformed: 2, allocations: 2 })
  })

  test('ends what belongs to a call with it, and says what has passed', async () => {
    await using relay = await runningRelay(backEnd)
    await using both = await bound(relay)
    both.ada.send(channelData(0x4000, 'twelve bytes'))
    await both.bob.next()
    relay.runner.endCall('call')
    expect((await relay.runner.counts()).allocations).toBe(0)
    expect(relay.relayed).toEqual([{ id: 'call', packets: 1, bytes: 12 }])
    both.ada.send(channelData(0x4000, 'anybody?'))
    expect(await both.bob.hearsNothing()).toBe(true)
    expect((await both.bob.ask('refresh')).code).toBe(401)
  })

  test('passes data on between a stream and UDP', async () => {
    await using relay = await runningRelay(backEnd)
    await using ada = await client(relay, 'ada')
    expect((await ada.allocate()).code).toBe(0)
    const received: Uint8Array[] = []
    const held: boolean[] = []
    const { username, credential } = relay.credentials('call', 'bob')
    const session = new TurnSession({ username, password: credential })
    const stream: StreamClient = relay.runner.openStream(transportAddress('192.0.2.7', 4_000), {
      send: (message) => received.push(Buffer.from(message)),
      holds: (allocation) => held.push(allocation),
      close: () => {}
    })
    const next = async (): Promise<Uint8Array> => {
      await eventually(() => received.length).toBeGreaterThan(0)
      return received.shift() ?? new Uint8Array()
    }
    const ask = async (...asked: Parameters<TurnSession['write']>): Promise<Reply> => {
      stream.receive(session.write(...asked))
      return new Reply(await next())
    }
    session.learn(await ask('allocate', [udp]))
    const relayed = (await ask('allocate', [udp])).address('xorRelayedAddress')
    expect((await ask('createPermission', [['xorPeerAddress', ada.relayed]])).code).toBe(0)
    expect((await bind(ada, 0x4000, { relayed })).code).toBe(0)
    for (const text of ['hello', 'x'.repeat(3_000)]) {
      ada.send(channelData(0x4000, text))
      expect(readData(await next())).toEqual({ by: ada.relayed, text })
      stream.receive(sendIndication(ada.relayed, text))
      expect(readData(await ada.next())).toEqual({ by: 0x4000, text })
    }
    // More than it takes in one go, all before the other side is asked.
    for (let at = 0; at < 100; at += 1) stream.receive(sendIndication(ada.relayed, `message ${at}`))
    expect(await texts(ada, 100)).toEqual(Array.from({ length: 100 }, (_, at) => `message ${at}`))
    expect(held).toEqual([true])
    stream.closed()
    expect((await relay.runner.counts()).allocations).toBe(1)
  })

  test('says what the system says about a port that is taken, and can take another', async () => {
    await using relay = await runningRelay(backEnd)
    await using other = await runningRelay(backEnd)
    await expect(other.runner.listen(relay.port, '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await expect(other.runner.listen(0, '192.0.2.1')).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
  })

  test('answers from the address that was asked, whichever of this machine it is', async () => {
    await using relay = await runningRelay(backEnd, '0.0.0.0')
    // A connected socket takes answers from no other.
    await using ada = await client(relay, 'ada')
    expect((await ada.allocate()).code).toBe(0)
  })

  test('leaves the port when it closes', async () => {
    const relay = await runningRelay(backEnd)
    await relay[Symbol.asyncDispose]()
    await relay[Symbol.asyncDispose]()
    expect((await relay.runner.counts()).malformed).toBe(0)
    const socket = createSocket('udp4').bind(relay.port, '127.0.0.1')
    await once(socket, 'listening')
    socket.close()
    expect(relay.errors).toEqual([])
  })
})
