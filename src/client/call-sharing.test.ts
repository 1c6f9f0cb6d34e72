import { describe, expect, test, vi } from 'vitest'
import { channelPair } from '../../test/support/fake-channel.ts'
import { FakeStream, FakeTrack, fakeCamera } from '../../test/support/fake-media.ts'
import { memoryWorld } from '../../test/support/memory-world.ts'
import { type ControlMessage, decodeControl } from '../dialects/channel.ts'
import { CallMedia } from './call-media.ts'
import { CallSharing } from './call-sharing.ts'
import type { CallError } from './errors.ts'
import type { MediaPort } from './peer-connection.ts'
import { type Transceiver, dataOf } from './platform.ts'
import type { CallEvents } from './types.ts'

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
  const extra = new Set<Transceiver>()
  const removed = () => transceivers.filter(({ direction }) => direction === 'inactive')
  const port: MediaPort = {
    connection: {
      createDataChannel: (_, { id }) => (id === 0 ? near : files),
      getTransceivers: () => transceivers,
      currentLocalDescription: null,
      currentRemoteDescription: null
    },
    extra,
    addTrack(track) {
      const [idle] = removed()
      const transceiver = idle ?? transceiverOf(track, null)
      if (!idle) transceivers.push(transceiver)
      transceiver.direction = 'sendonly'
      extra.add(transceiver)
      return transceiver
    }
  }
  const replaced: (MediaStreamTrack | null)[] = []
  const events: string[] = []
  /** What the call has for all to see. */
  const seen: Partial<CallEvents['muted'] & CallEvents['screen'] & CallEvents['verification']> = {}
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
    emit: (type) => events.push(type),
    show(type, detail) {
      events.push(type)
      Object.assign(seen, detail)
    }
  })
  if (isMade) call.made(port)
  call.accept()
  near.open()
  const screens = () => heard.flatMap((message) => (message.type === 'screen' ? [message.mid] : []))
  return { call, seen, far, heard, screens, transceivers, removed, replaced, events, opened, localStream }
}

describe('a screen that is shown', () => {
  test('is told of once its section is known, and when it is gone', async () => {
    const { call, seen, screens, transceivers, removed } = sharing()
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
    expect(removed()).toEqual([transceiver])
    expect(seen.screen).toBeNull()
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
    expect(transceivers.length - removed().length).toBe(1)
  })

  test('ends with its track', async () => {
    const { call, seen, events } = sharing()
    const stream = screenOf('mine')
    await call.shareScreen(stream)
    stream.getTracks()[0]?.dispatchEvent(new Event('ended'))
    expect(seen.screen).toBeNull()
    expect(events.filter((type) => type === 'screen')).toHaveLength(2)
  })

  test('is stopped with the call where the call has opened it, and only there', async () => {
    for (const given of [undefined, screenOf('mine')]) {
      const { call, seen, opened } = sharing()
      const stop = vi.spyOn((given ?? opened).getTracks()[0] ?? new FakeTrack('video'), 'stop')
      await call.shareScreen(given)
      call.end()
      expect(stop).toHaveBeenCalledTimes(given ? 0 : 1)
      expect(seen.screen).toBeNull()
    }
  })

  test('is refused when the call ends while one is chosen or given up, and is not left open', async () => {
    const { call, seen, opened } = sharing()
    await call.shareScreen(screenOf('mine'))
    const stop = vi.spyOn(opened.getTracks()[0] ?? new FakeTrack('video'), 'stop')
    const shared = call.shareScreen(undefined)
    await Promise.resolve()
    await Promise.resolve()
    call.end()
    await expect(shared).rejects.toMatchObject({ code: 'media-failed' })
    expect(stop).toHaveBeenCalled()
    expect(seen.screen).toBeNull()
  })

  test('stays when what is to take its place has no picture', async () => {
    const { call, seen } = sharing()
    const stream = await call.shareScreen(screenOf('mine'))
    await expect(call.shareScreen(new FakeStream([new FakeTrack('audio')]))).rejects.toThrow(/no picture/)
    expect(seen.screen).toBe(stream)
  })

  test('is refused while there is no connection to show it on: the camera stays', async () => {
    const { call, replaced, events } = sharing({ isMade: false })
    await expect(call.shareScreen(screenOf('mine'))).rejects.toMatchObject({ code: 'media-failed' })
    expect(replaced).toEqual([])
    expect(events).toEqual([])
  })

  test('takes the place of the camera with partners of other protocols, and gives it back', async () => {
    const { call, replaced, localStream, transceivers } = sharing({ isNative: false })
    const stream = screenOf('mine')
    await call.shareScreen(stream)
    await call.stopSharing()
    expect(replaced).toEqual([stream.getTracks()[0], localStream.getVideoTracks()[0]])
    expect(transceivers).toEqual([])
  })
})

/** One side of a call with a partner of another protocol, which has opened the camera by itself. */
const withOwnCamera = async () => {
  const camera = new FakeTrack('video', 'camera')
  const { platform } = memoryWorld()
  vi.spyOn(platform, 'devices').mockReturnValue({
    getUserMedia: () => Promise.resolve(new FakeStream([camera])),
    enumerateDevices: () => Promise.resolve([])
  })
  const problems: CallError[] = []
  const media = new CallMedia(
    {
      platform,
      options: {},
      bundles: false,
      ask: () => {},
      made: (port) => call.made(port),
      hear: () => {},
      receive: () => {},
      report: () => {}
    },
    []
  )
  const call = new CallSharing({
    platform,
    media,
    role: () => 'caller',
    isNative: false,
    emit: (_, detail) => {
      if ('error' in detail) problems.push(detail.error)
    },
    show: () => {}
  })
  await media.send({ video: true })
  media.open({ role: 'caller', polite: true, prepares: 'no' })
  call.accept()
  const sent = () =>
    media.connection?.connection.getTransceivers().flatMap(({ sender }) => sender.track ?? [])
  return { call, media, camera, problems, sent }
}

describe('a screen in the place of a camera that the call has opened', () => {
  test('gives that back as it was, and the end of the call stops it', async () => {
    const { call, media, camera, sent } = await withOwnCamera()
    const stream = screenOf('mine')
    await call.shareScreen(stream)
    expect(sent()).toEqual(stream.getTracks())
    await call.stopSharing()
    expect(sent()).toEqual([camera])
    expect([camera.readyState, media.localStream?.getTracks()]).toEqual(['live', [camera]])
    media.end()
    expect(camera.readyState).toBe('ended')
  })

  test("is a problem when the browser's own button ends it and the camera has ended meanwhile", async () => {
    const { call, camera, problems } = await withOwnCamera()
    const stream = screenOf('mine')
    await call.shareScreen(stream)
    camera.stop()
    stream.getTracks()[0]?.dispatchEvent(new Event('ended'))
    await vi.waitFor(() => expect(problems.map(({ code }) => code)).toEqual(['media-failed']))
  })
})

test('nothing can be said to partners of other protocols, nor before there is media', async () => {
  for (const { call } of [sharing({ isNative: false }), sharing({ isMade: false })]) {
    expect(() => call.sendMessage('x')).toThrow(/to one that can read it/)
    await expect(call.sendFile(new Blob(['x']), 'a', {})).rejects.toMatchObject({ code: 'not-connected' })
  }
})

describe('what comes in', () => {
  test("is the partner's screen where it says so, in whichever order that comes", async () => {
    for (const isToldFirst of [true, false]) {
      const { call, seen, far, transceivers } = sharing()
      const [camera, screen] = ['1', '2'].map((mid) => transceiverOf(new FakeTrack('video', mid), mid))
      if (!camera || !screen) throw new Error('two are due')
      transceivers.push(camera, screen)
      const tell = () => far.send(JSON.stringify({ type: 'screen', mid: '2' }))
      if (isToldFirst) tell()
      await Promise.resolve()
      call.receive([camera, screen])
      expect(call.tracks()).toEqual([camera.receiver.track])
      if (!isToldFirst) tell()
      await vi.waitFor(() => expect(seen.remoteScreen?.getTracks()).toEqual([screen.receiver.track]))
      far.send(JSON.stringify({ type: 'screen', mid: null }))
      await vi.waitFor(() => expect(seen.remoteScreen).toBeNull())
    }
  })

  test("is the partner's camera, though one's own screen came before it", async () => {
    const { call, transceivers } = sharing()
    await call.shareScreen(screenOf('mine'))
    const camera = transceiverOf(new FakeTrack('video', 'camera'), '1')
    transceivers.push(camera)
    call.receive([camera])
    expect(call.tracks()).toEqual([camera.receiver.track])
  })
})

describe('what is muted', () => {
  test('is told, and is heard again after the call', async () => {
    const { call, seen, heard, localStream } = sharing()
    const [microphone] = localStream.getAudioTracks()
    call.mute('audio')
    expect(microphone?.enabled).toBe(false)
    expect(seen.muted).toEqual({ audio: true, video: false })
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
    const { call, seen, localStream } = sharing()
    for (const track of localStream.getAudioTracks()) track.enabled = false
    call.mute('audio')
    call.unmute('audio')
    expect(localStream.getAudioTracks()[0]?.enabled).toBe(false)
    expect(seen.muted?.audio).toBe(true)
  })
})
