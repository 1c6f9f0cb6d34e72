/** A file that is played as it is, from its beginning in each call. */
import { open } from 'node:fs/promises'
import { ALL_FORMATS, FilePathSource, Input } from 'mediabunny'
import { type Codec, kindOfCodec } from '../../media/frame.ts'
import { NodeTrack } from '../../rtc/media-stream.ts'
import {
  type Frames,
  findTracks,
  framesOf,
  ivfCodec,
  ivfFrames,
  ivfSignature,
  noVideo
} from './containers.ts'
import { PlayingSource, type Reading } from './playing.ts'
import { readerOf } from './schedule.ts'
import { MediaError, type Source } from './source.ts'

const readBytes = 65_536
const headBytes = 32

const whyNot = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : null
  if (code === 'ENOENT') return 'there is no such file'
  return code === 'EISDIR' ? 'it is a folder' : error.message
}

/** The first bytes of a file; what cannot be opened is turned down with a sentence. */
const firstBytes = async (path: string): Promise<Uint8Array> => {
  try {
    await using file = await open(path, 'r')
    const { bytesRead, buffer } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    return buffer.subarray(0, bytesRead)
  } catch (cause) {
    throw new MediaError(`${path} cannot be read: ${whyNot(cause)}.`, { cause })
  }
}

async function* piecesOf(path: string): AsyncGenerator<Uint8Array, void, void> {
  await using file = await open(path, 'r')
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(readBytes), 0, readBytes)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

const inputOf = (path: string): Input => new Input({ source: new FilePathSource(path), formats: ALL_FORMATS })

/** A reader of its own for each track, since they run at their own pace. */
async function* containerFrames(path: string, codec: Codec): Frames {
  using input = inputOf(path)
  for (const found of await findTracks(input, path)) if (found.codec === codec) yield* framesOf(found)
}

const readingOf = (path: string, codec: Codec, frames: (path: string, codec: Codec) => Frames): Reading => ({
  track: new NodeTrack(kindOfCodec(codec), { label: path, format: { codec } }),
  frames() {
    const opened = frames(path, codec)
    return { ...readerOf(opened), close: () => opened.return() }
  }
})

const containerReadings = async (path: string): Promise<readonly Reading[]> => {
  using input = inputOf(path)
  const found = await findTracks(input, path)
  return found.map(({ codec }) => readingOf(path, codec, containerFrames))
}

/** Throws a `MediaError` for a file that is none, or that holds what no call carries. */
export const openFile = async (path: string, { loops }: { readonly loops: boolean }): Promise<Source> => {
  const head = await firstBytes(path)
  if (head.length < headBytes) throw noVideo(path)
  const isIvf = Buffer.from(head).toString('latin1').startsWith(ivfSignature)
  const readings = isIvf
    ? [readingOf(path, ivfCodec(head, path), (file, codec) => ivfFrames(piecesOf(file), codec))]
    : await containerReadings(path)
  return new PlayingSource(readings, { name: path, loops })
}
