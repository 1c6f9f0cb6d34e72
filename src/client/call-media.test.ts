/** Devices that a call opens for itself, and lets go at its end. */
import { describe, expect, test, vi } from 'vitest'
import { FakeStream, FakeTrack, fakeCamera } from '../../test/support/fake-media.ts'
import { callEvents, memoryWorld } from '../../test/support/memory-world.ts'
import { kindsIn } from './call-media.ts'
import type { MediaSource } from './media.ts'

class Track extends FakeTrack {
  stopped = false

  override stop(): void {
    this.stopped = true
  }
}

/** Devices that open when the test says so, and know what was opened. */
const slowDevices = (missing: readonly string[] = []) => {
  const tracks: Track[] = []
  const opening = new EventTarget()
  const ready = new Promise<void>((resolve) => {
    opening.addEventListener('open', () => resolve())
  })
  const source: MediaSource = {
    async getUserMedia({ audio, video } = {}) {
      await ready
      const kinds = [...(audio ? ['audio' as const] : []), ...(video ? ['video' as const] : [])]
      if (kinds.some((kind) => missing.includes(kind))) throw new DOMException('', 'NotFoundError')
      const opened = kinds.map((kind) => new Track(kind))
      tracks.push(...opened)
      return new FakeStream(opened)
    },
    enumerateDevices: () => Promise.resolve([])
  }
  return { source, tracks, open: () => opening.dispatchEvent(new Event('open')) }
}

const both = { audio: true, video: true }

const worldWith = async (devices: ReturnType<typeof slowDevices>) => {
  const world = memoryWorld()
  vi.spyOn(world.platform, 'devices').mockReturnValue(devices.source)
  const [ada, bob] = await world.joinTwo()
  return { world, ada, bob, [Symbol.dispose]: () => world[Symbol.dispose]() }
}

const reach = (call: { readonly phase: string }, phase: string) =>
  vi.waitFor(() => expect(call.phase).toBe(phase))

describe('a caller', () => {
  test('rings once its devices are open, and lets them go at the end', async () => {
    const devices = slowDevices()
    using people = await worldWith(devices)
    const { ada, bob, world } = people
    const call = ada.call(bob.self.id, { media: both })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect([call.phase, world.connections.length, bob.currentCall]).toEqual(['calling', 0, null])
    devices.open()
    await reach(call, 'ringing')
    expect(call.localStream?.getTracks()).toEqual(devices.tracks)
    call.hangUp()
    expect(devices.tracks.map(({ stopped }) => stopped)).toEqual([true, true])
  })

  test('that has hung up meanwhile opens nothing', async () => {
    const devices = slowDevices()
    using people = await worldWith(devices)
    const call = people.ada.call(people.bob.self.id, { media: both })
    call.hangUp()
    devices.open()
    await vi.waitFor(() => expect(devices.tracks.map(({ stopped }) => stopped)).toEqual([true, true]))
    expect(people.world.connections).toEqual([])
  })

  test('goes on without a device that is missing, and says so', async () => {
    const devices = slowDevices(['video'])
    using people = await worldWith(devices)
    devices.open()
    const call = people.ada.call(people.bob.self.id, { media: both })
    const problems = callEvents(call, 'problem')
    await reach(call, 'ringing')
    expect(call.localStream?.getTracks().map(({ kind }) => kind)).toEqual(['audio'])
    expect(problems.map(({ error }) => [error.code, error.message])).toEqual([
      ['media-failed', expect.stringContaining('video (not-found)')]
    ])
  })

  test('who is called by whom it calls sends what it was opening', async () => {
    const devices = slowDevices()
    using people = await worldWith(devices)
    const { ada, bob } = people
    const adas = ada.call(bob.self.id, { media: both })
    bob.call(ada.self.id)
    await reach(adas, 'connecting')
    devices.open()
    await vi.waitFor(() => expect(adas.localStream?.getTracks()).toEqual(devices.tracks))
    const sent = people.world.connections.flatMap((connection) =>
      connection.getTransceivers().map(({ sender }) => sender.track)
    )
    await vi.waitFor(() => expect(sent).toEqual(expect.arrayContaining(devices.tracks)))
  })
})

describe('a callee', () => {
  test('accepts at once, and sends as soon as its devices are open', async () => {
    const devices = slowDevices()
    using people = await worldWith(devices)
    const { ada, bob, world } = people
    const adas = ada.call(bob.self.id, { media: fakeCamera() })
    await reach(adas, 'ringing')
    const bobs = bob.currentCall
    const accepting = bobs?.accept({ media: { video: true } })
    await reach(adas, 'connecting')
    const [, connection] = world.connections
    expect(connection?.getTransceivers().map(({ direction }) => direction)).toEqual(['recvonly', 'sendrecv'])
    const described = connection?.localDescription
    devices.open()
    await accepting
    expect(connection?.getTransceivers().map(({ sender }) => sender.track)).toEqual([null, ...devices.tracks])
    expect(connection?.localDescription).toBe(described)
    bobs?.hangUp()
    expect(devices.tracks.map(({ stopped }) => stopped)).toEqual([true])
  })
})

test('a device that is replaced is let go, and a track of the app is not', async () => {
  const devices = slowDevices()
  using people = await worldWith(devices)
  devices.open()
  const call = people.ada.call(people.bob.self.id, { media: { video: true } })
  await reach(call, 'ringing')
  const own = new Track('video')
  await call.replaceTrack('video', own)
  expect(devices.tracks.map(({ stopped }) => stopped)).toEqual([true])
  await call.replaceTrack('video', null)
  call.hangUp()
  expect(own.stopped).toBe(false)
})

test('what will be sent is known before a device is open', () => {
  expect(kindsIn(null)).toEqual([])
  expect(kindsIn(fakeCamera())).toEqual(['audio', 'video'])
  expect(kindsIn({ video: true })).toEqual(['video'])
  expect(kindsIn({ audio: { deviceId: 'one' }, video: false })).toEqual(['audio'])
})
