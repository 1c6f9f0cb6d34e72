/** A test pattern with a clock in it, and a tone: what is sent where there is no camera. Encoded only while there is a call. */
import { newPicture } from '../../media/picture.ts'
import { drawTestPattern } from '../../media/test-pattern.ts'
import { tone } from '../../media/tone.ts'
import { OpusEncoder, opusChannels, opusRate, opusSamples } from '../../rtc/libav/opus.ts'
import { type Vp8Settings, Vp8Encoder } from '../../rtc/libav/vp8.ts'
import { NodeTrack } from '../../rtc/media-stream.ts'
import { type Source, clock } from './source.ts'

type PatternSettings = Omit<Vp8Settings, 'bitsPerSecond'> & { readonly name: string }

/** Enough for a picture of which little moves. */
const bitsPerPixel = 0.1
const packetSeconds = opusSamples / opusRate
/** What could not be made in time, as in a process that was stopped, is left out. */
const maxLateSeconds = 0.5

/** Milliseconds since midnight, here. */
const timeOfDay = (): number => {
  const now = new Date()
  return now.getTime() - new Date(now).setHours(0, 0, 0, 0)
}

class PatternSource implements Source {
  readonly tracks: readonly NodeTrack[]
  readonly #settings: PatternSettings
  readonly #vp8: Vp8Encoder
  readonly #opus: OpusEncoder
  readonly #video = new NodeTrack('video', { label: 'test pattern', format: { codec: 'VP8' } })
  readonly #audio = new NodeTrack('audio', { label: 'tone', format: { codec: 'opus' } })
  readonly #picture
  #timers: NodeJS.Timeout[] = []
  #frame = 0
  #needsKey = true
  #drawing: Promise<void> | null = null
  #singing: Promise<void> | null = null
  /** How much of the tone has been made, on the clock. */
  #soundUntil = 0
  /** From the clock to the time of the day: the beep has to be heard when the flash is seen. */
  #toDay = 0

  constructor(settings: PatternSettings, vp8: Vp8Encoder, opus: OpusEncoder) {
    this.#settings = settings
    this.#vp8 = vp8
    this.#opus = opus
    this.#picture = newPicture(settings)
    this.tracks = [this.#audio, this.#video]
    this.#video.onKeyFrameRequest(() => {
      this.#needsKey = true
    })
  }

  start(): void {
    this.stop()
    this.#needsKey = true
    this.#soundUntil = clock()
    this.#toDay = timeOfDay() / 1_000 - this.#soundUntil
    this.#timers = [
      setInterval(() => {
        this.#drawing ??= this.#draw().finally(() => {
          this.#drawing = null
        })
      }, 1_000 / this.#settings.framesPerSecond),
      setInterval(() => {
        this.#singing ??= this.#sing().finally(() => {
          this.#singing = null
        })
      }, packetSeconds * 1_000)
    ]
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
  }

  async close(): Promise<void> {
    this.stop()
    await Promise.all([this.#drawing, this.#singing])
    await this.#vp8.close()
    await this.#opus.close()
  }

  async #draw(): Promise<void> {
    drawTestPattern(this.#picture, {
      name: this.#settings.name,
      frame: this.#frame,
      timeMs: timeOfDay()
    })
    this.#frame += 1
    const isKey = this.#needsKey
    this.#needsKey = false
    const call = this.#timers
    const frames = await this.#vp8.encode(this.#picture, clock(), isKey)
    // What was begun in one call is not for the next.
    if (call === this.#timers) for (const frame of frames) this.#video.write(frame)
  }

  async #sing(): Promise<void> {
    const now = clock()
    if (now - this.#soundUntil > maxLateSeconds) this.#soundUntil = now
    const call = this.#timers
    while (call === this.#timers && this.#soundUntil < now) {
      const time = this.#soundUntil
      this.#soundUntil += packetSeconds
      const from = Math.round((this.#toDay + time) * opusRate)
      const samples = tone(from, opusSamples, { sampleRate: opusRate, channels: opusChannels })
      const packets = await this.#opus.encode(samples)
      if (call === this.#timers) for (const data of packets) this.#audio.write({ data, time, isKey: true })
    }
  }
}

export const openPattern = async (settings: PatternSettings): Promise<Source> => {
  const { width, height, framesPerSecond } = settings
  const bitsPerSecond = Math.round(width * height * framesPerSecond * bitsPerPixel)
  const vp8 = await Vp8Encoder.open({ ...settings, bitsPerSecond })
  return new PatternSource(settings, vp8, await OpusEncoder.open())
}
