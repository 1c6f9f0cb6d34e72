/** What comes through a pipe, played on from call to call; between them the pipe waits. */
import type { Readable } from 'node:stream'
import { ALL_FORMATS, Input, ReadableStreamSource } from 'mediabunny'
import { kindOfCodec } from '../../media/frame.ts'
import { NodeTrack } from '../../rtc/media-stream.ts'
import {
  type Found,
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
import type { Source } from './source.ts'

const name = 'What came in'
const headBytes = 32

const bytesOf = (chunk: unknown): Uint8Array =>
  chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk))

async function* chunksOf(stream: Readable): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of stream) yield bytesOf(chunk)
}

interface Opening {
  readonly head: Uint8Array
  /** From the first byte on. */
  readonly pieces: AsyncGenerator<Uint8Array, void, void>
}

const openingOf = async (stream: Readable): Promise<Opening> => {
  const chunks = chunksOf(stream)
  let head = new Uint8Array()
  while (head.length < headBytes) {
    const { value } = await chunks.next()
    if (value === undefined) break
    head = new Uint8Array(Buffer.concat([head, value]))
  }
  const all = async function* () {
    yield head
    yield* chunks
  }
  return { head, pieces: all() }
}

const readingOf = (codec: Found['codec'], frames: Frames): Reading => {
  const reader = readerOf(frames)
  return {
    track: new NodeTrack(kindOfCodec(codec), { label: 'pipe', format: { codec } }),
    frames: () => reader
  }
}

const streamOf = (pieces: Opening['pieces']): ReadableStream<Uint8Array> =>
  new ReadableStream({
    async pull(controller) {
      const { value } = await pieces.next()
      if (value === undefined) controller.close()
      else controller.enqueue(value)
    }
  })

const containerReadings = async (pieces: Opening['pieces']): Promise<readonly Reading[]> => {
  const source = new ReadableStreamSource(streamOf(pieces))
  const input = new Input({ source, formats: ALL_FORMATS })
  return (await findTracks(input, name)).map((found) => readingOf(found.codec, framesOf(found)))
}

/** Waits for the first bytes. Throws a `MediaError` for what no call carries. */
export const openStream = async (stream: Readable): Promise<Source> => {
  const { head, pieces } = await openingOf(stream)
  if (head.length < headBytes) throw noVideo(name)
  const isIvf = Buffer.from(head).toString('latin1').startsWith(ivfSignature)
  const codec = isIvf ? ivfCodec(head, name) : null
  const readings =
    codec === null ? await containerReadings(pieces) : [readingOf(codec, ivfFrames(pieces, codec))]
  return new PlayingSource(readings, {
    name,
    loops: false,
    close: () => {
      stream.destroy()
      return Promise.resolve()
    }
  })
}
