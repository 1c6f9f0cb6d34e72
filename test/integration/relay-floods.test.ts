/** The relay under floods, whichever way it is run: it stays quiet, keeps to its bounds, and lets nobody else feel it. */
import { type Socket, createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { appendFingerprint } from '../../src/stun/integrity.ts'
import { eventually } from '../support/eventually.ts'
import { type BackEnd, type RunningRelay, backEnds, runningRelay } from '../support/relay-runners.ts'
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

const host = '127.0.0.1'
const nobody = new TurnSession({ username: '', password: '' })
const binding = nobody.write('binding', [], { unsigned: true })
const allocate = nobody.write('allocate', [udp], { unsigned: true })

/** Loopback has more than one address on Linux alone. */
const sources = process.platform === 'linux' ? 20 : 1

interface Source extends AsyncDisposable {
  readonly socket: Socket
  /** The lengths of the answers that have come to it. */
  readonly answers: number[]
  send(bytes: Uint8Array): void
}

/** One address that asks, or in whose name somebody does. */
const source = async (port: number, at: number): Promise<Source> => {
  const socket = createSocket('udp4')
  socket.bind(0, sources === 1 ? host : `127.1.0.${1 + at}`)
  await once(socket, 'listening')
  const answers: number[] = []
  socket.on('message', ({ length }) => answers.push(length))
  return {
    socket,
    answers,
    send: (bytes) => socket.send(bytes, port, host),
    async [Symbol.asyncDispose]() {
      socket.close()
      await once(socket, 'close')
    }
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0)

/** Whatever was sent to the relay before has been taken by it when this is over. */
const caughtUp = async (client: TurnSocket): Promise<void> => {
  client.send(binding)
  await client.next()
}

/** Ada and Bob, in a call. */
const liveCall = async (relay: RunningRelay) => {
  const place = { host, port: relay.port }
  const [ada, bob] = [
    await turnSocket(place, relay.credentials('live', 'ada')),
    await turnSocket(place, relay.credentials('live', 'bob'))
  ]
  for (const one of [ada, bob]) expect((await one.allocate()).code).toBe(0)
  for (const [one, other] of [[ada, bob] as const, [bob, ada] as const]) {
    const bind = await one.ask('channelBind', [
      ['channelNumber', 0x4000_0000],
      ['xorPeerAddress', other.relayed]
    ])
    expect(bind.code).toBe(0)
  }
  return {
    ada,
    bob,
    /** Rejects, by the time a test may take, when it does not get through. */
    async passes(text: string) {
      ada.send(channelData(0x4000, text))
      expect(readData(await bob.next())).toEqual({ by: 0x4000, text })
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([ada, bob].map((one) => one[Symbol.asyncDispose]()))
    }
  }
}

/** The same numbers each time. */
const numbersFrom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Of every kind, and none that is due an answer. */
const malformed = (number: (below: number) => number): Uint8Array => {
  const marked = appendFingerprint(allocate)
  switch (number(6)) {
    case 0:
      return Uint8Array.from({ length: number(1_500) }, () => number(256))
    case 1:
      return marked.subarray(0, number(marked.length))
    case 2: {
      const wrong = Uint8Array.from(allocate)
      wrong.set([number(256), 4 * number(64) + 1], 2)
      return wrong
    }
    case 3: {
      const wrong = Uint8Array.from(marked)
      wrong.set([number(256)], wrong.length - 1)
      return wrong[wrong.length - 1] === marked[marked.length - 1] ? allocate.subarray(1) : wrong
    }
    case 4:
      return channelData(0x4000 + number(0x4000), 'x'.repeat(number(1_200)))
    default:
      return sendIndication(transportAddress('127.0.0.1', 1 + number(60_000)), 'for nobody')
  }
}

describe.each(backEnds)('over %s', (backEnd: BackEnd) => {
  test('what is answered in the name of an address stays below a fixed rate, however much is asked', async () => {
    const perSecond = 10
    const asked = 200
    await using relay = await runningRelay(backEnd, host, { strangersPerSecond: perSecond })
    const all = await Promise.all(Array.from({ length: sources }, (_, at) => source(relay.port, at)))
    const began = performance.now()
    const answered = (): number => sum(all.map(({ answers }) => answers.length))
    for (let turn = 1; turn <= asked; turn += 1) {
      for (const one of all) one.send(turn % 2 === 0 ? allocate : binding)
      await new Promise(setImmediate)
      // Each one is either answered or counted, if the buffer of the socket has room for what waits.
      if (turn % 20 === 0)
        await expect
          .poll(async () => (await relay.runner.counts()).unanswered + answered(), { timeout: 10_000 })
          .toBe(turn * sources)
    }
    const seconds = Math.ceil((performance.now() - began) / 1_000) + 1
    for (const { answers } of all) {
      expect(answers.length).toBeGreaterThan(0)
      expect(answers.length).toBeLessThanOrEqual(perSecond * seconds)
      // To name the realm and a nonce takes more than to ask: but never so much more.
      expect(Math.max(...answers)).toBe(92)
      expect(sum(answers)).toBeLessThanOrEqual(perSecond * seconds * 92)
    }
    await Promise.all(all.map((one) => one[Symbol.asyncDispose]()))
  })

  test('nobody answers what is malformed or for nobody: it is counted, and a call goes on through it', async () => {
    const inARow = 50
    const turns = 200
    await using relay = await runningRelay(backEnd)
    await using call = await liveCall(relay)
    await using attacker = await source(relay.port, 0)
    const number = numbersFrom(7)
    for (let turn = 0; turn < turns; turn += 1) {
      for (let at = 0; at < inARow; at += 1) attacker.send(malformed(number))
      await call.passes(`packet ${turn}`)
    }
    await caughtUp(call.ada)
    await expect
      .poll(async () => {
        const counts = await relay.runner.counts()
        return counts.malformed + counts.dropped
      })
      .toBe(inARow * turns)
    expect(attacker.answers).toEqual([])
    expect((await relay.runner.counts()).allocations).toBe(2)
  })

  test('one credential gets so many allocations and no more, from wherever it asks, and others get theirs', async () => {
    const plenty = { allocations: 100, bytesPerSecond: 1_000_000 }
    const allowances = { call: { ...plenty, allocations: 12 }, peer: { ...plenty, allocations: 8 } }
    await using relay = await runningRelay(backEnd, host, { allowances: { ...allowances, address: plenty } })
    const stolen = relay.credentials('a call', 'mallory')
    const clients = await Promise.all(
      Array.from({ length: 40 }, () => turnSocket({ host, port: relay.port }, stolen))
    )
    const codes = await Promise.all(clients.map(async (client) => (await client.allocate()).code))
    expect(codes.filter((code) => code === 0)).toHaveLength(8)
    expect(codes.filter((code) => code === 486)).toHaveLength(32)
    await using bob = await turnSocket({ host, port: relay.port }, relay.credentials('a call', 'bob'))
    expect((await bob.allocate()).code).toBe(0)
    await using call = await liveCall(relay)
    await call.passes('hello')
    expect((await relay.runner.counts()).allocations).toBe(11)
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
  })

  test('whoever signs with a guess is refused as often as any stranger, and a call goes on through it', async () => {
    await using relay = await runningRelay(backEnd, host, { strangersPerSecond: 100 })
    await using call = await liveCall(relay)
    await using attacker = await source(relay.port, 0)
    const { username } = relay.credentials('live', 'ada')
    const session = new TurnSession({ username, password: 'a guess' })
    attacker.send(allocate)
    session.learn(new Reply((await once(attacker.socket, 'message'))[0]))
    const guess = session.write('allocate', [udp])
    const began = performance.now()
    for (let turn = 0; turn < 40; turn += 1) {
      for (let at = 0; at < 20; at += 1) attacker.send(guess)
      await call.passes(`packet ${turn}`)
    }
    const seconds = Math.ceil((performance.now() - began) / 1_000) + 1
    await eventually(() => attacker.answers.length).toBeGreaterThanOrEqual(100)
    expect(attacker.answers.length).toBeLessThanOrEqual(100 * seconds)
    expect(sum(attacker.answers)).toBeLessThan(800 * guess.length)
  })
})
