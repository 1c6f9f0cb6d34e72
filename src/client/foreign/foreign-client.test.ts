import { expect, test } from 'vitest'
import { FakeStream } from '../../../test/support/fake-media.ts'
import { FakePeerConnection } from '../../../test/support/fake-peer-connection.ts'
import { bodyOf } from '../../core/signal.ts'
import { type ForeignNews, type ForeignSaid, foreignPeer } from '../../dialects/foreign.ts'
import { CallError } from '../errors.ts'
import type { Platform, Surroundings } from '../platform.ts'
import { ForeignClient } from './foreign-client.ts'
import { platformWithoutSocket } from './platform.ts'
import type { WireHandlers } from './wire.ts'

const bob = foreignPeer('bob', 'bob', 'mdn')
const cyd = foreignPeer('cyd', 'cyd', 'mdn')
const away = new CallError('unreachable', 'away')

/** A client on wires that the test speaks for, and with time that the test lets pass. */
const clientOnWires = () => {
  const timers = new Set<{ readonly due: number; readonly run: () => void }>()
  const wires: {
    readonly handlers: WireHandlers
    readonly said: ForeignSaid[]
    readonly closed: string[]
  }[] = []
  const told: string[] = []
  let now = 0
  const watchers = new Set<(what: Surroundings) => void>()
  const platform: Platform = {
    ...platformWithoutSocket({ RTCPeerConnection: FakePeerConnection, MediaStream: FakeStream }),
    now: () => now,
    random: () => 1,
    after(ms, run) {
      const timer = { due: now + ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    watch(tell) {
      watchers.add(tell)
      return () => watchers.delete(tell)
    }
  }
  const client = new ForeignClient({
    platform,
    dialect: 'mdn',
    lobby: 'main',
    handlers: {
      welcomed: ({ peers }) => void told.push(`signed in with ${peers.length}`),
      lost: () => void told.push('lost'),
      back: () => void told.push('back'),
      closed: (error) => void told.push(`closed: ${error?.message}`),
      message: (message) =>
        void told.push(message.type === 'ended' ? `ended: ${message.reason}` : message.type)
    },
    open(handlers) {
      const wire = { handlers, said: [], closed: [] }
      wires.push(wire)
      return new FakeWire(wire)
    }
  })
  const wire = () => {
    const last = wires.at(-1)
    if (last === undefined) throw new Error('no wire yet')
    return last
  }
  return {
    client,
    wires,
    wire,
    /** What the line was told since the last time. */
    async told(): Promise<readonly string[]> {
      await Promise.resolve()
      await Promise.resolve()
      return told.splice(0)
    },
    arrive: (...peers: readonly (typeof bob)[]) =>
      wire().handlers.opened({ self: foreignPeer('ada', 'ada', 'mdn'), asked: 'ada', peers }),
    surround: (what: Surroundings) => watchers.forEach((tell) => tell(what)),
    get timers(): number {
      return timers.size
    },
    pass(ms: number): void {
      now += ms
      for (const timer of timers) {
        if (timer.due <= now && timers.delete(timer)) timer.run()
      }
    }
  }
}

class FakeWire {
  readonly #wire: { readonly said: ForeignSaid[]; readonly closed: string[] }

  constructor(wire: { readonly said: ForeignSaid[]; readonly closed: string[] }) {
    this.#wire = wire
  }

  say(said: ForeignSaid): boolean {
    this.#wire.said.push(said)
    return said.type !== 'name'
  }

  close(atOnce: boolean): Promise<void> {
    this.#wire.closed.push(atOnce ? 'at once' : 'in time')
    return Promise.resolve()
  }
}

const invite = (call: string) =>
  ({
    type: 'invite',
    call,
    to: { by: 'id', id: 'bob' },
    description: { type: 'offer', sdp: bodyOf('v=0') }
  }) as const
const bye = { type: 'signal', to: 'bob', signal: { type: 'bye' } }

test('a server that lets nobody in is given up', async () => {
  const world = clientOnWires()
  world.pass(10_000)
  expect(await world.told()).toEqual(['closed: The server does not answer: check the address.'])
  expect([world.wire().closed[0], world.timers]).toEqual(['at once', 0])
})

test('a lost connection is sought ever more slowly, and one that held quickly', async () => {
  const world = clientOnWires()
  world.arrive(bob)
  world.pass(5_000)
  const delays: number[] = []
  for (let losses = 0; losses < 8; losses += 1) {
    const before = world.wires.length
    world.wire().handlers.closed(away)
    let delay = 0
    for (; world.wires.length === before; delay += 50) world.pass(50)
    delays.push(delay)
  }
  expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000])
  expect(await world.told()).toEqual(['signed in with 1', ...delays.map(() => 'lost')])
  world.arrive()
  expect(await world.told()).toEqual(['signed in with 0'])
})

test('what an abandoned connection still tells is not heard', async () => {
  const world = clientOnWires()
  world.arrive(bob)
  const [first] = world.wires
  world.wire().handlers.closed(away)
  world.pass(1_000)
  world.arrive(bob)
  await world.told()
  first?.handlers.news({ type: 'everybody', peers: [] })
  first?.handlers.closed(away)
  expect(await world.told()).toEqual([])
})

test('a hang-up while there is no line is told when there is one, to whoever is there', async () => {
  const world = clientOnWires()
  world.arrive(bob)
  world.client.send(invite('c'))
  world.wire().handlers.closed(away)
  world.client.send({ type: 'hang-up', call: 'c', reason: 'hung-up' })
  expect(await world.told()).toEqual(['signed in with 1', 'lost', 'ended: cancelled'])
  world.pass(1_000)
  world.arrive(bob)
  expect(world.wire().said).toEqual([bye])
})

test('a peer that is gone meanwhile ends its call', async () => {
  const world = clientOnWires()
  world.arrive(bob)
  world.client.send(invite('c'))
  world.wire().handlers.closed(away)
  world.pass(1_000)
  world.arrive(cyd)
  expect(await world.told()).toEqual(['signed in with 1', 'lost', 'signed in with 1', 'ended: left'])
})

test('a call that nobody answers ends in time', async () => {
  const world = clientOnWires()
  world.arrive(bob)
  world.client.send(invite('c'))
  world.pass(45_000)
  expect(await world.told()).toEqual(['signed in with 1', 'ended: no-answer'])
  expect(world.wire().said.at(-1)).toEqual(bye)
  expect(world.timers).toBe(0)
})

test('a page that goes signs out at once, and in again when it is back', async () => {
  const world = clientOnWires()
  world.surround('page-hidden')
  world.arrive(bob)
  world.surround('page-hidden')
  world.pass(60_000)
  expect([world.wires.length, world.wire().closed]).toEqual([1, ['at once']])
  world.surround('page-shown')
  world.arrive(bob)
  world.surround('network-changed')
  expect(await world.told()).toEqual(['signed in with 1', 'lost', 'signed in with 1'])
  expect(world.wires).toHaveLength(2)
})

test('a connection that is interrupted goes on', async () => {
  const world = clientOnWires()
  world.arrive(bob)
  world.wire().handlers.interrupted(away)
  world.wire().handlers.restored()
  expect(await world.told()).toEqual(['signed in with 1', 'lost', 'back'])
})

test('whoever is heard is there, and oneself is nobody else', async () => {
  const world = clientOnWires()
  const news = (heard: ForeignNews): void => world.wire().handlers.news(heard)
  world.arrive()
  news({ type: 'signal', from: 'dan', signal: { type: 'bye' } })
  news({ type: 'present', peer: { ...bob, name: 'Bob' } })
  news({ type: 'present', peer: bob })
  news({ type: 'absent', peer: 'bob' })
  news({ type: 'absent', peer: 'bob' })
  news({ type: 'present', peer: foreignPeer('ada', 'ada', 'mdn') })
  news({ type: 'signal', from: 'ada', signal: { type: 'bye' } })
  news({ type: 'numbered', id: 7 })
  expect(await world.told()).toEqual(['signed in with 0', 'roster', 'roster', 'roster', 'roster'])
})

test('what a wire has no words for is refused, and a closed client says nothing', async () => {
  const world = clientOnWires()
  world.arrive(bob)
  world.client.send({ type: 'rename', name: 'eve' })
  world.client.send({ type: 'ready' })
  world.client.setLively()
  expect(await world.told()).toEqual(['signed in with 1', 'refused'])
  void world.client.close()
  void world.client.close()
  world.client.send(invite('c'))
  world.wire().handlers.news({ type: 'present', peer: cyd })
  expect(await world.told()).toEqual(['closed: undefined'])
  expect([world.wire().closed, world.timers]).toEqual([['in time'], 0])
})

test('the platform of such wires needs no WebSocket', () => {
  const { WebSocket } = platformWithoutSocket({
    RTCPeerConnection: FakePeerConnection,
    MediaStream: FakeStream
  })
  const socket = new WebSocket('ws://calls.test', 'json')
  socket.addEventListener('open', () => {})
  expect([socket.send(''), socket.close()]).toEqual([undefined, undefined])
})
