/**
 * Keeps a call in a WebM file: its picture and its sound as they came, without a codec. Written beside its place, and
 * put there when it is whole.
 */
import { rename, rm, stat } from 'node:fs/promises'
import {
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Output,
  StreamTarget,
  WebMOutputFormat
} from 'mediabunny'
import type { EncodedFrame } from '../../media/frame.ts'
import { readVp8Header } from '../../media/vp8.ts'
import type { NodeTrack } from '../../rtc/media-stream.ts'
import { MediaError, clock } from '../sources/source.ts'
import type { MediaKind } from '../words.ts'
import type { FrameCounts, Sink } from './sink.ts'
import { wholeFile } from './whole-file.ts'

/** How long the first of the two kinds waits for the other: a WebM file says at its beginning what is in it. In seconds. */
const patience = 10
/** How much is kept meanwhile. */
const maxKept = 2_000

interface Arrived {
  readonly kind: MediaKind
  readonly frame: EncodedFrame
  /** In seconds since the first frame of all. */
  readonly at: number
}

interface Writer {
  readonly output: Output
  readonly audio: EncodedAudioPacketSource | null
  readonly video: EncodedVideoPacketSource | null
}

const audioConfiguration = { codec: 'opus', numberOfChannels: 2, sampleRate: 48_000 }

/** A picture's own duration is not known before the next one: a guess, which no player minds. */
const durations: Readonly<Record<MediaKind, number>> = { audio: 0.02, video: 1 / 30 }

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EFBIG: 'it has become too large',
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'it is a folder',
  EACCES: 'that is not allowed',
  EROFS: 'nothing can be written there'
}

export const cannotWrite = (path: string, cause: unknown): MediaError => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const why = reasons[code] ?? (cause instanceof Error ? cause.message : String(cause))
  return new MediaError(`${path} cannot be written: ${why}.`, { cause })
}

/** Where it is written until it is whole. */
export const partOf = (path: string): string => `${path}.part`

export class WebmSink implements Sink {
  readonly #path: string
  readonly #part: string
  readonly #stops: (() => void)[] = []
  readonly #arrived: Arrived[] = []
  readonly #frames: FrameCounts = { audio: 0, video: 0 }
  /** The last time that was written of each kind: they only ever grow. */
  readonly #written: FrameCounts = { audio: -1, video: -1 }
  /** Between the clock of a stream and that of the recording. */
  readonly #offsets = new Map<NodeTrack, number>()
  readonly #failed: (error: MediaError) => void
  #startedAt: number | null = null
  #writer: Writer | null = null
  #work: Promise<void> = Promise.resolve()
  #error: MediaError | null = null

  /** `failed` is told at once when there can be no recording, as on a full disk; the call goes on. */
  constructor(path: string, failed: (error: MediaError) => void) {
    this.#path = path
    this.#part = partOf(path)
    this.#failed = failed
  }

  get frames(): Readonly<FrameCounts> {
    return this.#frames
  }

  take(track: NodeTrack): void {
    this.#stops.push(track.listen((frame) => this.#hear(track, frame)))
  }

  async end(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    this.#enqueue(() => this.#finish())
    await this.#settled()
    if (this.#error) throw this.#error
  }

  /** What fails adds to the work: it clears away. */
  async #settled(): Promise<void> {
    for (let work; work !== this.#work;) {
      work = this.#work
      await work
    }
  }

  #hear(track: NodeTrack, frame: EncodedFrame): void {
    const { kind, format } = track
    if (this.#error) return
    if (kind === 'video' && format?.codec !== 'VP8') {
      return this.#fail(
        new MediaError(`${this.#path} is not written: the other side sends ${format?.codec}, not VP8.`)
      )
    }
    const now = clock()
    this.#startedAt ??= now
    const offset = this.#offsets.get(track) ?? now - this.#startedAt - frame.time
    this.#offsets.set(track, offset)
    const hasVideo = this.#arrived.some((arrived) => arrived.kind === 'video')
    if (this.#writer === null && kind === 'video' && !hasVideo && !frame.isKey) return
    this.#arrived.push({ kind, frame, at: Math.max(0, frame.time + offset) })
    this.#enqueue(() => this.#write())
  }

  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((cause: unknown) => {
      this.#fail(cannotWrite(this.#path, cause))
    })
  }

  #fail(error: MediaError): void {
    if (this.#error) return
    this.#error = error
    this.#arrived.length = 0
    this.#failed(error)
    const output = this.#writer?.output
    this.#writer = null
    this.#work = this.#abandon(this.#work, output)
  }

  /** Leaves nothing half-written behind. */
  async #abandon(before: Promise<void>, output: Output | undefined): Promise<void> {
    await before.catch(() => {})
    await output?.cancel().catch(() => {})
    await rm(this.#part, { force: true }).catch(() => {})
  }

  async #write(): Promise<void> {
    this.#writer ??= await this.#open(false)
    if (this.#writer === null) return
    for (const arrived of this.#arrived.splice(0)) await this.#add(this.#writer, arrived)
  }

  get #hasWaited(): boolean {
    return clock() - (this.#startedAt ?? 0) > patience || this.#arrived.length > maxKept
  }

  /** Once both kinds are there, or one has waited long enough. */
  async #open(isLast: boolean): Promise<Writer | null> {
    const has = new Set(this.#arrived.map(({ kind }) => kind))
    const isDue = has.size === 2 || isLast || this.#hasWaited
    if (has.size === 0 || !isDue) return null
    await mustBeReplaceable(this.#path)
    const output = new Output({
      format: new WebMOutputFormat(),
      target: new StreamTarget(await wholeFile(this.#part))
    })
    const writer: Writer = {
      output,
      audio: has.has('audio') ? new EncodedAudioPacketSource('opus') : null,
      video: has.has('video') ? new EncodedVideoPacketSource('vp8') : null
    }
    if (writer.video) output.addVideoTrack(writer.video)
    if (writer.audio) output.addAudioTrack(writer.audio)
    await output.start()
    return writer
  }

  async #add({ audio, video }: Writer, { kind, frame, at }: Arrived): Promise<void> {
    const time = Math.max(at, this.#written[kind] + 0.001)
    const packet = new EncodedPacket(frame.data, frame.isKey ? 'key' : 'delta', time, durations[kind])
    if (kind === 'audio' && audio) await audio.add(packet, { decoderConfig: audioConfiguration })
    else if (kind === 'video' && video) await video.add(packet, { decoderConfig: videoConfiguration(frame) })
    else return
    this.#written[kind] = time
    this.#frames[kind] += 1
  }

  async #finish(): Promise<void> {
    if (this.#error) return
    const writer = this.#writer ?? (await this.#open(true))
    if (writer === null) throw new Error('nothing came')
    for (const arrived of this.#arrived.splice(0)) await this.#add(writer, arrived)
    await writer.output.finalize()
    await rename(this.#part, this.#path)
  }
}

const videoConfiguration = ({ data }: EncodedFrame): VideoDecoderConfig => {
  const { width, height } = readVp8Header(data) ?? {}
  return { codec: 'vp8', codedWidth: width ?? 640, codedHeight: height ?? 480 }
}

/** A recording takes the place of a file; but a device or a folder stays what it is. */
const mustBeReplaceable = async (path: string): Promise<void> => {
  const present = await stat(path).catch(() => null)
  if (present !== null && !present.isFile()) throw new Error('there is something else than a file')
}
