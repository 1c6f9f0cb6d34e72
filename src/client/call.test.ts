import { describe, expect, test, vi } from 'vitest'
import { FakeStream, FakeTrack, fakeCamera } from '../../test/support/fake-media.ts'
import type { FakePeerConnection } from '../../test/support/fake-peer-connection.ts'
import { accept, connectionOf, reach, ring, talk } from '../../test/support/memory-calls.ts'
import { callEvents, memoryWorld } from '../../test/support/memory-world.ts'
import type { Call } from './types.ts'

const sound = () => new FakeStream([new FakeTrack('audio')])

const receivedBy = (connection: FakePeerConnection) =>
  connection.getTransceivers().map(({ receiver }) => receiver.track)

const outcome = ({ phase, endReason }: Call) => [phase, endReason]

describe('a call', () => {
  test('rings, is accepted, connects, and is hung up for both', async () => {
    using world = memoryWorld()
    const { adasCall, bobsCall, phases } = await talk(world)
    expect([adasCall.phase, bobsCall.phase]).toEqual(['connected', 'connected'])
    expect([adasCall.connectedAt, bobsCall.connectedAt]).toEqual([world.clock.now, world.clock.now])
    expect(adasCall).toMatchObject({ id: bobsCall.id, direction: 'outgoing', peer: { name: 'bob' } })
    expect(bobsCall).toMatchObject({ direction: 'incoming', peer: { name: 'ada' } })

    const ends = [callEvents(adasCall, 'ended'), callEvents(bobsCall, 'ended')]
    bobsCall.hangUp()
    expect(world.connections.map(({ closed }) => closed)).toEqual([false, true])
    await reach(adasCall, 'ended')
    await reach(bobsCall, 'ended')
    adasCall.hangUp()
    bobsCall.hangUp()
    expect(ends).toEqual([[{ reason: 'hung-up' }], [{ reason: 'hung-up' }]])
    expect(phases.map(({ phase }) => phase)).toEqual(['ringing', 'connecting', 'connected', 'ended'])
    expect(world.connections.map(({ closed }) => closed)).toEqual([true, true])
  })

  test('opens nothing of the callee before it accepts', async () => {
    using world = memoryWorld()
    const { bobsCall } = await ring(world)
    expect(world.connections).toHaveLength(1)
    expect(bobsCall.localStream).toBeNull()
    await bobsCall.accept({ media: fakeCamera() })
    expect(world.connections).toHaveLength(2)
    await bobsCall.accept()
    expect(world.connections).toHaveLength(2)
  })

  test('is declined', async () => {
    using world = memoryWorld()
    const { adasCall, bobsCall } = await ring(world)
    adasCall.decline()
    expect(adasCall.phase).toBe('ringing')
    bobsCall.decline()
    await reach(adasCall, 'ended')
    expect([outcome(adasCall), outcome(bobsCall)]).toEqual([
      ['ended', 'declined'],
      ['ended', 'declined']
    ])
  })

  test('is cancelled', async () => {
    using world = memoryWorld()
    const { ada, bob, adasCall, bobsCall } = await ring(world)
    adasCall.hangUp()
    await reach(bobsCall, 'ended')
    expect([outcome(adasCall), outcome(bobsCall)]).toEqual([
      ['ended', 'cancelled'],
      ['ended', 'cancelled']
    ])
    expect([ada.currentCall, bob.currentCall]).toEqual([null, null])
  })

  test('ends for both when nobody answers', async () => {
    using world = memoryWorld()
    const { adasCall, bobsCall } = await ring(world)
    world.clock.advance(45_000)
    await reach(bobsCall, 'ended')
    await reach(adasCall, 'ended')
    expect([adasCall.endReason, bobsCall.endReason]).toEqual(['no-answer', 'no-answer'])
  })

  test('carries candidates both ways, those from before the accept too', async () => {
    using world = memoryWorld()
    const { adasCall, bobsCall } = await ring(world)
    const adas = connectionOf(world, 0)
    const early = adas.gather(1)
    await vi.waitFor(() => expect(adasCall.phase).toBe('ringing'))
    await bobsCall.accept()
    const bobs = connectionOf(world, 1)
    await vi.waitFor(() => expect(bobs.candidates).toEqual([early]))
    const late = adas.gather(2)
    adas.gatherLast()
    const theirs = bobs.gather(1)
    await vi.waitFor(() => expect(bobs.candidates).toEqual([early, late]))
    await vi.waitFor(() => expect(adas.candidates).toEqual([theirs]))
  })

  test('has no statistics before it has media', async () => {
    using world = memoryWorld()
    const { bobsCall } = await ring(world)
    await expect(bobsCall.getStats()).rejects.toMatchObject({ name: 'CallError', code: 'no-media' })
    await bobsCall.accept()
    expect(await bobsCall.getStats()).toEqual(new Map())
  })

  test('fails when no connection can be opened, and says why', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const cause = new TypeError('bad iceServers')
    vi.spyOn(world.platform, 'RTCPeerConnection').mockImplementation(function refuse() {
      throw cause
    })
    const call = ada.call(bob.self.id)
    const problems = callEvents(call, 'problem')
    await reach(call, 'ended')
    expect(outcome(call)).toEqual(['ended', 'failed'])
    expect(ada.currentCall).toBeNull()
    await vi.waitFor(() => expect(problems).toHaveLength(1))
    expect(problems[0]?.error).toMatchObject({ code: 'media-failed', cause })
  })

  test('fails for both when one side cannot apply what the other says', async () => {
    using world = memoryWorld()
    const { adasCall, bobsCall } = await ring(world)
    vi.spyOn(world.platform.RTCPeerConnection.prototype, 'setRemoteDescription').mockRejectedValue(
      'unreadable'
    )
    const problems = callEvents(bobsCall, 'problem')
    await bobsCall.accept()
    await reach(adasCall, 'ended')
    expect([adasCall.endReason, bobsCall.endReason]).toEqual(['failed', 'failed'])
    expect(problems.map(({ error }) => error.message)).toEqual(['unreadable', 'unreadable'])
  })

  test.each([1, 2])('makes good what could not be applied, also the %sth time', async (times) => {
    using world = memoryWorld()
    const { adas, bobs, adasCall, bobsCall } = await talk(world, { adas: null })
    const problems = callEvents(adasCall, 'problem')
    const described = adas.currentLocalDescription
    const apply = vi.spyOn(adas, 'setRemoteDescription')
    for (let time = 1; time <= times; time += 1) apply.mockRejectedValueOnce(new Error('not now'))
    await adasCall.replaceTrack('video', new FakeTrack('video'))
    await vi.waitFor(() => {
      expect([adas.signalingState, bobs.signalingState]).toEqual(['stable', 'stable'])
      expect(adas.currentLocalDescription).not.toBe(described)
    })
    expect(problems.map(({ error }) => error.message)).toEqual(Array.from({ length: times }, () => 'not now'))
    expect([adasCall.phase, bobsCall.phase]).toEqual(['connected', 'connected'])
  })

  test('lives on when a candidate is of no use', async () => {
    using world = memoryWorld()
    const { adas, bobsCall, adasCall } = await talk(world)
    const problems = callEvents(bobsCall, 'problem')
    vi.spyOn(world.platform.RTCPeerConnection.prototype, 'addIceCandidate').mockRejectedValue(
      new Error('odd')
    )
    adas.gather()
    await vi.waitFor(() => expect(problems.map(({ error }) => error.message)).toEqual(['odd']))
    expect([adasCall.phase, bobsCall.phase]).toEqual(['connected', 'connected'])
  })
})

describe('the streams of a call', () => {
  test('are the app’s tracks in a stream of its own, and what the other side sends', async () => {
    using world = memoryWorld()
    const camera = fakeCamera()
    const { adasCall, bobsCall, adas, bobs } = await accept(world, { adas: camera })
    expect(adasCall.localStream).not.toBe(camera)
    expect(adasCall.localStream?.getTracks()).toEqual(camera.getTracks())
    expect(adas.getTransceivers().map(({ sender }) => sender.track)).toEqual(camera.getTracks())
    expect(adasCall.remoteStream.getTracks()).toEqual(receivedBy(adas))
    expect(bobsCall.remoteStream.getTracks()).toEqual(receivedBy(bobs))

    const changes = callEvents(bobsCall, 'remote')
    adasCall.hangUp()
    await reach(bobsCall, 'ended')
    expect(bobsCall.remoteStream.getTracks()).toEqual([])
    expect(changes).toEqual([{ stream: bobsCall.remoteStream }])
  })

  test('are asked for by a caller that sends none, and by one that sends sound alone', async () => {
    using world = memoryWorld()
    const [ada, bob] = await world.joinTwo()
    const directionsOf = async (stream: MediaStream | null) => {
      const before = world.connections.length
      const call = ada.call(bob.self.id, { media: stream })
      await vi.waitFor(() => expect(world.connections.length).toBe(before + 1))
      call.hangUp()
      return connectionOf(world, before)
        .getTransceivers()
        .map(({ receiver, direction }) => [receiver.track.kind, direction])
    }
    expect(await directionsOf(null)).toEqual([
      ['audio', 'recvonly'],
      ['video', 'recvonly']
    ])
    expect(await directionsOf(sound())).toEqual([
      ['audio', 'sendrecv'],
      ['video', 'recvonly']
    ])
  })

  test('are left to the caller’s offer by a callee that sends none', async () => {
    using world = memoryWorld()
    const { bobs } = await accept(world, { bobs: null })
    expect(bobs.getTransceivers().map(({ direction }) => direction)).toEqual(['recvonly', 'recvonly'])
  })
})

describe('setting a track', () => {
  test('replaces the one before, without negotiation', async () => {
    using world = memoryWorld()
    const camera = fakeCamera()
    const { adasCall, adas } = await talk(world, { adas: camera })
    const described = adas.localDescription
    const screen = new FakeTrack('video', 'screen')
    await adasCall.replaceTrack('video', screen)
    expect(adas.getTransceivers()[1]?.sender.track).toBe(screen)
    expect(adasCall.localStream?.getVideoTracks()).toEqual([screen])
    expect(camera.getVideoTracks()).not.toContain(screen)
    await adasCall.replaceTrack('video', null)
    expect(adas.getTransceivers()[1]?.sender.track).toBeNull()
    expect(adasCall.localStream?.getVideoTracks()).toEqual([])
    expect(adas.localDescription).toBe(described)
  })

  test('begins to send where only the other side did, and negotiates', async () => {
    using world = memoryWorld()
    const { adasCall, adas, bobs } = await talk(world, { adas: null })
    const described = adas.localDescription
    const camera = new FakeTrack('video')
    await adasCall.replaceTrack('video', camera)
    expect(adas.getTransceivers()[1]).toMatchObject({ direction: 'sendrecv', sender: { track: camera } })
    expect(adas.getTransceivers()[1]?.sender.streams).toEqual([adasCall.localStream])
    await vi.waitFor(() => expect(adas.localDescription).not.toBe(described))
    await vi.waitFor(() => expect([adas.signalingState, bobs.signalingState]).toEqual(['stable', 'stable']))
  })

  test('adds one where neither side sent that kind, also when both do so at once', async () => {
    using world = memoryWorld()
    const { adasCall, bobsCall, adas, bobs } = await talk(world, { adas: sound(), bobs: sound() })
    await adasCall.replaceTrack('video', null)
    await Promise.all([adasCall, bobsCall].map((call) => call.replaceTrack('video', new FakeTrack('video'))))
    const before = [adas.localDescription, bobs.localDescription]
    await vi.waitFor(() => {
      expect(adas.localDescription).not.toBe(before[0])
      expect(bobs.localDescription).not.toBe(before[1])
      expect([adas.signalingState, bobs.signalingState]).toEqual(['stable', 'stable'])
    })
    expect([adasCall.phase, bobsCall.phase]).toEqual(['connected', 'connected'])
  })

  test('is kept for the time when the call is accepted', async () => {
    using world = memoryWorld()
    const { bobsCall } = await ring(world)
    const microphone = new FakeTrack('audio')
    await bobsCall.replaceTrack('audio', microphone)
    await bobsCall.accept()
    expect(connectionOf(world, 1).getTransceivers()[0]?.sender.track).toBe(microphone)
  })

  test('that cannot be sent is refused with a reason', async () => {
    using world = memoryWorld()
    const { adasCall } = await talk(world)
    const dead = Object.assign(new FakeTrack('video'), { readyState: 'ended' })
    await expect(adasCall.replaceTrack('video', dead)).rejects.toMatchObject({
      name: 'CallError',
      code: 'media-failed',
      cause: expect.any(TypeError)
    })
  })
})
