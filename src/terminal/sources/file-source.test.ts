import { describe, expect, test, vi } from 'vitest'
import {
  avcVideo,
  bytesOf,
  framesOn,
  mediaFile,
  mediaFolder,
  pictureSeconds,
  soundPackets,
  timesOf,
  trackOf,
  vp8Video,
  vp9Video
} from '../../../test/support/media-files.ts'
import { h264Frames, vp8Frames, vp8Ivf } from '../../../test/support/media-vectors.ts'
import { unitsOf } from '../../media/h264.ts'
import { openFile } from './file-source.ts'
import { MediaError, type Source } from './source.ts'

const once = { loops: false }
const patience = { timeout: 20_000 }

/** Resolves with what it says when it has come to its end. */
const played = (source: Source): Promise<MediaError | null> =>
  new Promise((resolve) => {
    source.start(resolve)
  })

const complaintOf = async (path: string): Promise<string> => {
  const error: unknown = await openFile(path, once).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(MediaError)
  return error instanceof Error ? error.message : ''
}

describe('a file is sent as it is, at its own pace:', () => {
  test('WebM with VP8 and Opus', async () => {
    await using folder = await mediaFolder()
    const path = await folder.write('a.webm', await mediaFile('webm', { video: vp8Video, hasSound: true }))
    const source = await openFile(path, once)
    const [video, audio] = [trackOf(source.tracks, 'video'), trackOf(source.tracks, 'audio')]
    expect([video.format, audio.format]).toEqual([{ codec: 'VP8' }, { codec: 'opus' }])
    const [pictures, sound] = [framesOn(video), framesOn(audio)]
    expect(await played(source)).toBeNull()
    expect(bytesOf(pictures)).toEqual(bytesOf(vp8Frames.map((data) => ({ data, time: 0, isKey: true }))))
    expect(pictures.map(({ isKey }) => isKey)).toEqual([true, false, false])
    expect(timesOf(pictures)).toEqual([0, 50, 100])
    expect(bytesOf(sound)).toEqual(soundPackets)
    expect(timesOf(sound)).toEqual([0, 20, 40, 60, 80, 100])
    // Both begin together.
    expect(sound[0]?.time).toBeCloseTo(pictures[0]?.time ?? NaN, 6)
    await source.close()
  })

  test('MP4 with H.264, with its parameters before the key frame and start codes for lengths', async () => {
    await using folder = await mediaFolder()
    const path = await folder.write('a.mp4', await mediaFile('mp4', { video: avcVideo, hasSound: true }))
    const source = await openFile(path, once)
    const track = trackOf(source.tracks, 'video')
    const pictures = framesOn(track)
    expect(track.format).toEqual({ codec: 'H264' })
    expect(await played(source)).toBeNull()
    expect(pictures.map(({ data }) => unitsOf(data))).toEqual(h264Frames.map(unitsOf))
    expect(timesOf(pictures)).toEqual([0, 50, 100])
    await source.close()
  })

  test('IVF', async () => {
    await using folder = await mediaFolder()
    const source = await openFile(await folder.write('a.ivf', vp8Ivf), once)
    const pictures = framesOn(source.tracks[0])
    expect(await played(source)).toBeNull()
    expect(bytesOf(pictures)).toEqual(bytesOf(vp8Frames.map((data) => ({ data, time: 0, isKey: true }))))
    expect(pictures.map(({ isKey }) => isKey)).toEqual([true, false, false])
    expect(timesOf(pictures)).toEqual([0, 200, 400])
    await source.close()
  })

  test('sound alone', async () => {
    await using folder = await mediaFolder()
    const source = await openFile(
      await folder.write('a.webm', await mediaFile('webm', { hasSound: true })),
      once
    )
    expect(source.tracks.map(({ kind }) => kind)).toEqual(['audio'])
    const sound = framesOn(source.tracks[0])
    expect(await played(source)).toBeNull()
    expect(bytesOf(sound)).toEqual(soundPackets)
    await source.close()
  })
})

const short = async (folder: Awaited<ReturnType<typeof mediaFolder>>) =>
  folder.write('a.webm', await mediaFile('webm', { video: vp8Video }))

describe('a file', () => {
  test('begins anew with each call', async () => {
    await using folder = await mediaFolder()
    const source = await openFile(await short(folder), once)
    const pictures = framesOn(source.tracks[0])
    await played(source)
    await played(source)
    expect(pictures.map(({ isKey }) => isKey)).toEqual([true, false, false, true, false, false])
    await source.close()
  })

  test('goes round and round where it should, on a clock that only ever grows', async () => {
    await using folder = await mediaFolder()
    const source = await openFile(await short(folder), { loops: true })
    const pictures = framesOn(source.tracks[0])
    const ended = vi.fn<() => void>()
    source.start(ended)
    await vi.waitFor(() => expect(pictures.length).toBeGreaterThan(6), patience)
    await source.close()
    expect(ended).not.toHaveBeenCalled()
    expect(pictures.map(({ isKey }) => isKey).slice(0, 7)).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
      true
    ])
    const steps = pictures.slice(1).map(({ time }, at) => time - (pictures[at]?.time ?? NaN))
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(pictureSeconds - 0.001)
  })

  test('without a single frame does not go round and round for nothing', async () => {
    await using folder = await mediaFolder()
    const source = await openFile(await folder.write('a.ivf', vp8Ivf.subarray(0, 32)), { loops: true })
    expect(await played(source)).toBeNull()
    await source.close()
  })

  test('is not heard of any more once it has been stopped', async () => {
    await using folder = await mediaFolder()
    const source = await openFile(await short(folder), { loops: true })
    const pictures = framesOn(source.tracks[0])
    const ended = vi.fn<() => void>()
    source.start(ended)
    await vi.waitFor(() => expect(pictures.length).toBeGreaterThan(0), patience)
    source.stop()
    const { length } = pictures
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(pictures.length).toBe(length)
    expect(ended).not.toHaveBeenCalled()
    await source.close()
  })

  test('that ends in the middle of a frame is played until there', async () => {
    await using folder = await mediaFolder()
    const source = await openFile(await folder.write('a.ivf', vp8Ivf.subarray(0, 165)), once)
    const pictures = framesOn(source.tracks[0])
    expect(await played(source)).toBeNull()
    expect(pictures.length).toBe(2)
    await source.close()
  })

  test('that has been cut ends, with or without a sentence, and breaks nothing', async () => {
    await using folder = await mediaFolder()
    const whole = await mediaFile('webm', { video: vp8Video, hasSound: true })
    for (const share of [0.1, 0.3, 0.5, 0.7, 0.9, 0.98]) {
      const path = await folder.write('cut.webm', whole.subarray(0, Math.floor(whole.length * share)))
      const opened: unknown = await openFile(path, once).catch((error: unknown) => error)
      if (opened instanceof MediaError) continue
      const source = await openFile(path, once)
      const error = await played(source)
      if (error !== null) expect(error.message).toMatch(/cut\.webm cannot be played to its end: .*\.$/)
      await source.close()
    }
  })

  test('that breaks off while it is played says so', async () => {
    await using folder = await mediaFolder()
    const broken = Uint8Array.from(vp8Ivf)
    // The length of the second frame.
    broken.fill(0xff, 124, 128)
    const source = await openFile(await folder.write('a.ivf', broken), once)
    const error = await played(source)
    expect(error).toBeInstanceOf(MediaError)
    expect(error?.message).toMatch(/a\.ivf cannot be played to its end: This IVF file is broken: .*[^.]\.$/)
    await source.close()
  })

  test('that has gone since it was opened says so', async () => {
    const folder = await mediaFolder()
    const source = await openFile(await folder.write('a.ivf', vp8Ivf), once)
    await folder[Symbol.asyncDispose]()
    expect((await played(source))?.message).toMatch(/a\.ivf cannot be played to its end: ENOENT/)
    await source.close()
  })
})

describe('one sentence says why a file cannot be sent:', () => {
  test('there is none', async () => {
    await using folder = await mediaFolder()
    expect(await complaintOf(folder.at('none.webm'))).toBe(
      `${folder.at('none.webm')} cannot be read: there is no such file.`
    )
    expect(await complaintOf('')).toMatch(/cannot be read: there is no such file\.$/)
  })

  test('it is a folder', async () => {
    await using folder = await mediaFolder()
    expect(await complaintOf(folder.path)).toBe(`${folder.path} cannot be read: it is a folder.`)
  })

  test('it is text, or empty', async () => {
    await using folder = await mediaFolder()
    const text = await folder.write(
      'a.txt',
      'This is no video, and was never meant to be one, whoever says so.'
    )
    const empty = await folder.write('empty.webm', '')
    for (const path of [text, empty])
      expect(await complaintOf(path)).toBe(
        `${path} is no video: WebM, Matroska, MP4, MPEG-TS, Ogg or IVF is due.`
      )
  })

  test('it is the very beginning of an IVF file', async () => {
    await using folder = await mediaFolder()
    const path = await folder.write('a.ivf', vp8Ivf.subarray(0, 20))
    expect(await complaintOf(path)).toMatch(/ is no video: /)
  })

  test('it holds VP9', async () => {
    await using folder = await mediaFolder()
    const webm = await folder.write('a.webm', await mediaFile('webm', { video: vp9Video }))
    const head = Uint8Array.from(vp8Ivf)
    head.set(Buffer.from('VP90'), 8)
    const ivf = await folder.write('a.ivf', head)
    expect(await complaintOf(webm)).toMatch(
      / holds vp9, which no call carries: send it with --source ffmpeg:FILE, /
    )
    expect(await complaintOf(ivf)).toMatch(
      / holds VP90, which no call carries: send it with --source ffmpeg:FILE, /
    )
  })
})
