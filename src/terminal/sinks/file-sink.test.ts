import { existsSync } from 'node:fs'
import { readFile, symlink } from 'node:fs/promises'
import {
  ALL_FORMATS,
  type EncodedPacket,
  EncodedPacketSink,
  FilePathSource,
  Input,
  type InputTrack
} from 'mediabunny'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { mediaFolder, soundPackets } from '../../../test/support/media-files.ts'
import { h264Frames, vp8Frames } from '../../../test/support/media-vectors.ts'
import { annexBOf, annexBOfAvc, unitsOf } from '../../media/h264.ts'
import { NodeTrack } from '../../rtc/media-stream.ts'
import { partOf } from '../files.ts'
import { MediaError, clock } from '../sources/source.ts'
import { FileSink } from './file-sink.ts'

type Folder = Awaited<ReturnType<typeof mediaFolder>>
let folder: Folder
let video: NodeTrack
let audio: NodeTrack
let failed: (error: MediaError) => void

beforeEach(async () => {
  folder = await mediaFolder()
  video = new NodeTrack('video', { format: { codec: 'VP8' } })
  audio = new NodeTrack('audio', { format: { codec: 'opus' } })
  failed = vi.fn<(error: MediaError) => void>()
})
afterEach(() => folder[Symbol.asyncDispose]())

/** The third of the vectors, and so on. */
const picture = (at: number, time: number) => ({
  data: vp8Frames[at % 3] ?? new Uint8Array(),
  time,
  isKey: at % 3 === 0
})
const packet = (at: number, time: number) => ({
  data: soundPackets[at % 6] ?? new Uint8Array(),
  time,
  isKey: true
})

const lastUnit = (annexB: Uint8Array | null) => unitsOf(annexB ?? new Uint8Array()).at(-1)

const opened = (path: string, ...tracks: readonly NodeTrack[]): FileSink => {
  const sink = new FileSink(path, failed)
  for (const track of tracks) sink.take(track)
  return sink
}

const packetsOf = async (track: InputTrack | null): Promise<readonly EncodedPacket[]> => {
  const packets: EncodedPacket[] = []
  if (track?.isVideoTrack() || track?.isAudioTrack())
    for await (const one of new EncodedPacketSink(track).packets()) packets.push(one)
  return packets
}

const read = async (path: string) => {
  using input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS })
  const [pictures, sound] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()]
  return {
    codecs: [await pictures?.getCodec(), await sound?.getCodec()],
    size: [pictures?.codedWidth, pictures?.codedHeight],
    pictures: await packetsOf(pictures),
    sound: await packetsOf(sound)
  }
}

const complaintOf = async (sink: FileSink): Promise<string> => {
  const error: unknown = await sink.end().catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(MediaError)
  return error instanceof Error ? error.message : ''
}

const milliseconds = (packets: readonly EncodedPacket[]): readonly number[] =>
  packets.map(({ timestamp }) => Math.round((timestamp - (packets[0]?.timestamp ?? 0)) * 1_000))

describe('what is written is a WebM file', () => {
  test('with the picture and the sound as they came, and at their times', async () => {
    const path = folder.at('a.webm')
    const sink = opened(path, video, audio)
    for (let at = 0; at < 6; at += 1) {
      video.write(picture(at, 100 + at / 20))
      audio.write(packet(at, 7 + at / 50))
    }
    await sink.end()
    const { codecs, size, pictures, sound } = await read(path)
    expect(codecs).toEqual(['vp8', 'opus'])
    expect(size).toEqual([16, 16])
    expect(pictures.map(({ data }) => Buffer.from(data))).toEqual(
      [0, 1, 2, 0, 1, 2].map((at) => Buffer.from(vp8Frames[at] ?? []))
    )
    expect(pictures.map(({ type }) => type)).toEqual(['key', 'delta', 'delta', 'key', 'delta', 'delta'])
    expect(milliseconds(pictures)).toEqual([0, 50, 100, 150, 200, 250])
    expect(sound.map(({ data }) => Buffer.from(data))).toEqual(soundPackets.map((data) => Buffer.from(data)))
    expect(milliseconds(sound)).toEqual([0, 20, 40, 60, 80, 100])
    expect(sink.frames).toEqual({ audio: 6, video: 6 })
    expect(failed).not.toHaveBeenCalled()
    expect(await folder.files()).toEqual(['a.webm'])
  })

  test('that begins with a picture that stands for itself, whenever that comes', async () => {
    const path = folder.at('a.webm')
    const sink = opened(path, video, audio)
    for (const at of [1, 2, 3, 4]) video.write(picture(at, at / 20))
    audio.write(packet(0, 0))
    await sink.end()
    const { pictures } = await read(path)
    expect(pictures.map(({ type }) => type)).toEqual(['key', 'delta'])
    expect(sink.frames).toEqual({ audio: 1, video: 2 })
  })

  test('with times that only grow, whatever the other side says', async () => {
    const path = folder.at('a.webm')
    const sink = opened(path, video, audio)
    audio.write(packet(0, 0))
    for (const [at, time] of [5, 5, 4.9, 5.2].entries()) video.write(picture(at, time))
    await sink.end()
    const times = (await read(path)).pictures.map(({ timestamp }) => timestamp)
    expect(times.length).toBe(4)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(new Set(times).size).toBe(4)
  })

  test('with the sound alone, when only sound came', async () => {
    const path = folder.at('a.webm')
    const sink = opened(path, video, audio)
    for (let at = 0; at < 3; at += 1) audio.write(packet(at, at / 50))
    await sink.end()
    const { codecs, sound } = await read(path)
    expect(codecs).toEqual([undefined, 'opus'])
    expect(sound.length).toBe(3)
    expect(await folder.files()).toEqual(['a.webm'])
  })

  test('with the picture alone, when only pictures came', async () => {
    const path = folder.at('a.webm')
    const sink = opened(path, video)
    video.write(picture(0, 3))
    await sink.end()
    expect((await read(path)).codecs).toEqual(['vp8', undefined])
  })

  test('in the place of the one that was there', async () => {
    const path = await folder.write('a.webm', 'old')
    const sink = opened(path, video)
    video.write(picture(0, 0))
    expect(await readFile(path, 'utf8')).toBe('old')
    await sink.end()
    expect((await read(path)).pictures.length).toBe(1)
  })

  test('without what comes when it is over', async () => {
    const sink = opened(folder.at('a.webm'), video)
    video.write(picture(0, 0))
    const ending = sink.end()
    video.write(picture(1, 1))
    await ending
    video.write(picture(2, 2))
    expect(sink.frames.video).toBe(1)
  })
})

describe('nothing half-written is left', () => {
  test('when nothing came', async () => {
    const path = folder.at('a.webm')
    expect(await complaintOf(opened(path, video, audio))).toBe(`${path} cannot be written: nothing came.`)
    expect(await folder.files()).toEqual([])
  })

  test('when no picture that stands for itself came', async () => {
    const path = folder.at('a.webm')
    const sink = opened(path, video)
    video.write(picture(1, 0))
    expect(await complaintOf(sink)).toBe(`${path} cannot be written: nothing came.`)
    expect(await folder.files()).toEqual([])
  })

  test('when there is no such folder, which is told at once and once', async () => {
    const path = folder.at('none/a.webm')
    const sink = opened(path, video, audio)
    video.write(picture(0, 0))
    audio.write(packet(0, 0))
    await vi.waitFor(() => expect(failed).toHaveBeenCalledTimes(1), { timeout: 20_000 })
    video.write(picture(1, 1))
    expect(await complaintOf(sink)).toMatch(/none\/a\.webm cannot be written: there is no folder \S+none\.$/)
    expect(failed).toHaveBeenCalledTimes(1)
    expect(await folder.files()).toEqual([])
  })

  test('when what should be its folder is a file', async () => {
    const path = `${await folder.write('file', '')}/a.webm`
    const sink = opened(path, video)
    video.write(picture(0, 0))
    expect(await complaintOf(sink)).toMatch(/a\.webm cannot be written: \S+file is no folder\.$/)
    expect(await folder.files()).toEqual(['file'])
  })

  test.runIf(existsSync('/dev/full'))('when the disk is full', async () => {
    const path = folder.at('a.webm')
    await symlink('/dev/full', partOf(path))
    const sink = opened(path, video, audio)
    for (let at = 0; at < 6; at += 1) {
      video.write(picture(at, at / 20))
      audio.write(packet(at, at / 50))
    }
    expect(await complaintOf(sink)).toMatch(/a\.webm cannot be written: there is no space left/)
    expect(failed).toHaveBeenCalledTimes(1)
    expect(await folder.files()).toEqual([])
  })

  test('when its place is a folder', async () => {
    const sink = opened(folder.path, video)
    video.write(picture(0, 0))
    expect(await complaintOf(sink)).toBe(`${folder.path} cannot be written: ${folder.path} is no file.`)
    expect(existsSync(partOf(folder.path))).toBe(false)
  })

  test.runIf(existsSync('/dev/null'))('when its place is a device, which stays what it is', async () => {
    const path = folder.at('null.webm')
    await symlink('/dev/null', path)
    const sink = opened(path, video)
    video.write(picture(0, 0))
    expect(await complaintOf(sink)).toMatch(/null\.webm cannot be written: \S+null\.webm is no file\.$/)
    expect(await folder.files()).toEqual(['null.webm'])
  })

  test('when the other side sends H.264', async () => {
    const path = folder.at('a.webm')
    const sink = opened(path, video, audio)
    audio.write(packet(0, 0))
    video.write(picture(0, 0))
    video.format = { codec: 'H264' }
    video.write(picture(1, 0.1))
    expect(await complaintOf(sink)).toBe(
      `${path} is not written: the other side sends H264, which a WebM file does not hold, and an MP4 file (.mp4) may.`
    )
    expect(failed).toHaveBeenCalledTimes(1)
    expect(await folder.files()).toEqual([])
  })
})

describe('what has a name that ends in .mp4 is an MP4 file', () => {
  const inFile = { lengthBytes: 4, parameters: [] }

  test('with H.264 and the sound as they came, from the first picture on that brings its parameters', async () => {
    const path = folder.at('a.MP4')
    video.format = { codec: 'H264' }
    const sink = opened(path, video, audio)
    const bare = annexBOf(unitsOf(h264Frames[0] ?? new Uint8Array()).slice(3))
    video.write({ data: bare, time: 0, isKey: true })
    for (const [at, data] of h264Frames.entries()) video.write({ data, time: 1 + at / 5, isKey: at === 0 })
    for (let at = 0; at < 6; at += 1) audio.write(packet(at, 7 + at / 50))
    await sink.end()
    const { codecs, size, pictures, sound } = await read(path)
    expect(codecs).toEqual(['avc', 'opus'])
    expect(size).toEqual([16, 16])
    const written = pictures.map(({ data }) => lastUnit(annexBOfAvc(data, inFile)))
    expect(written).toEqual(h264Frames.map(lastUnit))
    expect(pictures.map(({ type }) => type)).toEqual(['key', 'delta', 'delta'])
    expect(milliseconds(pictures)).toEqual([0, 200, 400])
    expect(sound.map(({ data }) => Buffer.from(data))).toEqual(soundPackets.map((data) => Buffer.from(data)))
    expect(sink.frames).toEqual({ audio: 6, video: 3 })
    expect(await folder.files()).toEqual(['a.MP4'])
  })

  test('with VP8, if that is what came', async () => {
    const path = folder.at('a.mp4')
    const sink = opened(path, video, audio)
    for (let at = 0; at < 3; at += 1) video.write(picture(at, at / 20))
    audio.write(packet(0, 0))
    await sink.end()
    const { codecs, size, pictures } = await read(path)
    expect(codecs).toEqual(['vp8', 'opus'])
    expect(size).toEqual([16, 16])
    expect(pictures.map(({ data }) => Buffer.from(data))).toEqual(vp8Frames.map((data) => Buffer.from(data)))
  })

  test('and none, when the other side goes over to another codec', async () => {
    const path = folder.at('a.mp4')
    const sink = opened(path, video)
    video.write(picture(0, 0))
    video.format = { codec: 'H264' }
    video.write({ data: h264Frames[0] ?? new Uint8Array(), time: 1, isKey: true })
    expect(await complaintOf(sink)).toBe(`${path} is not written: the other side went over from VP8 to H264.`)
    expect(await folder.files()).toEqual([])
  })
})

test('a sound that is held back keeps no picture waiting: what has come is in the file', async () => {
  const path = folder.at('a.webm')
  const sink = opened(path, video, audio)
  audio.write(packet(0, 0))
  for (let at = 0; at < 30; at += 1) video.write(picture(at, at))
  await vi.waitFor(async () => expect((await readFile(partOf(path))).length).toBeGreaterThan(1_500), {
    timeout: 20_000
  })
  audio.write(packet(1, 30))
  await sink.end()
  const { pictures, sound } = await read(path)
  expect(pictures.length).toBe(30)
  expect(milliseconds(sound).at(-1)).toBe(30_000)
  expect(sink.frames).toEqual({ audio: 2, video: 30 })
})

test('the second kind may come later: until then the first is kept, and its time counts from the beginning', async () => {
  const path = folder.at('a.webm')
  const sink = opened(path, video, audio)
  const begun = clock()
  audio.write(packet(0, 0))
  await new Promise((resolve) => setTimeout(resolve, 60))
  const waited = clock() - begun
  video.write(picture(0, 50))
  await sink.end()
  const { pictures, sound } = await read(path)
  expect(sound[0]?.timestamp).toBe(0)
  expect(pictures[0]?.timestamp).toBeGreaterThan(0.05)
  expect(pictures[0]?.timestamp).toBeGreaterThanOrEqual(waited - 0.002)
})
