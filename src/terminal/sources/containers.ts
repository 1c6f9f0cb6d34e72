/** What a call can carry of WebM, Matroska, MP4, MPEG-TS, Ogg (by mediabunny) and IVF: frames as they are, without a codec. */
import { EncodedPacketSink, type Input, type InputAudioTrack, type InputVideoTrack } from 'mediabunny'
import type { Codec, EncodedFrame } from '../../media/frame.ts'
import { annexBOfAvc, isH264Key, readAvcConfiguration } from '../../media/h264.ts'
import { IvfReader } from '../../media/ivf.ts'
import { readVp8Header } from '../../media/vp8.ts'
import { MediaError } from './source.ts'

/** What mediabunny calls the codecs that a call can carry. */
const codecs: Readonly<Record<string, Codec>> = { vp8: 'VP8', avc: 'H264', opus: 'opus' }
const fourccs: Readonly<Record<string, Codec>> = { VP80: 'VP8', H264: 'H264' }

export type Frames = AsyncGenerator<EncodedFrame, void, void>
export type InputTrack = InputVideoTrack | InputAudioTrack

export interface Found {
  readonly codec: Codec
  readonly track: InputTrack
}

const unsendable = (name: string, codec: string): MediaError =>
  new MediaError(
    `${name} holds ${codec}, which no call carries: send it with --source ffmpeg:FILE, or convert it to VP8 and Opus before.`
  )

export const noVideo = (name: string): MediaError =>
  new MediaError(`${name} is no video: WebM, Matroska, MP4, MPEG-TS, Ogg or IVF is due.`)

/** The tracks of a container. Throws a `MediaError` for what is none, or holds what no call carries. */
export const findTracks = async (input: Input, name: string): Promise<readonly Found[]> => {
  try {
    return await readTracks(input, name)
  } catch (cause) {
    if (cause instanceof MediaError) throw cause
    throw new MediaError(`${name} is broken: send it with --source ffmpeg:FILE, or convert it before.`, {
      cause
    })
  }
}

const readTracks = async (input: Input, name: string): Promise<readonly Found[]> => {
  if (!(await input.canRead())) throw noVideo(name)
  const found: Found[] = []
  for (const track of [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()]) {
    if (track === null) continue
    const called = (await track.getCodec()) ?? 'something unknown'
    const codec = codecs[called]
    if (codec === undefined) throw unsendable(name, called)
    found.push({ codec, track })
  }
  if (found.length === 0) throw new MediaError(`${name} holds neither picture nor sound.`)
  return found
}

/** MP4 and Matroska say the parameters of H.264 once, and have lengths where RTP wants none. */
const converterOf = async ({ track, codec }: Found): Promise<(data: Uint8Array) => Uint8Array | null> => {
  if (codec !== 'H264') return (data) => data
  const { description } = (await track.getDecoderConfig()) ?? {}
  if (description === undefined) return (data) => data
  const bytes = ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description)
  const configuration = readAvcConfiguration(bytes)
  return (data) => configuration && annexBOfAvc(data, configuration)
}

export async function* framesOf(found: Found): Frames {
  const convert = await converterOf(found)
  for await (const { data, timestamp, type } of new EncodedPacketSink(found.track).packets()) {
    const converted = convert(data)
    if (converted === null) throw new MediaError('the H.264 in it is broken')
    yield { data: converted, time: timestamp, isKey: type === 'key' }
  }
}

export const ivfSignature = 'DKIF'

/** Of an IVF's first 32 bytes. Throws a `MediaError` for what no call carries. */
export const ivfCodec = (head: Uint8Array, name: string): Codec => {
  const reader = new IvfReader()
  try {
    reader.read(head)
  } catch (cause) {
    throw new MediaError(`${name} is broken: the header of the IVF file makes no sense.`, { cause })
  }
  const fourcc = reader.header?.fourcc ?? 'nothing'
  const codec = fourccs[fourcc]
  if (codec === undefined) throw unsendable(name, fourcc.trim())
  return codec
}

export async function* ivfFrames(pieces: AsyncIterable<Uint8Array>, codec: Codec): Frames {
  const reader = new IvfReader()
  for await (const piece of pieces) {
    for (const { data, time } of reader.read(piece)) {
      const isKey = codec === 'H264' ? isH264Key(data) : (readVp8Header(data)?.isKey ?? false)
      yield { data, time, isKey }
    }
  }
}
