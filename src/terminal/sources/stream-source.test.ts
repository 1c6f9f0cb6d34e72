import { PassThrough, Readable } from 'node:stream'
import { describe, expect, test, vi } from 'vitest'
import {
  avcVideo,
  bytesOf,
  framesOn,
  mediaFile,
  soundPackets,
  timesOf,
  trackOf,
  vp8Video,
  vp9Video
} from '../../../test/support/media-files.ts'
import { h264Frames, vp8Frames, vp8Ivf } from '../../../test/support/media-vectors.ts'
import { unitsOf } from '../../media/h264.ts'
import { MediaError, type Source } from './source.ts'
import { openStream } from './stream-source.ts'

const patience = { timeout: 20_000 }

/** In pieces that respect nothing. */
const pipeOf = (bytes: Uint8Array, pieceBytes = 7): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, at) =>
      Buffer.from(bytes.subarray(at * pieceBytes, (at + 1) * pieceBytes))
    )
  )

const played = (source: Source): Promise<MediaError | null> =>
  new Promise((resolve) => {
    source.start(resolve)
  })

const complaintOf = async (stream: Readable): Promise<string> => {
  const error: unknown = await openStream(stream).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(MediaError)
  return error instanceof Error ? error.message : ''
}

describe('what comes through a pipe is sent as it is:', () => {
  test('WebM', async () => {
    const source = await openStream(pipeOf(await mediaFile('webm', { video: vp8Video, hasSound: true })))
    const pictures = framesOn(trackOf(source.tracks, 'video'))
    const sound = framesOn(trackOf(source.tracks, 'audio'))
    expect(await played(source)).toBeNull()
    expect(bytesOf(pictures)).toEqual(vp8Frames.map((data) => Uint8Array.from(data)))
    expect(bytesOf(sound)).toEqual(soundPackets)
    expect(timesOf(pictures)).toEqual([0, 50, 100])
    await source.close()
  })

  test('MP4', async () => {
    const source = await openStream(pipeOf(await mediaFile('mp4', { video: avcVideo }), 1_000))
    expect(source.tracks.map(({ format }) => format)).toEqual([{ codec: 'H264' }])
    const pictures = framesOn(source.tracks[0])
    expect(await played(source)).toBeNull()
    expect(pictures.map(({ data }) => unitsOf(data))).toEqual(h264Frames.map(unitsOf))
    await source.close()
  })

  test.each([1, 31, 32, 33, 10_000])('IVF, in pieces of %i bytes', async (pieceBytes) => {
    const source = await openStream(pipeOf(vp8Ivf, pieceBytes))
    const pictures = framesOn(source.tracks[0])
    expect(await played(source)).toBeNull()
    expect(bytesOf(pictures)).toEqual(vp8Frames.map((data) => Uint8Array.from(data)))
    expect(timesOf(pictures)).toEqual([0, 200, 400])
    await source.close()
  })
})

test('frames are sent while the pipe is still open', async () => {
  const pipe = new PassThrough()
  pipe.write(vp8Ivf.subarray(0, 130))
  const source = await openStream(pipe)
  const pictures = framesOn(source.tracks[0])
  const ended = vi.fn<(error: MediaError | null) => void>()
  source.start(ended)
  await vi.waitFor(() => expect(pictures.length).toBe(1), patience)
  pipe.end(vp8Ivf.subarray(130))
  await vi.waitFor(() => expect(ended).toHaveBeenCalledWith(null), patience)
  expect(pictures.length).toBe(3)
})

test('the next call goes on where the last one stopped, and loses nothing between', async () => {
  const pipe = new PassThrough()
  pipe.write(vp8Ivf.subarray(0, 130))
  const source = await openStream(pipe)
  const pictures = framesOn(source.tracks[0])
  source.start(() => {})
  await vi.waitFor(() => expect(pictures.length).toBe(1), patience)
  source.stop()
  // Nothing is heard while there is no call.
  pipe.end(vp8Ivf.subarray(130))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(pictures.length).toBe(1)
  expect(await played(source)).toBeNull()
  expect(bytesOf(pictures)).toEqual(vp8Frames.map((data) => Uint8Array.from(data)))
  expect(await played(source)).toBeNull()
  expect(pictures.length).toBe(3)
})

test('a pipe that breaks says so', async () => {
  const pipe = new PassThrough()
  pipe.write(vp8Ivf.subarray(0, 130))
  const source = await openStream(pipe)
  const pictures = framesOn(source.tracks[0])
  const ending = played(source)
  await vi.waitFor(() => expect(pictures.length).toBe(1), patience)
  pipe.destroy(new Error('The cable is cut.'))
  expect((await ending)?.message).toBe('What came in cannot be played to its end: The cable is cut.')
})

test('whoever closes it lets go of the pipe', async () => {
  const pipe = new PassThrough()
  pipe.write(vp8Ivf.subarray(0, 130))
  const source = await openStream(pipe)
  await source.close()
  expect(pipe.destroyed).toBe(true)
})

describe('one sentence says why a pipe cannot be sent:', () => {
  const noVideo = 'What came in is no video: WebM, Matroska, MP4, MPEG-TS, Ogg or IVF is due.'
  const vp9Ivf = Uint8Array.from(vp8Ivf)
  vp9Ivf.set(Buffer.from('VP90'), 8)

  test.each<[string, Readable]>([
    ['nothing comes', Readable.from([])],
    ['next to nothing comes', pipeOf(vp8Ivf.subarray(0, 31))],
    ['text comes', Readable.from(['This is no video, ', 'and was never meant to be one, whoever says so.'])]
  ])('%s', async (_name, pipe) => {
    expect(await complaintOf(pipe)).toBe(noVideo)
  })

  test('VP9 comes', async () => {
    expect(await complaintOf(pipeOf(vp9Ivf))).toMatch(/^What came in holds VP90, which no call carries: /)
    expect(await complaintOf(pipeOf(await mediaFile('webm', { video: vp9Video })))).toMatch(
      /^What came in holds vp9, which no call carries: /
    )
  })
})
