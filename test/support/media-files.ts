/** Files to play, made on the spot, and a folder for them that goes with the test. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
  WebMOutputFormat
} from 'mediabunny'
import type { EncodedFrame } from '../../src/media/frame.ts'
import type { NodeTrack } from '../../src/rtc/media-stream.ts'
import { avcConfiguration, avcFrames, vp8Frames } from './media-vectors.ts'

export const mediaFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'patchcord-media-'))
  return {
    path,
    at: (name: string): string => join(path, name),
    files: async (): Promise<string[]> => (await readdir(path)).toSorted(),
    async write(name: string, content: Uint8Array | string): Promise<string> {
      await writeFile(join(path, name), content)
      return join(path, name)
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true })
  }
}

/** Packets of sound for whoever does not decode them, and knows one from another. */
export const soundPackets: readonly Uint8Array[] = Array.from({ length: 6 }, (_, at) =>
  Uint8Array.of(0xfc, at, at + 1, at + 2)
)

/** One picture each twentieth of a second, and one packet of sound each fiftieth. */
export const pictureSeconds = 0.05
export const soundSeconds = 0.02

interface Video {
  readonly codec: 'vp8' | 'vp9' | 'avc'
  readonly frames: readonly Uint8Array[]
  readonly config: VideoDecoderConfig
}

const size = { codedWidth: 16, codedHeight: 16 } as const

export const vp8Video: Video = { codec: 'vp8', frames: vp8Frames, config: { codec: 'vp8', ...size } }
export const vp9Video: Video = {
  codec: 'vp9',
  frames: vp8Frames,
  config: { codec: 'vp09.00.10.08', ...size }
}
export const avcVideo: Video = {
  codec: 'avc',
  frames: avcFrames,
  config: { codec: 'avc1.42c00a', ...size, description: Uint8Array.from(avcConfiguration) }
}

interface Contents {
  readonly video?: Video
  readonly hasSound?: boolean
}

const addVideo = async (source: EncodedVideoPacketSource, { frames, config }: Video): Promise<void> => {
  for (const [at, data] of frames.entries()) {
    const type = at === 0 ? 'key' : 'delta'
    await source.add(new EncodedPacket(data, type, at * pictureSeconds, pictureSeconds), {
      decoderConfig: config
    })
  }
}

const addSound = async (source: EncodedAudioPacketSource): Promise<void> => {
  const decoderConfig = { codec: 'opus', numberOfChannels: 2, sampleRate: 48_000 }
  for (const [at, data] of soundPackets.entries())
    await source.add(new EncodedPacket(data, 'key', at * soundSeconds, soundSeconds), { decoderConfig })
}

/** A WebM or an MP4 file. */
export const mediaFile = async (
  kind: 'webm' | 'mp4',
  { video, hasSound = false }: Contents
): Promise<Uint8Array> => {
  const target = new BufferTarget()
  const output = new Output({
    format: kind === 'webm' ? new WebMOutputFormat() : new Mp4OutputFormat(),
    target
  })
  const pictures = video && new EncodedVideoPacketSource(video.codec)
  const sound = hasSound ? new EncodedAudioPacketSource('opus') : null
  if (pictures) output.addVideoTrack(pictures)
  if (sound) output.addAudioTrack(sound)
  await output.start()
  if (pictures && video) await addVideo(pictures, video)
  if (sound) await addSound(sound)
  await output.finalize()
  return new Uint8Array(target.buffer ?? new ArrayBuffer())
}

/** What is written to a track from now on. */
export const framesOn = (track: NodeTrack | undefined): readonly EncodedFrame[] => {
  const frames: EncodedFrame[] = []
  track?.listen((frame) => frames.push(frame))
  return frames
}

export const trackOf = (tracks: readonly NodeTrack[], kind: 'audio' | 'video'): NodeTrack => {
  const track = tracks.find((candidate) => candidate.kind === kind)
  if (track === undefined) throw new Error(`there is no ${kind} track`)
  return track
}

/** Their times, counted from the first, in milliseconds. */
export const timesOf = (frames: readonly EncodedFrame[]): readonly number[] =>
  frames.map(({ time }) => Math.round((time - (frames[0]?.time ?? 0)) * 1_000))

export const bytesOf = (frames: readonly EncodedFrame[]): readonly Uint8Array[] =>
  frames.map(({ data }) => Uint8Array.from(data))
