/** Sends the recorded sound and picture over a pair of tracks, for as long as it is let. */
import { NodeStream, NodeTrack } from '../../rtc/media-stream.ts'
import { picture, pictureRate, sound, soundRate } from './recorded-media.ts'

const everyMs = 20
/** Whoever was held up sends no more than this at once. */
const mostAtOnce = 10

export class Fountain {
  readonly #audio = new NodeTrack('audio', { format: { codec: 'opus' } })
  readonly #video = new NodeTrack('video', { format: { codec: 'VP8' } })
  readonly stream = new NodeStream([this.#audio, this.#video])
  readonly #begunAt = performance.now()
  readonly #timer = setInterval(() => this.#send(), everyMs)
  #sounds = 0
  #pictures = 0
  /** The picture that a key frame is next. */
  #since = 0

  constructor() {
    this.#video.onKeyFrameRequest(() => {
      this.#since = this.#pictures
    })
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#audio.stop()
    this.#video.stop()
  }

  #send(): void {
    const seconds = (performance.now() - this.#begunAt) / 1_000
    const [sounds, pictures] = [Math.floor(seconds * soundRate), Math.floor(seconds * pictureRate)]
    this.#sounds = Math.max(this.#sounds, sounds - mostAtOnce)
    for (; this.#sounds < sounds; this.#sounds += 1) this.#audio.write(sound(this.#sounds))
    for (; this.#pictures < pictures; this.#pictures += 1) {
      this.#video.write(picture(this.#pictures, this.#pictures - this.#since))
    }
  }
}
