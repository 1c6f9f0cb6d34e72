import { describe, expect, test, vi } from 'vitest'
import { channelPair } from '../../test/support/fake-channel.ts'
import { FakeStream, FakeTrack, fakeCamera } from '../../test/support/fake-media.ts'
import { type ControlMessage, decodeControl } from '../dialects/channel.ts'
import { CallSharing } from './call-sharing.ts'
import { dataOf } from './channel.ts'
import type { MediaPort } from './peer-connection.ts'
import type { Transceiver } from './platform.ts'

const transceiverOf = (
  track: MediaStreamTrack,
  mid: string | null
): Transceiver & { mid: string | null } => ({
  mid,
  direction: 'sendonly',
  currentDirection: null,
  sender: { track, replaceTrack: () => Promise.resolve() },
  receiver: { track: new FakeTrack(track.kind === 'audio' ? 'audio' : 'video', `remote of ${track.id}`) }
})

const screenOf = (id: string) => new FakeStream([new FakeTrack('video', id)])

/** One side of a call that is connected, and what the other side is told. */
const sharing = ({ isNative = true, isMade = true, localStream = fakeCamera() } = {}) => {
  const [near, far] = channelPair()
  const [files] = channelPair()
  const heard: ControlMessage[] = []
  far.addEventListener('message', (event) => {
    const decoded = decodeControl(dataOf(event))
    if (decoded.ok) heard.push(decoded.message)
  })
  const transceivers: (Transceiver & { mid: string | null })[] = []
  const removed: Transceiver[] = []
  const port: MediaPort = {
    openChannel: (id) => (id === 0 ? near : files),
    descriptions: () => null,
    addTrack(track) {
      const idle = transceivers.find((transceiver) => removed.includes(transceiver))
      const transceiver = idle ?? transceiverOf(track, null)
      if (idle) removed.splice(removed.indexOf(idle), 1)
      else transceivers.push(transceiver)
      return transceiver
    },
    removeTrack(transceiver) {
      removed.push(transceiver)
      return Promise.resolve()
    },
    transceivers: () => transceivers,
    getStats: () => Promise.resolve(new Map())
  }
  const replaced: (MediaStreamTrack | null)[] = []
  const events: string[] = []
  const opened = screenOf('chosen')
  const platform = { MediaStream: FakeStream, openScreen: () => Promise.resolve(opened) }
  const call = new CallSharing({
    platform,
    media: {
      localStream,
      replaceTrack(_, track) {
        replaced.push(track)
        return Promise.resolve()
      }
    },
    role: () => 'caller',
    isNative,
    emit: (type) => events.push(type)
  })
  if (isMade) call.made(port)
  call.accept()
  near.open()
  const screens = () => heard.flatMap((message) => (message.type === 'screen' ? [message.mid] : []))
  return { call, far, heard, screens, transceivers, removed, replaced, events, opened, localStream }
}

describe('a screen that is shown', () => {
  test('is told of once its section is known, and when it is gone', async () => {
    const { call, screens, transceivers, removed } = sharing()
    const stream = screenOf('mine')
    expect(await call.shareScreen(stream)).toBe(stream)
    call.receive([])
    const [transceiver] = transceivers
    if (transceiver) transceiver.mid = '3'
    call.receive([])
    call.receive([])
    await vi.waitFor(() => expect(screens()).toEqual(['3']))
    await call.stopSharing()
    await vi.waitFor(() => expect(screens()).toEqual(['3', null]))
    expect(removed).toEqual([transceiver])
    expect(call.screen).toBeNull()
  })

  test('is told of when another takes its place, in a section that needs no negotiation', async () => {
    const { call, screens, transceivers } = sharing()
    await call.shareScreen(screenOf('one'))
    for (const transceiver of transceivers) transceiver.mid = '3'
    call.receive([])
    await call.shareScreen(screenOf('two'))
    await vi.waitFor(() => expect(screens()).toEqual(['3', null, '3']))
  })

  test('is told of anew where its section has become another', async () => {
    const { call, screens, transceivers } = sharing()
    await call.shareScreen(screenOf('one'))
    for (const mid of ['3', '4']) {
      for (const transceiver of transceivers) transceiver.mid = mid
      call.receive([])
    }
    await vi.waitFor(() => expect(screens()).toEqual(['3', '4']))
  })

  test('is one, though two are asked for at once', async () => {
    const { call, transceivers, removed } = sharing()
    await Promise.all([call.shareScreen(screenOf('one')), call.shareScreen(screenOf('two'))])
    expect(transceivers.length - removed.length).toBe(1)
  })

  test('ends with its track', async () => {
    const { call, events } = sharing()
    const stream = screenOf('mine')
    await call.shareScreen(stream)
    stream.getTracks()[0]?.dispatchEvent(new Event('ended'))
    expect(call.screen).toBeNull()
    expect(events.filter((type) => type === 'screen')).toHaveLength(2)
  })

  test('is stopped with the call where the call has opened it, and only there', async () => {
    for (const given of [undefined, screenOf('mine')]) {
      const { call, opened } = sharing()
      const stop = vi.spyOn((given ?? opened).getTracks()[0] ?? new FakeTrack('video'), 'stop')
      await call.shareScreen(given)
      call.end()
      expect(stop).toHaveBeenCalledTimes(given ? 0 : 1)
      expect(call.screen).toBeNull()
    }
  })

  test('is refused when the call ends while one is chosen or given up, and is not left open', async () => {
    const { call, opened } = sharing()
    await call.shareScreen(screenOf('mine'))
    const stop = vi.spyOn(opened.getTracks()[0] ?? new FakeTrack('video'), 'stop')
    const shared = call.shareScreen(undefined)
    await Promise.resolve()
    await Promise.resolve()
    call.end()
    await expect(shared).rejects.toMatchObject({ code: 'media-failed' })
    expect(stop).toHaveBeenCalled()
    expect(call.screen).toBeNull()
  })

  test('stays when what is to take its place has no picture', async () => {
    const { call } = sharing()
    const stream = await call.shareScreen(screenOf('mine'))
    await expect(call.shareScreen(new FakeStream([new FakeTrack('audio')]))).rejects.toThrow(/no picture/)
    expect(call.screen).toBe(stream)
  })

  test('is refused while there is no connection to show it on: the camera stays', async () => {
    const { call, replaced } = sharing({ isMade: false })
    await expect(call.shareScreen(screenOf('mine'))).rejects.toMatchObject({ code: 'media-failed' })
    expect(replaced).toEqual([])
    expect(call.screen).toBeNull()
  })

  test('takes the place of the camera with partners of other protocols, and gives it back', async () => {
    const { call, replaced, localStream, transceivers } = sharing({ isNative: false })
    const stream = screenOf('mine')
    await call.shareScreen(stream)
    await call.stopSharing()
    expect(replaced).toEqual([stream.getTracks()[0], localStream.getVideoTracks()[0]])
    expect(transceivers).toEqual([])
    expect(call.verification).toEqual({ state: 'unavailable' })
  })
})

describe('what comes in', () => {
  test("is the partner's screen where it says so, in whichever order that comes", async () => {
    for (const isToldFirst of [true, false]) {
      const { call, far, transceivers } = sharing()
      const [camera, screen] = ['1', '2'].map((mid) => transceiverOf(new FakeTrack('video', mid), mid))
      if (!camera || !screen) throw new Error('two are due')
      transceivers.push(camera, screen)
      const tell = () => far.send(JSON.stringify({ type: 'screen', mid: '2' }))
      if (isToldFirst) tell()
      await Promise.resolve()
      expect(call.receive([camera, screen])).toEqual([camera.receiver.track])
      if (!isToldFirst) tell()
      await vi.waitFor(() => expect(call.remoteScreen?.getTracks()).toEqual([screen.receiver.track]))
      far.send(JSON.stringify({ type: 'screen', mid: null }))
      await vi.waitFor(() => expect(call.remoteScreen).toBeNull())
    }
  })

  test("is the partner's camera, though one's own screen came before it", async () => {
    const { call, transceivers } = sharing()
    await call.shareScreen(screenOf('mine'))
    const camera = transceiverOf(new FakeTrack('video', 'camera'), '1')
    transceivers.push(camera)
    expect(call.receive([camera])).toEqual([camera.receiver.track])
  })
})

describe('what is muted', () => {
  test('is told, and is heard again after the call', async () => {
    const { call, heard, localStream } = sharing()
    const [microphone] = localStream.getAudioTracks()
    call.mute('audio')
    expect(microphone?.enabled).toBe(false)
    expect(call.muted).toEqual({ audio: true, video: false })
    await vi.waitFor(() => expect(heard).toContainEqual({ type: 'muted', audio: true, video: false }))
    call.end()
    expect(microphone?.enabled).toBe(true)
  })

  test('stays as it is after the call: its tracks are not its own any more', () => {
    const { call, localStream } = sharing()
    call.end()
    call.mute('audio')
    expect(localStream.getAudioTracks()[0]?.enabled).toBe(true)
  })

  test('leaves alone what the app has disabled by itself', () => {
    const { call, localStream } = sharing()
    for (const track of localStream.getAudioTracks()) track.enabled = false
    call.mute('audio')
    call.unmute('audio')
    expect(localStream.getAudioTracks()[0]?.enabled).toBe(false)
    expect(call.muted.audio).toBe(true)
  })
})
