import type { MockInstance } from 'vitest'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { FakeStream, FakeTrack } from '../../test/support/fake-media.ts'
import type { MediaKind, MediaProblem, WantedMedia } from '../client/media.ts'
import { LocalMedia } from './local-media.ts'
import { Preferences } from './preferences.ts'

beforeAll(() => void vi.stubGlobal('MediaStream', FakeStream))
afterAll(() => void vi.unstubAllGlobals())

interface Opened {
  readonly track: FakeTrack
  readonly stop: MockInstance<() => void>
}

/** Devices that open at once, and what was asked of them. `missing` can change on the way. */
const devicesOf = () => {
  const missing = new Set<MediaKind>()
  const asked: WantedMedia[] = []
  const opened: Opened[] = []
  const told: (readonly [MediaKind, MediaStreamTrack | null])[] = []
  const preferences = new Preferences({ getItem: () => null, setItem: () => {} }, [])
  const media = new LocalMedia(
    {
      openMedia: async (wanted) => {
        asked.push(wanted)
        const kinds = (['audio', 'video'] as const).filter((kind) => wanted[kind] !== false)
        const tracks = kinds.filter((kind) => !missing.has(kind)).map((kind) => new FakeTrack(kind))
        opened.push(...tracks.map((track) => ({ track, stop: vi.spyOn(track, 'stop') })))
        const problems = kinds
          .filter((kind) => missing.has(kind))
          .map((kind): MediaProblem => ({ kind, code: 'not-found' }))
        return { stream: new FakeStream(tracks), problems }
      },
      listDevices: async () => ({
        cameras: missing.has('video') ? [] : [{ id: 'door', label: 'Door' }],
        microphones: [{ id: 'desk', label: 'Desk' }],
        speakers: []
      }),
      pause: async () => {}
    },
    preferences
  )
  media.onTrack = (kind, track) => told.push([kind, track])
  return { media, missing, asked, opened, told, preferences }
}

const stopped = (opened: readonly Opened[]) => opened.map(({ stop }) => stop.mock.calls.length)

describe('local media', () => {
  test('open what is wanted, once, and stop all of it', async () => {
    const { media, asked, opened } = devicesOf()
    await media.open()
    await media.open()
    expect(asked).toEqual([{ audio: true, video: true }])
    expect(media.stream.value?.getTracks()).toEqual(opened.map(({ track }) => track))
    media.close()
    expect(stopped(opened)).toEqual([1, 1])
    expect(media.stream.value).toBeNull()
  })

  test('leave nothing running that opens after the close', async () => {
    const { media, opened } = devicesOf()
    const opening = media.open()
    await Promise.resolve()
    media.close()
    await opening
    expect(stopped(opened)).toEqual([1, 1])
    expect([media.audio.value, media.video.value]).toEqual([null, null])
  })

  test('leave the camera off that was switched off while it opened', async () => {
    const { media, opened } = devicesOf()
    const opening = media.open()
    await Promise.resolve()
    await media.setCamera(false)
    await opening
    expect(stopped(opened)).toEqual([0, 1])
  })

  test('keep a muted microphone open, and open the next one muted', async () => {
    const { media, opened } = devicesOf()
    await media.open()
    await media.setMicrophone(false)
    expect(opened[0]?.track.enabled).toBe(false)
    expect(stopped(opened)).toEqual([0, 0])
    media.close()
    await media.open()
    expect(media.audio.value?.enabled).toBe(false)
    await media.setMicrophone(true)
    expect(media.audio.value?.enabled).toBe(true)
  })

  test('send a black frame before the camera goes off, and a new camera when it is on again', async () => {
    const { media, opened, told } = devicesOf()
    await media.open()
    const off = media.setCamera(false)
    expect([opened[1]?.track.enabled, media.video.value]).toEqual([false, opened[1]?.track])
    await off
    expect(stopped(opened)).toEqual([0, 1])
    expect(told.at(-1)).toEqual(['video', null])
    await media.setCamera(true)
    expect(told.at(-1)).toEqual(['video', opened[2]?.track])
  })

  test('keep the camera that is switched on again before it was off', async () => {
    const { media, opened } = devicesOf()
    await media.open()
    await Promise.all([media.setCamera(false), media.setCamera(true)])
    expect([opened[1]?.track.enabled, media.video.value]).toEqual([true, opened[1]?.track])
  })

  test('go on with another device when one is unplugged', async () => {
    const { media, opened } = devicesOf()
    const lost = vi.fn()
    media.onLost = lost
    await media.open()
    opened[0]?.track.dispatchEvent(new Event('ended'))
    expect(media.audio.value).toBeNull()
    await vi.waitFor(() => expect(media.audio.value).toBe(opened[2]?.track))
    expect(lost).toHaveBeenCalledExactlyOnceWith('audio')
  })

  test('say what is missing, and take it when it comes', async () => {
    const { media, missing } = devicesOf()
    missing.add('video')
    await media.open()
    expect(media.problems.value).toEqual([{ kind: 'video', code: 'not-found' }])
    await media.refresh()
    expect(media.video.value).toBeNull()
    missing.clear()
    await media.refresh()
    expect(media.video.value).not.toBeNull()
    expect(media.problems.value).toEqual([])
  })

  test('miss no camera that is switched off', async () => {
    const { media, missing } = devicesOf()
    missing.add('video')
    await media.open()
    await media.setCamera(false)
    expect(media.problems.value).toEqual([])
  })

  test('exchange a device for the chosen one, and remember it', async () => {
    const { media, asked, opened, preferences } = devicesOf()
    await media.open()
    await media.choose('camera', 'door')
    expect(asked.at(-1)).toEqual({ audio: false, video: { deviceId: 'door' } })
    expect(stopped(opened)).toEqual([0, 1, 0])
    await media.choose('speaker', 'desk')
    expect([preferences.camera.value, preferences.speaker.value]).toEqual(['door', 'desk'])
    expect(asked).toHaveLength(2)
  })
})
