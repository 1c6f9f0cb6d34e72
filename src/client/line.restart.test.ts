/** What clients do and say between their sign-in to a server that was started anew and its welcome. */
import { describe, expect, test, vi } from 'vitest'
import { FakeStream, FakeTrack, fakeCamera } from '../../test/support/fake-media.ts'
import { connectionOf, reach, ring, talk } from '../../test/support/memory-calls.ts'
import { type MemorySocket, lineEvents, memoryWorld } from '../../test/support/memory-world.ts'
import type { Line } from './types.ts'

type World = ReturnType<typeof memoryWorld>

const typesOn = ({ sent }: MemorySocket): readonly string[] =>
  sent.map((header) => {
    const { type }: { type: string } = JSON.parse(header)
    return type
  })

/** Both sign in at a server that knows nothing, which answers once what is returned is called. */
const restart = async (world: World, ...lines: readonly Line[]) => {
  world.clock.advance(5_000)
  await new Promise((resolve) => setTimeout(resolve))
  const welcome = world.holdWelcomes()
  world.restart()
  await vi.waitFor(() => {
    world.clock.advance(100)
    expect(world.sockets.filter((socket) => typesOn(socket).join() === 'resume,sign-in')).toHaveLength(2)
  })
  return async () => {
    welcome()
    await vi.waitFor(() => expect(lines.map(({ state }) => state)).toEqual(lines.map(() => 'open')))
    // Rosters are told in batches.
    world.clock.advance(1_000)
  }
}

const screen = () => new FakeStream([new FakeTrack('video', 'screen')])

describe('before a new server has welcomed its clients', () => {
  test.each(['ada', 'bob', 'ada and bob'])(
    '%s may gather and describe, and the call goes on',
    async (who) => {
      using world = memoryWorld()
      const { ada, bob, adas, bobs, adasCall, bobsCall } = await talk(world)
      const welcome = await restart(world, ada, bob)
      for (const [name, connection, call] of [
        ['ada', adas, adasCall],
        ['bob', bobs, bobsCall]
      ] as const) {
        if (!who.includes(name)) continue
        connection.gather()
        await call.shareScreen(screen())
        await vi.waitFor(() => expect(connection.signalingState).toBe('have-local-offer'))
      }
      await welcome()
      await vi.waitFor(() => {
        expect([adas.signalingState, bobs.signalingState]).toEqual(['stable', 'stable'])
        expect([adas, bobs].map((connection) => connection.getTransceivers().length)).toEqual([3, 3])
      })
      expect([adasCall.phase, bobsCall.phase]).toEqual(['connected', 'connected'])
      adasCall.hangUp()
      await reach(bobsCall, 'ended')
    }
  )

  test('a callee may accept, and the caller hears it', async () => {
    using world = memoryWorld()
    const { ada, bob, adasCall, bobsCall } = await ring(world)
    const welcome = await restart(world, ada, bob)
    await bobsCall.accept({ media: fakeCamera() })
    const bobs = connectionOf(world, 1)
    await vi.waitFor(() => expect(bobs.localDescription).not.toBeNull())
    bobs.gather()
    await welcome()
    await reach(adasCall, 'connecting')
    expect(bobsCall.phase).toBe('connecting')
  })

  test('a call may be placed, and it rings', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const welcome = await restart(world, ada, bob)
    const adasCall = ada.call(bob.self.id, { media: fakeCamera() })
    await welcome()
    await reach(adasCall, 'ringing')
    expect(bob.currentCall?.id).toBe(adasCall.id)
  })

  test('a caller may find its devices open, and it rings', async () => {
    using world = memoryWorld()
    const opening = new EventTarget()
    const opened = new Promise<MediaStream>((resolve) => {
      opening.addEventListener('open', () => resolve(fakeCamera()))
    })
    vi.spyOn(world.platform, 'devices').mockReturnValue({
      getUserMedia: () => opened,
      enumerateDevices: () => Promise.resolve([])
    })
    const [ada, bob] = await world.joinTwo()
    const adasCall = ada.call(bob.self.id, { media: { video: true } })
    const welcome = await restart(world, ada, bob)
    opening.dispatchEvent(new Event('open'))
    await vi.waitFor(() => expect(connectionOf(world, 0).localDescription).not.toBeNull())
    await welcome()
    await reach(adasCall, 'ringing')
    expect(bob.currentCall?.id).toBe(adasCall.id)
  })

  test('a call may end, and its partner hears it', async () => {
    using world = memoryWorld()
    const { ada, bob, adasCall, bobsCall } = await talk(world)
    const welcome = await restart(world, ada, bob)
    adasCall.hangUp()
    ada.call(bob.self.id, { media: fakeCamera() }).hangUp()
    await welcome()
    await vi.waitFor(() => expect([adasCall.endReason, bobsCall.endReason]).toEqual(['hung-up', 'hung-up']))
  })

  test('texts and names may be said, and arrive', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const texts = lineEvents(bob, 'text')
    const welcome = await restart(world, ada, bob)
    ada.rename('countess')
    ada.sendText('hello', bob.self.id)
    await welcome()
    await vi.waitFor(() => expect([ada.self.name, texts.length]).toEqual(['countess', 1]))
  })

  test('too many texts may be said, and those after them arrive', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const texts = lineEvents(bob, 'text')
    const welcome = await restart(world, ada, bob)
    const states = lineEvents(ada, 'state')
    for (let count = 0; count < 2_000; count += 1) ada.sendText('again', bob.self.id)
    ada.sendText('at last', bob.self.id)
    await welcome()
    ada.sendText('and on', bob.self.id)
    await vi.waitFor(() => expect(texts).toMatchObject([{ text: 'at last' }, { text: 'and on' }]))
    expect(states).toEqual([{ state: 'open' }])
  })
})

test('a server that has reunited a call which is over here hears that it is', async () => {
  using world = memoryWorld()
  const [ada] = await world.joinTwo()
  const [socket] = world.sockets
  socket?.receive(JSON.stringify({ type: 'rejoined', call: 'over' }))
  await vi.waitFor(() => expect(socket?.sent.at(-1)).toContain('hang-up'))
  expect(ada.currentCall).toBeNull()
})
