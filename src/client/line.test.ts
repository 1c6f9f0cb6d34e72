import { describe, expect, test, vi } from 'vitest'
import { fakeCamera } from '../../test/support/fake-media.ts'
import { lineEvents, memoryWorld } from '../../test/support/memory-world.ts'
import type { Line } from './types.ts'

type World = ReturnType<typeof memoryWorld>

const namesOn = (line: Line) => line.roster.map(({ name }) => name)

const headersSentBy = ({ sockets }: World, index: number) =>
  (sockets[index]?.sent ?? []).map((header): { type: string } => JSON.parse(header))

const hasJoined = async (world: World, line: Line, name: string) => {
  world.clock.advance(1_000)
  await vi.waitFor(() => expect(namesOn(line)).toContain(name))
}

describe('a line', () => {
  test('knows who is there, who comes, who is busy and who goes', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    expect(ada).toMatchObject({ self: { name: 'ada', dialect: 'native' }, lobby: 'main', state: 'open' })
    const changes = lineEvents(ada, 'roster')
    const cyd = await world.join('cyd')
    await hasJoined(world, ada, 'cyd')
    expect(namesOn(ada)).toEqual(['bob', 'cyd'])
    expect(namesOn(cyd)).toEqual(['ada', 'bob'])

    bob.call(cyd.self.id)
    await vi.waitFor(() => {
      world.clock.advance(1_000)
      expect(ada.roster.map(({ busy }) => busy)).toEqual([true, true])
    })
    bob.close()
    await vi.waitFor(() => {
      world.clock.advance(1_000)
      expect(namesOn(ada)).toEqual(['cyd'])
    })
    const named = changes.map(({ joined, left }) =>
      [joined, left].map((peers) => peers.map(({ name }) => name))
    )
    expect(named.at(0)).toEqual([['cyd'], []])
    expect(named.at(-1)).toEqual([[], ['bob']])
  })

  test('is renamed, for itself and for the others', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const changes = lineEvents(ada, 'roster')
    ada.rename('countess')
    await vi.waitFor(() => expect(ada.self.name).toBe('countess'))
    expect(changes).toContainEqual({ joined: [], left: [], changed: [] })
    await hasJoined(world, bob, 'countess')
    expect(bob.roster).toHaveLength(1)
  })

  test('carries text to the lobby and to one peer', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const texts = lineEvents(bob, 'text')
    ada.sendText('hello all')
    ada.sendText('hello Bob', bob.self.id)
    await vi.waitFor(() => expect(texts).toHaveLength(2))
    expect(texts).toMatchObject([
      { from: { name: 'ada' }, text: 'hello all', direct: false },
      { from: { name: 'ada' }, text: 'hello Bob', direct: true }
    ])
  })

  test('passes on what the server refuses', async () => {
    using world = memoryWorld()
    const [ada] = await world.joinTwo()
    const refusals = lineEvents(ada, 'refused')
    ada.sendText('hello?', 'nobody')
    await vi.waitFor(() => expect(refusals).toMatchObject([{ code: 'unknown-peer' }]))
  })

  test('calls nobody that it does not see, and one at a time', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    expect(() => ada.call('nobody')).toThrow(expect.objectContaining({ code: 'unknown-peer' }))
    const call = ada.call(bob.self.id)
    expect(ada.currentCall).toBe(call)
    expect(() => ada.call(bob.self.id)).toThrow(expect.objectContaining({ code: 'already-in-call' }))
    call.hangUp()
    expect(ada.currentCall).toBeNull()
  })

  test('fails a call that the server refuses', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    vi.spyOn(world.platform, 'newCallId').mockReturnValue('taken')
    const cyd = await world.join('cyd')
    const dan = await world.join('dan')
    await hasJoined(world, cyd, 'dan')
    cyd.call(dan.self.id)
    await vi.waitFor(() => expect(dan.currentCall).not.toBeNull())
    const refusals = lineEvents(ada, 'refused')
    const call = ada.call(bob.self.id)
    await vi.waitFor(() => expect(call.endReason).toBe('failed'))
    expect(refusals).toMatchObject([{ code: 'not-allowed' }])
  })

  test('answers a second caller with busy', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const call = ada.call(bob.self.id)
    await vi.waitFor(() => expect(call.phase).toBe('ringing'))
    // The server answers for it, so that only a frame of its own making gets this far.
    const from = { id: 'x', name: 'eve', dialect: 'mdn', busy: true }
    world.sockets[1]?.receive(`${JSON.stringify({ type: 'invite', call: 'second', from })}\nan offer`)
    await vi.waitFor(() =>
      expect(headersSentBy(world, 1)).toContainEqual(
        expect.objectContaining({ type: 'decline', call: 'second', reason: 'busy' })
      )
    )
    expect(call.phase).toBe('ringing')
  })

  test('does not mind what is said about a call that is over', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const refusals = lineEvents(ada, 'refused')
    const call = ada.call(bob.self.id)
    await vi.waitFor(() => expect(call.phase).toBe('ringing'))
    call.hangUp()
    const late = { type: 'refused', code: 'unknown-call', reason: 'gone', about: 'candidate', call: call.id }
    world.sockets[0]?.receive(JSON.stringify(late))
    world.sockets[0]?.receive(JSON.stringify({ type: 'ringing', call: call.id }))
    ada.sendText('hello?', 'nobody')
    await vi.waitFor(() => expect(refusals).toMatchObject([{ code: 'unknown-peer' }]))
  })
})

describe('two who call each other at once', () => {
  test('hold one call, and each sees the one that it made', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const calls = [lineEvents(ada, 'call'), lineEvents(bob, 'call')]
    const adas = ada.call(bob.self.id, { media: fakeCamera() })
    const bobs = bob.call(ada.self.id, { media: fakeCamera() })
    await vi.waitFor(() => expect([adas.phase, bobs.phase]).toEqual(['connecting', 'connecting']))
    expect(adas.id).toBe(bobs.id)
    expect(calls).toEqual([[], []])
    expect([ada.currentCall, bob.currentCall]).toEqual([adas, bobs])
    const open = world.connections.filter(({ closed }) => !closed)
    expect(
      open.map((connection) => connection.getTransceivers().map(({ sender }) => sender.track?.kind))
    ).toEqual([
      ['audio', 'video'],
      ['audio', 'video']
    ])
    adas.hangUp()
    await vi.waitFor(() => expect(bobs.endReason).toBe('hung-up'))
  })

  test('are not left ringing when the winner gives up before the other invite arrives', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const bobs = bob.call(ada.self.id)
    await vi.waitFor(() => expect(ada.currentCall?.phase).toBe('ringing'))
    const from = { ...ada.self, busy: true }
    world.sockets[1]?.receive(`${JSON.stringify({ type: 'invite', call: 'crossing', from })}\nan offer`)
    await vi.waitFor(() => expect(bobs.id).toBe('crossing'))
    await vi.waitFor(() => expect(ada.currentCall).toBeNull())
  })

  test('accept by calling back whoever rings', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const adas = ada.call(bob.self.id)
    await vi.waitFor(() => expect(adas.phase).toBe('ringing'))
    const ringing = bob.currentCall
    expect(bob.call(ada.self.id, { media: fakeCamera() })).toBe(ringing)
    await vi.waitFor(() => expect(adas.phase).toBe('connecting'))
    expect(ringing?.localStream?.getTracks()).toHaveLength(2)
  })
})

/** A moment later, and another, until they are. */
const areOpen = (world: World, ...lines: readonly Line[]) =>
  vi.waitFor(() => {
    world.clock.advance(100)
    expect(lines.map(({ state }) => state)).toEqual(lines.map(() => 'open'))
  })

/** In a call that rings, on connections that have held. */
const ring = async (world: World) => {
  const [ada, bob] = await world.joinTwo()
  world.clock.advance(5_000)
  const adas = ada.call(bob.self.id)
  await vi.waitFor(() => expect(adas.phase).toBe('ringing'))
  const bobs = bob.currentCall
  if (bobs === null) throw new Error('it does not ring')
  return { ada, bob, adas, bobs }
}

describe('a line that loses its connection', () => {
  test('keeps its call in every phase', async () => {
    using world = memoryWorld()
    const { ada, bob, adas, bobs } = await ring(world)
    const cut = async (at: number) => {
      world.sockets[at]?.cut()
      expect([ada.state, bob.state]).toContain('resuming')
      await areOpen(world, ada, bob)
    }
    await cut(0)
    expect([adas.phase, bobs.phase]).toEqual(['ringing', 'ringing'])
    world.network.up = false
    world.sockets[1]?.cut()
    await bobs.accept()
    world.network.up = true
    await areOpen(world, ada, bob)
    await vi.waitFor(() => expect([adas.phase, bobs.phase]).toEqual(['connecting', 'connecting']))
    for (const connection of world.connections) connection.connect('connected')
    await cut(world.sockets.length - 1)
    expect([adas.phase, bobs.phase]).toEqual(['connected', 'connected'])
    bobs.hangUp()
    await vi.waitFor(() => expect([adas.endReason, bobs.endReason]).toEqual(['hung-up', 'hung-up']))
  })

  test('hears of an end that came to pass meanwhile', async () => {
    using world = memoryWorld()
    const { adas, bobs } = await ring(world)
    world.network.up = false
    world.sockets[0]?.cut()
    bobs.decline()
    await Promise.resolve()
    expect(adas.phase).toBe('ringing')
    world.network.up = true
    world.clock.advance(1_000)
    await vi.waitFor(() => expect([adas.endReason, bobs.endReason]).toEqual(['declined', 'declined']))
  })

  test('is told who came meanwhile, and nothing else', async () => {
    using world = memoryWorld()
    const [ada] = await world.joinTwo()
    world.clock.advance(5_000)
    const changes = lineEvents(ada, 'roster')
    world.network.up = false
    world.sockets[0]?.cut()
    await vi.waitFor(() => expect(ada.state).toBe('resuming'))
    world.network.up = true
    const cyd = world.join('cyd')
    world.clock.advance(1_000)
    await cyd
    world.clock.advance(1_000)
    await vi.waitFor(() => expect(namesOn(ada)).toEqual(['bob', 'cyd']))
    expect(changes).toMatchObject([{ joined: [{ name: 'cyd' }], left: [], changed: [] }])
  })

  test('compares what it knew with what a new server says', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    world.clock.advance(5_000)
    const changes = lineEvents(ada, 'roster')
    bob.close()
    world.restart()
    world.clock.advance(1_000)
    await vi.waitFor(() => expect(ada.state).toBe('open'))
    expect(changes).toMatchObject([{ joined: [], left: [{ name: 'bob' }] }])
  })

  test('says of every attempt that fails why it did', async () => {
    using world = memoryWorld()
    const [ada] = await world.joinTwo()
    const states = lineEvents(ada, 'state')
    world.network.up = false
    world.sockets[0]?.cut()
    for (let attempt = 0; attempt < 3; attempt += 1) {
      world.clock.advance(300)
      await Promise.resolve()
      await Promise.resolve()
    }
    expect(states.length).toBeGreaterThan(2)
    expect(new Set(states.map(({ state, error }) => `${state} ${error?.code}`))).toEqual(
      new Set(['resuming unreachable'])
    )
    ada.close()
  })

  test('can call, and the call begins when it is back', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    world.clock.advance(5_000)
    world.network.up = false
    world.sockets[0]?.cut()
    const call = ada.call(bob.self.id)
    world.network.up = true
    await areOpen(world, ada)
    await vi.waitFor(() => expect(call.phase).toBe('ringing'))
    expect(bob.currentCall?.id).toBe(call.id)
  })
})

describe('a call that is over', () => {
  test('leaves the line free for another, though its reason is still to come', async () => {
    using world = memoryWorld()
    const { ada, bob, adas } = await ring(world)
    adas.hangUp()
    expect([ada.currentCall, adas.endReason]).toEqual([null, null])
    const next = ada.call(bob.self.id)
    expect(ada.currentCall).toBe(next)
    await vi.waitFor(() => expect([adas.endReason, next.phase]).toEqual(['cancelled', 'ringing']))
    expect(ada.currentCall).toBe(next)
  })

  test('does not ring again when its invite comes late', async () => {
    using world = memoryWorld()
    const { ada, bob, bobs } = await ring(world)
    bobs.decline()
    await vi.waitFor(() => expect(bobs.endReason).toBe('declined'))
    const calls = lineEvents(bob, 'call')
    const invite = { type: 'invite', call: bobs.id, from: { ...ada.self, busy: true }, prepares: false }
    world.sockets[1]?.receive(`${JSON.stringify(invite)}\nan offer`)
    await vi.waitFor(() =>
      expect(headersSentBy(world, 1).at(-1)).toMatchObject({ type: 'hang-up', call: bobs.id })
    )
    expect([calls, bob.currentCall]).toEqual([[], null])
  })
})

describe('closing a line', () => {
  test('hangs up, signs out and is final', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const states = lineEvents(ada, 'state')
    const call = ada.call(bob.self.id)
    await vi.waitFor(() => expect(call.phase).toBe('ringing'))
    const rung = bob.currentCall
    await ada[Symbol.asyncDispose]()
    ada.close()
    expect(call.endReason).toBe('cancelled')
    await vi.waitFor(() => expect(rung?.endReason).toBe('cancelled'))
    expect(headersSentBy(world, 0).flatMap(({ type }) => (type === 'ack' ? [] : type))).toEqual([
      'sign-in',
      'ice-servers',
      'invite',
      'hang-up',
      'sign-out'
    ])
    expect(states).toEqual([{ state: 'closed' }])
    world.clock.advance(60_000)
    expect(world.sockets).toHaveLength(2)
  })

  test('ends its call when somebody else has taken over', async () => {
    using world = memoryWorld()
    const secret = 'a-secret-of-more-than-22-signs'
    const ada = await world.join('ada', { secret })
    const bob = await world.join('bob')
    const call = bob.call(ada.self.id)
    await vi.waitFor(() => expect(call.phase).toBe('ringing'))
    const rung = ada.currentCall
    world.clock.advance(1)
    await world.join('ada', { secret })
    await vi.waitFor(() =>
      expect([ada.state, rung?.endReason, call.endReason]).toEqual(['closed', 'replaced', 'left'])
    )
  })

  test('hangs up when its signal says so', async () => {
    using world = memoryWorld()
    const control = new AbortController()
    const bob = await world.join('bob')
    const ada = await world.join('ada', { signal: control.signal })
    const call = ada.call(bob.self.id)
    await vi.waitFor(() => expect(call.phase).toBe('ringing'))
    const rung = bob.currentCall
    control.abort()
    await vi.waitFor(() => expect([ada.state, call.endReason]).toEqual(['closed', 'cancelled']))
    await vi.waitFor(() => expect(rung?.endReason).toBe('cancelled'))
  })

  test('follows the signal that the line was made with, also while it is away', async () => {
    using world = memoryWorld()
    const control = new AbortController()
    const line = await world.join('ada', { signal: control.signal })
    world.network.up = false
    world.sockets[0]?.cut()
    control.abort()
    expect(line.state).toBe('closed')
    world.clock.advance(60_000)
    expect(world.sockets).toHaveLength(1)
  })
})
