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
      expect(headersSentBy(world, 1)).toContainEqual({ type: 'decline', call: 'second', reason: 'busy' })
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

describe('a line that loses its connection', () => {
  test('signs in again under its name, and shows who is there now', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo({})
    bob.rename('robert')
    await vi.waitFor(() => expect(bob.self.name).toBe('robert'))
    const states = lineEvents(bob, 'state')
    const before = bob.self.id
    world.sockets[1]?.cut()
    expect(bob.state).toBe('resuming')
    expect(() => bob.call(ada.self.id)).toThrow(expect.objectContaining({ code: 'not-connected' }))
    expect(() => bob.sendText('hello?')).toThrow(expect.objectContaining({ code: 'not-connected' }))
    ada.close()
    const changes = lineEvents(bob, 'roster')
    world.clock.advance(250)
    await vi.waitFor(() => expect(bob.state).toBe('open'))
    expect(bob.self.name).toBe('robert')
    expect(bob.self.id).not.toBe(before)
    expect(changes).toMatchObject([{ joined: [], left: [{ name: 'ada' }] }])
    expect(states.map(({ state }) => state)).toEqual(['resuming', 'open'])
  })

  test('tries again and again, ever less often', async () => {
    using world = memoryWorld()
    const [ada] = await world.joinTwo()
    const states = lineEvents(ada, 'state')
    world.network.up = false
    world.sockets[0]?.cut()
    const waits: number[] = []
    for (let attempt = 1; attempt <= 7; attempt += 1) {
      const begun = world.clock.now
      while (world.sockets.length === attempt + 1) world.clock.advance(250)
      waits.push(world.clock.now - begun)
      await vi.waitFor(() => expect(world.clock.pending).toBe(1))
      await Promise.resolve()
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000])
    expect(ada.state).toBe('resuming')
    expect(states.map(({ error }) => error?.code)).toEqual(Array.from({ length: 8 }, () => 'unreachable'))
    world.network.up = true
    world.clock.advance(8_000)
    await vi.waitFor(() => expect(ada.state).toBe('open'))
    // A connection that has held is sought again at once, one that has not is given time.
    world.sockets.at(-1)?.cut()
    world.clock.advance(250)
    expect(ada.state).toBe('resuming')
    world.clock.advance(8_000)
    await vi.waitFor(() => expect(ada.state).toBe('open'))
    world.clock.advance(10_000)
    world.sockets.at(-1)?.cut()
    world.clock.advance(250)
    await vi.waitFor(() => expect(ada.state).toBe('open'))
  })

  test('keeps the media of its call until the server has forgotten it', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const adas = ada.call(bob.self.id)
    await vi.waitFor(() => expect(adas.phase).toBe('ringing'))
    const bobs = bob.currentCall
    await bobs?.accept()
    await vi.waitFor(() => expect(adas.phase).toBe('connecting'))
    for (const connection of world.connections) connection.connect('connected')
    world.sockets[1]?.cut()
    expect(bobs?.phase).toBe('connected')
    await vi.waitFor(() => expect(adas.endReason).toBe('left'))
    world.clock.advance(250)
    await vi.waitFor(() => expect(bobs?.endReason).toBe('left'))
  })

  test('ends a call that has no media yet', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const call = ada.call(bob.self.id)
    await vi.waitFor(() => expect(bob.currentCall).not.toBeNull())
    const rung = bob.currentCall
    world.sockets[0]?.cut()
    expect(call.endReason).toBe('left')
    await vi.waitFor(() => expect(rung?.endReason).toBe('left'))
  })

  test('lets a server go that does not keep to the protocol', async () => {
    using world = memoryWorld()
    const [ada] = await world.joinTwo()
    const states = lineEvents(ada, 'state')
    world.sockets[0]?.receive('{ "type": "ended" }')
    world.sockets[0]?.receive('{ "type": "ended" }')
    await vi.waitFor(() =>
      expect(states).toMatchObject([{ state: 'resuming', error: { code: 'unreachable' } }])
    )
    world.clock.advance(250)
    await vi.waitFor(() => expect(ada.state).toBe('open'))
    world.sockets[2]?.receive(new ArrayBuffer(8))
    await vi.waitFor(() => expect(ada.state).toBe('resuming'))
    ada.close()
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
    expect(headersSentBy(world, 0).map(({ type }) => type)).toEqual([
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
