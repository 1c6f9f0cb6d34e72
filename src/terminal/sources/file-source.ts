/** A file that is played as it is, without a codec: WebM, Matroska, MP4, Ogg (mediabunny) or IVF. */
import { open } from 'node:fs/promises'
import {
  ALL_FORMATS,
  EncodedPacketSink,
  FilePathSource,
  Input,
  type InputAudioTrack,
  type InputVideoTrack
} from 'mediabunny'
import type { Codec, EncodedFrame } from '../../media/frame.ts'
import { annexBOfAvc, isH264Key, readAvcConfiguration } from '../../media/h264.ts'
import { IvfReader } from '../../media/ivf.ts'
import { readVp8Header } from '../../media/vp8.ts'
import { NodeTrack } from '../../rtc/media-stream.ts'
import { type Playable, play } from './schedule.ts'
import { MediaError, type Source } from './source.ts'

/** What mediabunny calls the codecs that a call can carry. */
const codecs: Readonly<Record<string, Codec>> = { vp8: 'VP8', avc: 'H264', opus: 'opus' }
const fourccs: Readonly<Record<string, Codec>> = { VP80: 'VP8', H264: 'H264' }

const readBytes = 65_536

/** One kind of media of a file, which can be read again and again. */
interface Readable {
  readonly codec: Codec
  frames(): AsyncIterable<EncodedFrame>
}

const unsendable = (path: string, codec: string): MediaError =>
  new MediaError(
    `${path} holds ${codec}, which no call carries: convert it, as with ffmpeg -i ${path} -c:v libvpx -c:a libopus out.webm.`
  )

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR')

/** The first bytes of a file; what cannot be opened is turned down with a sentence. */
const firstBytes = async (path: string): Promise<Uint8Array> => {
  try {
    await using file = await open(path, 'r')
    const { bytesRead, buffer } = await file.read(Buffer.alloc(32), 0, 32, 0)
    return buffer.subarray(0, bytesRead)
  } catch (cause) {
    const why = isMissing(cause)
      ? 'there is no such file'
      : cause instanceof Error
        ? cause.message
        : String(cause)
    throw new MediaError(`${path} cannot be read: ${why}.`, { cause })
  }
}

async function* ivfFrames(path: string, codec: Codec): AsyncGenerator<EncodedFrame, void, void> {
  await using file = await open(path, 'r')
  const reader = new IvfReader()
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(readBytes), 0, readBytes)
    if (bytesRead === 0) return
    for (const { data, time } of reader.read(buffer.subarray(0, bytesRead))) {
      const isKey = codec === 'H264' ? isH264Key(data) : (readVp8Header(data)?.isKey ?? false)
      yield { data, time, isKey }
    }
  }
}

const openIvf = (path: string, head: Uint8Array): readonly Readable[] => {
  const reader = new IvfReader()
  reader.read(head)
  const fourcc = reader.header?.fourcc ?? ''
  const codec = fourccs[fourcc]
  if (codec === undefined) throw unsendable(path, `${fourcc.trim()} video`)
  return [{ codec, frames: () => ivfFrames(path, codec) }]
}

type InputTrack = InputVideoTrack | InputAudioTrack

/** MP4 and Matroska say the parameters of H.264 once, and have lengths where RTP wants none. */
const converterOf = async (
  track: InputTrack,
  codec: Codec
): Promise<(data: Uint8Array) => Uint8Array | null> => {
  if (codec !== 'H264') return (data) => data
  const { description } = (await track.getDecoderConfig()) ?? {}
  if (description === undefined) return (data) => data
  const bytes = ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description)
  const configuration = readAvcConfiguration(bytes)
  return (data) => configuration && annexBOfAvc(data, configuration)
}

async function* packetsOf(track: InputTrack, codec: Codec): AsyncGenerator<EncodedFrame, void, void> {
  const convert = await converterOf(track, codec)
  for await (const { data, timestamp, type } of new EncodedPacketSink(track).packets()) {
    const converted = convert(data)
    if (converted === null) throw new MediaError('The H.264 in this file is broken.')
    yield { data: converted, time: timestamp, isKey: type === 'key' }
  }
}

const openContainer = async (path: string): Promise<readonly Readable[]> => {
  using input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS })
  if (!(await input.canRead())) {
    throw new MediaError(`${path} is no video: a WebM, MP4, Ogg or IVF file is due.`)
  }
  const readables: Readable[] = []
  for (const track of [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()]) {
    if (track === null) continue
    const name = (await track.getCodec()) ?? 'something unknown'
    const codec = codecs[name]
    if (codec === undefined) throw unsendable(path, name)
    readables.push({ codec, frames: () => framesOf(path, codec) })
  }
  if (readables.length === 0) throw new MediaError(`${path} holds neither picture nor sound.`)
  return readables
}

/** A reader of its own for each, since they run at their own pace. */
async function* framesOf(path: string, codec: Codec): AsyncGenerator<EncodedFrame, void, void> {
  using input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS })
  const track = codec === 'opus' ? await input.getPrimaryAudioTrack() : await input.getPrimaryVideoTrack()
  if (track !== null) yield* packetsOf(track, codec)
}

/** Throws a `MediaError` for a file that is none, or that holds what no call carries. */
export const openFile = async (path: string, { loops }: { readonly loops: boolean }): Promise<Source> => {
  const head = await firstBytes(path)
  const isIvf = Buffer.from(head.subarray(0, 4)).toString('latin1') === 'DKIF'
  const readables = isIvf ? openIvf(path, head) : await openContainer(path)
  const outlets = readables.map(({ codec, frames }) => ({
    track: new NodeTrack(codec === 'opus' ? 'audio' : 'video', { label: path, format: { codec } }),
    frames
  }))
  let playing: AbortController | null = null
  const stop = (): void => {
    playing?.abort()
    playing = null
  }
  const playables = (): readonly Playable[] =>
    outlets.map(({ track, frames }) => ({ track, frames: frames() }))
  const run = async (signal: AbortSignal): Promise<void> => {
    do await play(playables(), signal)
    while (loops && !signal.aborted)
  }
  return {
    tracks: outlets.map(({ track }) => track),
    start(ended) {
      stop()
      const control = new AbortController()
      playing = control
      run(control.signal).then(
        () => control.signal.aborted || ended(null),
        (cause: unknown) => {
          const why = cause instanceof Error ? cause.message : String(cause)
          if (!control.signal.aborted)
            ended(new MediaError(`${path} cannot be played to its end: ${why}`, { cause }))
        }
      )
    },
    stop,
    close() {
      stop()
      return Promise.resolve()
    }
  }
}
