/**
 * Keeps a call in a file: its picture and its sound as they came, without a codec. Written beside its place, and put
 * there when it is whole.
 */
import { rename, rm } from 'node:fs/promises'
import {
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Output,
  StreamTarget
} from 'mediabunny'
import type { EncodedFrame } from '../../media/frame.ts'
import type { NodeTrack } from '../../rtc/media-stream.ts'
import { partOf, placeOf, whyNot } from '../files.ts'
import { MediaError, clock } from '../sources/source.ts'
import type { MediaKind } from '../words.ts'
import { type Container, type Pictures, containerOf, picturesFrom } from './containers.ts'
import type { FrameCounts, Sink } from './sink.ts'
import { wholeFile } from './whole-file.ts'

/** How long the first of the two kinds waits for the other: a file says at its beginning what is in it. In seconds. */
const patience = 10
/** How much is kept meanwhile. */
const maxKept = 2_000

/** So long may sound be missing, as when it is held back; in seconds. */
const maxSilence = 1
/** Twenty milliseconds of nothing in Opus. RFC 6716, section 3.1. */
const silence = Uint8Array.of(0xf8, 0xff, 0xfe)

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

export const cannotWrite = (path: string, cause: unknown): MediaError =>
  new MediaError(`${path} cannot be written: ${whyNot(path, cause)}.`, { cause })

export class FileSink implements Sink {
  readonly #path: string
  readonly #container: Container
  /** Where it is to be, once it is known to be possible. */
  #place: string | null = null
  readonly #stops: (() => void)[] = []
  readonly #arrived: Arrived[] = []
  readonly #frames: FrameCounts = { audio: 0, video: 0 }
  /** The last time that was written of each kind: they only ever grow. */
  readonly #written: FrameCounts = { audio: -1, video: -1 }
  /** Between the clock of a stream and that of the recording. */
  readonly #offsets = new Map<NodeTrack, number>()
  readonly #failed: (error: MediaError) => void
  #startedAt: number | null = null
  #pictures: Pictures | null = null
  #writer: Writer | null = null
  #work: Promise<void> = Promise.resolve()
  #error: MediaError | null = null

  /** `failed` is told at once when there can be no recording, as on a full disk; the call goes on. */
  constructor(path: string, failed: (error: MediaError) => void) {
    this.#path = path
    this.#container = containerOf(path)
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
    if (this.#error) return
    const { kind } = track
    if (kind === 'video' && !this.#takesPicture(track, frame)) return
    const now = clock()
    this.#startedAt ??= now
    const offset = this.#offsets.get(track) ?? now - this.#startedAt - frame.time
    this.#offsets.set(track, offset)
    this.#arrived.push({ kind, frame, at: Math.max(0, frame.time + offset) })
    this.#enqueue(() => this.#write())
  }

  /** The first has to be one that a decoder can begin with. */
  #takesPicture({ format }: NodeTrack, frame: EncodedFrame): boolean {
    if (format === null) return false
    const { codec } = format
    if (!this.#container.holds(codec)) return this.#refuse(`sends ${codec}, which ${this.#container.limits}`)
    this.#pictures ??= picturesFrom(codec, frame)
    if (this.#pictures === null) return false
    const before = this.#pictures.codec
    return before === codec || this.#refuse(`went over from ${before} to ${codec}`)
  }

  #refuse(what: string): false {
    this.#fail(new MediaError(`${this.#path} is not written: the other side ${what}.`))
    return false
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
    this.#work = this.#abandon(this.#work)
  }

  /** Leaves nothing half-written behind. */
  async #abandon(before: Promise<void>): Promise<void> {
    await before.catch(() => {})
    // Which may have been opened meanwhile.
    await this.#writer?.output.cancel().catch(() => {})
    this.#writer = null
    if (this.#place !== null) await rm(partOf(this.#place), { force: true }).catch(() => {})
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
    const place = placeOf(this.#path)
    const file = await wholeFile(partOf(place))
    this.#place = place
    const output = new Output({
      format: this.#container.format(),
      target: new StreamTarget(file)
    })
    const writer: Writer = {
      output,
      audio: has.has('audio') ? new EncodedAudioPacketSource('opus') : null,
      video:
        this.#pictures && has.has('video') ? new EncodedVideoPacketSource(this.#pictures.codecInFile) : null
    }
    if (writer.video) output.addVideoTrack(writer.video)
    if (writer.audio) output.addAudioTrack(writer.audio)
    await output.start()
    return writer
  }

  async #add({ audio, video }: Writer, { kind, frame, at }: Arrived): Promise<void> {
    if (kind === 'audio' && audio) {
      const packet = new EncodedPacket(frame.data, 'key', this.#timeOf('audio', at), durations.audio)
      await audio.add(packet, { decoderConfig: audioConfiguration })
    } else if (kind === 'video' && video) {
      if (audio && at - Math.max(0, this.#written.audio) > maxSilence) await this.#addSilence(audio, at)
      const time = this.#timeOf('video', at)
      const packet = new EncodedPacket(frame.data, frame.isKey ? 'key' : 'delta', time, durations.video)
      await video.add(packet, this.#pictures ?? {})
    } else return
    this.#frames[kind] += 1
  }

  /** Pictures are kept in memory until there is sound of the same time. */
  async #addSilence(audio: EncodedAudioPacketSource, at: number): Promise<void> {
    const packet = new EncodedPacket(silence, 'key', this.#timeOf('audio', at), durations.audio)
    await audio.add(packet, { decoderConfig: audioConfiguration })
  }

  /** Of the next one of a kind, which is written at that time. */
  #timeOf(kind: MediaKind, at: number): number {
    const time = Math.max(at, this.#written[kind] + 0.001)
    this.#written[kind] = time
    return time
  }

  async #finish(): Promise<void> {
    if (this.#error) return
    const writer = this.#writer ?? (await this.#open(true))
    if (writer === null) throw new Error('nothing came')
    for (const arrived of this.#arrived.splice(0)) await this.#add(writer, arrived)
    await writer.output.finalize()
    if (this.#place !== null) await rename(partOf(this.#place), this.#place)
  }
}
