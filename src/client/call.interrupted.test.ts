import { describe, expect, test, vi } from 'vitest'
import { accept, reach, ring, talk } from '../../test/support/memory-calls.ts'
import { callEvents, memoryWorld } from '../../test/support/memory-world.ts'

describe('when the media is interrupted', () => {
  test('it has two seconds to heal before ICE is restarted', async () => {
    using world = memoryWorld()
    const { adas, bobs, adasCall } = await talk(world)
    const answered = bobs.localDescription
    adas.connect('disconnected')
    world.clock.advance(1_999)
    expect(adas.iceRestarts).toBe(0)
    world.clock.advance(1)
    await vi.waitFor(() => expect(adas.iceRestarts).toBe(1))
    await vi.waitFor(() => expect(bobs.localDescription).not.toBe(answered))
    adas.connect('connected')
    world.clock.advance(60_000)
    expect(adasCall.phase).toBe('connected')
  })

  test('ICE is restarted when the path has failed, and no word has come that the call is over', async () => {
    using world = memoryWorld()
    const { adas } = await talk(world)
    adas.connect('failed')
    world.clock.advance(999)
    await new Promise((resolve) => setTimeout(resolve))
    expect(adas.iceRestarts).toBe(0)
    world.clock.advance(1)
    await vi.waitFor(() => expect(adas.iceRestarts).toBe(1))
    world.clock.advance(5_000)
    expect(adas.iceRestarts).toBe(1)
  })

  test('ICE is restarted without new servers when they take too long', async () => {
    using world = memoryWorld()
    const { adas } = await talk(world)
    for (const socket of world.sockets) socket.silent = true
    world.clock.advance(60_000)
    adas.connect('failed')
    world.clock.advance(1_000)
    world.clock.advance(999)
    expect(adas.iceRestarts).toBe(0)
    world.clock.advance(1)
    expect(adas.iceRestarts).toBe(1)
  })

  test('ICE is restarted by the caller, whoever is on another network', async () => {
    using world = memoryWorld()
    const { adas, bobs } = await talk(world)
    bobs.connect('failed')
    world.clock.advance(1_000)
    await vi.waitFor(() => expect(adas.iceRestarts).toBe(1))
    await vi.waitFor(() => expect([adas.signalingState, bobs.signalingState]).toEqual(['stable', 'stable']))
    world.tell('network-changed')
    await vi.waitFor(() => expect(adas.iceRestarts).toBeGreaterThan(1))
    expect(bobs.iceRestarts).toBe(0)
    await vi.waitFor(() => expect([adas.signalingState, bobs.signalingState]).toEqual(['stable', 'stable']))
  })

  test('the app hears of it, and of the end of it', async () => {
    using world = memoryWorld()
    const { adas, adasCall } = await talk(world)
    const heard = callEvents(adasCall, 'interrupted')
    adas.connect('disconnected')
    expect(adasCall.interrupted).toBe(true)
    adas.connect('connected')
    expect(adasCall.interrupted).toBe(false)
    expect(heard).toEqual([{ interrupted: true }, { interrupted: false }])
  })

  test('the call fails for both when it is not back in fifteen seconds', async () => {
    using world = memoryWorld()
    const { adas, adasCall, bobsCall } = await talk(world)
    adas.connect('disconnected')
    world.clock.advance(15_000)
    await reach(bobsCall, 'ended')
    expect([adasCall.endReason, bobsCall.endReason]).toEqual(['failed', 'failed'])
  })

  test('the call ends, ringing or not, when its line does not come back, however often that is sought', async () => {
    for (const begin of [ring, talk]) {
      using world = memoryWorld()
      const { adasCall } = await begin(world)
      world.network.up = false
      for (const socket of world.sockets) socket.cut()
      for (const connection of world.connections) connection.connect('failed')
      const pass = async (ms: number) => {
        for (let passed = 0; passed < ms; passed += 500) {
          world.clock.advance(500)
          await new Promise((resolve) => setTimeout(resolve))
        }
      }
      await pass(74_000)
      expect(adasCall.phase).not.toBe('ended')
      await pass(2_000)
      expect(adasCall.phase).toBe('ended')
    }
  })

  test('or does not come at all', async () => {
    using world = memoryWorld()
    const { adasCall, bobsCall } = await accept(world)
    world.clock.advance(30_000)
    await reach(bobsCall, 'ended')
    expect(adasCall.endReason).toBe('failed')
  })
})
