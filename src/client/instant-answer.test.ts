/** What of a callee leaves before it accepts, and what is missing when it does. */
import { describe, expect, test, vi } from 'vitest'
import { FakeStream, FakeTrack, fakeCamera } from '../../test/support/fake-media.ts'
import type { FakePeerConnection } from '../../test/support/fake-peer-connection.ts'
import { callEvents, memoryWorld } from '../../test/support/memory-world.ts'
import type { IceService } from '../server/relay-service.ts'
import type { Call, ConnectOptions, InstantAnswer } from './types.ts'

const relay: IceService = {
  iceServers: (call, peer, { host }) => [
    { urls: [`turn:${host}`], username: `${call}:${peer}`, credential: 'c' }
  ],
  callEnded() {}
}

const ringing = async (options: Partial<ConnectOptions>, ice: IceService = relay) => {
  const world = memoryWorld(ice)
  const [ada, bob] = await world.joinTwo(options)
  const adasCall = ada.call(bob.self.id, { media: fakeCamera() })
  const bobsCall = await vi.waitFor(() => {
    const { currentCall } = bob
    if (currentCall === null || adasCall.phase !== 'ringing') throw new Error('it does not ring yet')
    return currentCall
  })
  return { world, adasCall, bobsCall, [Symbol.dispose]: () => world[Symbol.dispose]() }
}

const prepared = async (instantAnswer: InstantAnswer, options: Partial<ConnectOptions> = {}) => {
  const calls = await ringing({ instantAnswer, ...options })
  const [adas, bobs] = await vi.waitFor(() => {
    const [adas, bobs] = calls.world.connections
    if (!adas || !bobs) throw new Error('two are due')
    expect([adas.signalingState, bobs.signalingState]).toEqual(['stable', 'stable'])
    return [adas, bobs]
  })
  return { ...calls, adas, bobs, [Symbol.dispose]: () => calls.world[Symbol.dispose]() }
}

const settled = async ({ adas, bobs }: Awaited<ReturnType<typeof prepared>>) => {
  await vi.waitFor(() => expect([adas.signalingState, bobs.signalingState]).toEqual(['stable', 'stable']))
}

const kinds = (tracks: readonly (MediaStreamTrack | null)[]) => tracks.map((track) => track?.kind ?? null)
const sent = (connection: FakePeerConnection) =>
  kinds(connection.getTransceivers().map(({ sender }) => sender.track))

const phasesOf = (call: Call) => callEvents(call, 'phase')

describe('while it rings', () => {
  test('a callee sets all up but its tracks, over relayed candidates alone', async () => {
    using calls = await prepared('relay')
    const { bobs, adasCall, bobsCall } = calls
    expect(bobs.configuration?.iceTransportPolicy).toBe('relay')
    expect(bobs.getTransceivers().map(({ direction }) => direction)).toEqual(['sendrecv', 'sendrecv'])
    expect(sent(bobs)).toEqual([null, null])
    expect([adasCall.phase, bobsCall.phase]).toEqual(['ringing', 'ringing'])
  })

  test('candidates pass both ways, and both connections may come about', async () => {
    using calls = await prepared('relay')
    const { adas, bobs, adasCall, bobsCall } = calls
    const [his, hers] = [bobs.gather(), adas.gather()]
    await vi.waitFor(() => expect([adas.candidates, bobs.candidates]).toEqual([[his], [hers]]))
    adas.connect('connected')
    bobs.connect('connected')
    expect([adasCall.phase, bobsCall.phase]).toEqual(['ringing', 'ringing'])
  })

  test('neither is shown the other', async () => {
    using calls = await prepared('relay')
    expect(kinds(calls.adasCall.remoteStream.getTracks())).toEqual([])
    expect(kinds(calls.bobsCall.remoteStream.getTracks())).toEqual([])
  })

  test('a callee that wants to is shown who calls', async () => {
    using calls = await prepared('relay', { previewCaller: true })
    expect(kinds(calls.bobsCall.remoteStream.getTracks())).toEqual(['audio', 'video'])
    expect(kinds(calls.adasCall.remoteStream.getTracks())).toEqual([])
  })

  test.each<[string, InstantAnswer, IceService]>([
    ['is set up where that is off', 'off', relay],
    ['is set up over relays where there is none', 'relay', { iceServers: () => [], callEnded() {} }]
  ])('nothing %s', async (_name, instantAnswer, ice) => {
    using calls = await ringing({ instantAnswer }, ice)
    expect(calls.world.connections).toHaveLength(1)
  })

  test('a callee may give all its addresses away', async () => {
    using calls = await prepared('all')
    expect(calls.bobs.configuration?.iceTransportPolicy).toBe('all')
  })

  test('all is closed by a decline', async () => {
    using calls = await prepared('relay')
    calls.bobsCall.decline()
    await vi.waitFor(() => expect(calls.adasCall.endReason).toBe('declined'))
    expect([calls.adas.closed, calls.bobs.closed]).toEqual([true, true])
  })
})

describe('by the accept', () => {
  test('only tracks are attached, and both are connected at once', async () => {
    using calls = await prepared('relay')
    const { adas, bobs, adasCall, bobsCall } = calls
    adas.connect('connected')
    bobs.connect('connected')
    const phases = [phasesOf(adasCall), phasesOf(bobsCall)]
    const described = bobs.localDescription
    const camera = fakeCamera()
    const accepting = bobsCall.accept({ media: camera })
    expect(bobsCall.phase).toBe('connected')
    expect(bobs.localDescription).toBe(described)
    await accepting
    await vi.waitFor(() => expect(adasCall.phase).toBe('connected'))
    expect(bobs.getTransceivers().map(({ sender }) => sender.track)).toEqual(camera.getTracks())
    expect(kinds(adasCall.remoteStream.getTracks())).toEqual(['audio', 'video'])
    expect(kinds(bobsCall.remoteStream.getTracks())).toEqual(['audio', 'video'])
    expect(phases).toEqual([[{ phase: 'connected' }], [{ phase: 'connected' }]])
    expect(calls.world.connections).toHaveLength(2)
  })

  test('the direct path is looked for, which was not allowed before', async () => {
    using calls = await prepared('relay')
    calls.bobs.connect('connected')
    await calls.bobsCall.accept({ media: null })
    expect(calls.bobs.configuration?.iceTransportPolicy).toBe('all')
    await vi.waitFor(() => expect(calls.adas.iceRestarts).toBe(1))
    await settled(calls)
  })

  test('the direct path is not looked for before there is one over the relay', async () => {
    using calls = await prepared('relay')
    await calls.bobsCall.accept({ media: null })
    expect(calls.adas.iceRestarts).toBe(0)
    calls.bobs.connect('connected')
    expect(calls.bobs.configuration?.iceTransportPolicy).toBe('all')
    await vi.waitFor(() => expect(calls.adas.iceRestarts).toBe(1))
    await settled(calls)
  })

  test('nothing more is allowed by an app that wants relays alone', async () => {
    using calls = await prepared('relay', { iceTransportPolicy: 'relay' })
    calls.bobs.connect('connected')
    await calls.bobsCall.accept({ media: null })
    expect(calls.bobs.configuration?.iceTransportPolicy).toBe('relay')
    expect(calls.adas.iceRestarts).toBe(0)
  })

  test('nothing starts over where all was allowed', async () => {
    using calls = await prepared('all')
    calls.bobs.connect('connected')
    await calls.bobsCall.accept({ media: null })
    expect(calls.adas.iceRestarts).toBe(0)
  })

  test('sound alone, or nothing, needs no other description', async () => {
    using calls = await prepared('all')
    const described = calls.bobs.localDescription
    await calls.bobsCall.accept({ media: new FakeStream([new FakeTrack('audio')]) })
    await vi.waitFor(() => expect(calls.adasCall.phase).toBe('connecting'))
    expect(sent(calls.bobs)).toEqual(['audio', null])
    expect(calls.bobs.localDescription).toBe(described)
  })

  test('a callee that is quicker than its own answer accepts with it', async () => {
    using calls = await ringing({ instantAnswer: 'relay' })
    await calls.bobsCall.accept({ media: fakeCamera() })
    await vi.waitFor(() => {
      expect(calls.adasCall.phase).toBe('connecting')
      expect(calls.world.connections.map(({ signalingState }) => signalingState)).toEqual([
        'stable',
        'stable'
      ])
    })
    const [, bobs] = calls.world.connections
    expect(bobs?.getTransceivers().map(({ sender }) => sender.track?.kind)).toEqual(['audio', 'video'])
  })
})
