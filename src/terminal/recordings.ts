/** What is kept and told of a call while it goes on: a recording, a line for each frame, and how it goes. */
import { type WriteStream, createWriteStream } from 'node:fs'
import type { NodeTrack } from '../rtc/media-stream.ts'
import { tryToOpen, tryToPlace } from './files.ts'
import type { News } from './front.ts'
import type { CallOptions } from './options.ts'
import { CountingSink } from './sinks/counting-sink.ts'
import type { Sink } from './sinks/sink.ts'
import { FileSink, cannotWrite } from './sinks/file-sink.ts'
import { MediaError } from './sources/source.ts'
import type { Call } from './words.ts'

type FrameNews = Extract<News, { event: 'frame' }>

interface Recording {
  readonly file: string | null
  readonly counting: CountingSink
  readonly sink: FileSink | null
  readonly stop: () => void
}

/** The second recording of one run must not take the place of the first. */
const numbered = (path: string, number: number): string =>
  number === 1 ? path : path.replace(/(\.[^./]*)?$/, `-${number}$1`)

const attempt = (path: string | undefined, run: (path: string) => void): void => {
  try {
    if (path !== undefined) run(path)
  } catch (cause) {
    throw cannotWrite(path ?? '', cause)
  }
}

/** Throws a `MediaError` for what cannot be written: said at once, rather than in a call or when it is over. */
export const ensureWritable = ({ record, frames }: Pick<CallOptions, 'record' | 'frames'>): void => {
  attempt(record, tryToPlace)
  if (frames !== '-') attempt(frames, tryToOpen)
}

export class Recordings {
  readonly #options: CallOptions
  readonly #tell: (news: News) => void
  /** Whoever else wants what comes. */
  readonly #more: readonly Sink[]
  #frames: WriteStream | null = null
  #recording: Recording | null = null
  #ending: Promise<void> = Promise.resolve()
  #number = 0
  #failed = false

  constructor(options: CallOptions, more: readonly Sink[], tell: (news: News) => void) {
    this.#more = more
    this.#options = options
    this.#tell = tell
  }

  /** What a call receives, from its first media on. */
  begin(call: Call, received: (track: MediaStreamTrack) => NodeTrack): void {
    if (this.#recording !== null) return
    const { record, frames } = this.#options
    this.#number += 1
    const counting = new CountingSink(
      frames === undefined
        ? undefined
        : (kind, { time, data, isKey }) =>
            this.#write({
              event: 'frame',
              kind,
              time: Math.round(time * 1e6) / 1e6,
              bytes: data.length,
              key: isKey
            })
    )
    const file = record === undefined ? null : numbered(record, this.#number)
    const sink = file === null ? null : new FileSink(file, (error) => this.#fail(error))
    const sinks: readonly Sink[] = [counting, ...(sink ? [sink] : []), ...this.#more]
    const taken = new Set<MediaStreamTrack>()
    const look = (): void => {
      for (const track of call.remoteStream.getTracks()) {
        if (taken.has(track)) continue
        taken.add(track)
        for (const sink of sinks) sink.take(received(track))
      }
    }
    call.addEventListener('remote', look)
    look()
    const stop = this.#follow(call, counting)
    this.#recording = { file, counting, sink, stop: () => (stop(), call.removeEventListener('remote', look)) }
  }

  /** Of the present call, if there is one; whether everything could be written. */
  async end(): Promise<boolean> {
    const recording = this.#recording
    this.#recording = null
    if (recording) {
      // At once: what was before may take its time, and the next call may want the same sinks.
      recording.stop()
      const stopped = Promise.all([recording.counting, ...this.#more].map((sink) => sink.end()))
      this.#ending = Promise.all([this.#ending, stopped]).then(() => this.#finish(recording))
    }
    await this.#ending
    await this.#flushed()
    return !this.#failed
  }

  /** Whoever ends the process next must not cut the file of frames. */
  #flushed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#frames === null) return resolve()
      this.#frames.write('', () => resolve())
    })
  }

  async #finish({ file, sink }: Recording): Promise<void> {
    try {
      await sink?.end()
      if (sink && file !== null) this.#tell({ event: 'recorded', file, frames: sink.frames })
    } catch (error) {
      if (error instanceof MediaError) this.#fail(error)
      else throw error
    }
  }

  /** Reads how the call goes, every so many seconds. */
  #follow(call: Call, { frames }: CountingSink): () => void {
    const { stats } = this.#options
    if (stats === 0) return () => {}
    const control = new AbortController()
    const read = async (): Promise<void> => {
      for await (const quality of call.quality({ everyMs: stats * 1_000 })) {
        if (control.signal.aborted) return
        this.#tell({ event: 'stats', call: call.id, quality, frames: { ...frames } })
      }
    }
    read().catch((cause: unknown) => this.#fail(new MediaError(String(cause), { cause })))
    return () => control.abort()
  }

  #write(line: FrameNews): void {
    const { frames } = this.#options
    if (frames === undefined) return
    if (frames === '-') return this.#tell(line)
    if (this.#frames === null) {
      this.#frames = createWriteStream(frames)
      this.#frames.on('error', (cause) => this.#fail(cannotWrite(frames, cause)))
    }
    this.#frames.write(`${JSON.stringify(line)}\n`)
  }

  #fail(error: MediaError): void {
    if (!this.#failed) this.#tell({ event: 'problem', code: 'media-failed', message: error.message })
    this.#failed = true
  }
}
