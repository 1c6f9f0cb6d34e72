import { afterEach, expect, test, vi } from 'vitest'
import { FakeTrack } from '../../../test/support/fake-media.ts'
import { painted } from '../../../test/support/pictures.ts'
import type { EncodedFrame, MediaKind } from '../../media/frame.ts'
import { type Size, packed } from '../../media/picture.ts'
import { readVp8Header } from '../../media/vp8.ts'
import type { RawSink } from './library.ts'
import { ReceivedTrack } from './received-track.ts'

class FakeSink extends EventTarget implements RawSink {
  static readonly open = new Set<FakeSink>()

  constructor() {
    super()
    FakeSink.open.add(this)
  }

  stop(): void {
    FakeSink.open.delete(this)
  }

  static tell(type: 'frame' | 'data', fields: object): void {
    for (const sink of this.open) sink.dispatchEvent(Object.assign(new Event(type), fields))
  }
}

const receive = (kind: MediaKind) => {
  const native = new FakeTrack(kind)
  return { native, track: new ReceivedTrack({ RTCVideoSink: FakeSink, RTCAudioSink: FakeSink }, native) }
}

const showPicture = (size: Size): void =>
  FakeSink.tell('frame', {
    frame: { ...size, rotation: 0, data: packed(painted(size, () => [100, 128, 128])) }
  })

afterEach(() => {
  expect(FakeSink.open.size).toBe(0)
})

const soundFields = { samples: new Int16Array(960), sampleRate: 48_000, channelCount: 2 }

const small = { width: 32, height: 24 }

test('nothing is taken from libwebrtc while nobody wants it', () => {
  const { track } = receive('video')
  expect(FakeSink.open.size).toBe(0)
  const stops = [track.listen(() => {}), track.count(() => {}), track.listen(() => {})]
  expect(FakeSink.open.size).toBe(1)
  for (const stop of stops) stop()
  for (const stop of stops) stop()
  expect(FakeSink.open.size).toBe(0)
})

test('whoever only counts has nothing encoded for it', async () => {
  const { track } = receive('video')
  const write = vi.spyOn(track, 'write')
  let pictures = 0
  const stop = track.count(() => (pictures += 1))
  for (let times = 0; times < 3; times += 1) showPicture(small)
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(pictures).toBe(3)
  expect(write).not.toHaveBeenCalled()
  stop()
})

test('whoever begins to listen, or asks, gets a picture that stands for itself; also when its size changes', async () => {
  const { track } = receive('video')
  let frames: readonly EncodedFrame[] = []
  /** Shows it until there is such a frame, and answers with all that came until then. */
  const show = async (
    size: Size,
    wanted: (frame: EncodedFrame) => boolean
  ): Promise<readonly EncodedFrame[]> => {
    frames = []
    await vi.waitFor(() => {
      showPicture(size)
      expect(frames.some(wanted)).toBe(true)
    })
    return frames
  }
  const listen = () => track.listen((frame) => (frames = [...frames, frame]))
  const stop = listen()
  const [first, ...rest] = await show(small, ({ isKey }) => !isKey)
  expect(first).toMatchObject({ isKey: true })
  expect(rest.every(({ isKey }) => !isKey)).toBe(true)
  track.requestKeyFrame()
  await show(small, ({ isKey }) => isKey)
  const odd = { width: 33, height: 17 }
  await show(odd, ({ data }) => readVp8Header(data)?.width === odd.width)
  stop()
  await new Promise((resolve) => setTimeout(resolve, 100))
  const stopAgain = listen()
  const [again] = await show(small, () => true)
  expect(again).toMatchObject({ isKey: true })
  stopAgain()
})

test('a picture that lies on its side is turned', async () => {
  const { track } = receive('video')
  const sizes: (number | null)[] = []
  const stop = track.listen(({ data, isKey }) => isKey && sizes.push(readVp8Header(data)?.width ?? null))
  await vi.waitFor(() => {
    const data = packed(painted(small, () => [100, 128, 128]))
    FakeSink.tell('frame', { frame: { ...small, rotation: 90, data } })
    expect(sizes).toEqual([small.height])
  })
  stop()
})

test('sound that comes in a heap after a pause is partly left out, and its time never goes back', async () => {
  const { track } = receive('audio')
  const times: number[] = []
  const stop = track.listen(({ time }) => times.push(time))
  for (let times = 0; times < 140; times += 1) FakeSink.tell('data', soundFields)
  await new Promise((resolve) => setTimeout(resolve, 300))
  FakeSink.tell('data', soundFields)
  FakeSink.tell('data', soundFields)
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(times.length).toBeGreaterThan(9)
  expect(times.length).toBeLessThan(30)
  expect(times).toEqual(times.toSorted((one, other) => one - other))
  stop()
})

test('sound of any kind becomes packets of twenty milliseconds, one after the other', async () => {
  const { track } = receive('audio')
  const frames: EncodedFrame[] = []
  let counted = 0
  const stops = [track.listen((frame) => frames.push(frame)), track.count(() => (counted += 1))]
  for (let times = 0; times < 10; times += 1) FakeSink.tell('data', soundFields)
  await vi.waitFor(() => expect(frames).toHaveLength(5))
  expect(counted).toBe(5)
  const [first, second] = frames
  expect((second?.time ?? 0) - (first?.time ?? 0)).toBeCloseTo(0.02)
  for (let times = 0; times < 10; times += 1)
    FakeSink.tell('data', { samples: new Int16Array(80), sampleRate: 8_000, channelCount: 1 })
  await vi.waitFor(() => expect(frames).toHaveLength(10))
  for (const stop of stops) stop()
})

test.each([
  ['frame', {}],
  ['frame', { frame: { width: 4, height: 4, data: new Uint8Array(3) } }],
  ['frame', { frame: { width: '4', height: 4, data: new Uint8Array(24) } }],
  ['data', { samples: [0, 0], sampleRate: 48_000, channelCount: 1 }],
  ['data', {}]
] as const)('what makes no sense is nothing: %s %j', async (type, fields) => {
  const { track } = receive(type === 'frame' ? 'video' : 'audio')
  const heard = vi.fn()
  const stop = track.listen(heard)
  FakeSink.tell(type, fields)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(heard).not.toHaveBeenCalled()
  stop()
})

test.each<[string, (ends: ReturnType<typeof receive>) => void]>([
  ['it has ended', ({ track }) => track.end()],
  ['it is closed', ({ track }) => void track.close()],
  ['it is stopped', ({ track }) => track.stop()]
])('once %s, nothing more is taken, whoever still listens', (_how, end) => {
  const ends = receive('video')
  ends.track.listen(() => {})
  ends.track.count(() => {})
  expect(FakeSink.open.size).toBe(1)
  end(ends)
  expect(FakeSink.open.size).toBe(0)
  expect(ends.track.readyState).toBe('ended')
  ends.track.listen(() => {})
  expect(FakeSink.open.size).toBe(0)
})
