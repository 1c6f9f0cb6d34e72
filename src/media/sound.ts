/** Sound as samples: from what others give to what Opus takes, and back. */

/** All channels of one moment after those of the moment before, from -32,768 to 32,767. */
export interface Pcm {
  readonly samples: Int16Array
  /** Samples a second, of each channel. */
  readonly sampleRate: number
  readonly channelCount: number
}

const fullScale = 32_768

/** Sound of any rate, in one channel or more, as one of this rate in two channels, from -1 to 1. */
export class StereoResampler {
  readonly #sampleRate: number
  /** What came last, on the left and on the right: what comes next begins there. */
  #last: readonly [left: number, right: number] = [0, 0]

  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate
  }

  take({ samples, sampleRate, channelCount }: Pcm): Float32Array {
    const count = Math.floor(samples.length / channelCount)
    const [right, last] = [Math.min(1, channelCount - 1), this.#last]
    const at = (moment: number, channel: 0 | 1): number => {
      if (moment < 0) return last[channel]
      return (samples[moment * channelCount + (channel === 0 ? 0 : right)] ?? 0) / fullScale
    }
    const made = new Float32Array(Math.round((count * this.#sampleRate) / sampleRate) * 2)
    for (let index = 0; index < made.length; index += 2) {
      const moment = ((index / 2 + 1) * sampleRate) / this.#sampleRate - 1
      const before = Math.floor(moment)
      const part = moment - before
      for (const channel of [0, 1] as const) {
        const start = at(before, channel)
        made[index + channel] = part === 0 ? start : start + (at(before + 1, channel) - start) * part
      }
    }
    if (count > 0) this.#last = [at(count - 1, 0), at(count - 1, 1)]
    return made
  }
}

/** As whole numbers; what is too loud is cut off. */
export const wholeSamples = (samples: Float32Array): Int16Array =>
  Int16Array.from(samples, (sample) =>
    Math.max(-fullScale, Math.min(fullScale - 1, Math.round(sample * fullScale)))
  )

/** Sound that comes in pieces of any length, as pieces of one length. */
export class Pieces {
  readonly #length: number
  #rest = new Float32Array(0)

  /** The channels of each piece together. */
  constructor(length: number) {
    this.#length = length
  }

  take(samples: Float32Array): readonly Float32Array[] {
    const all = new Float32Array(this.#rest.length + samples.length)
    all.set(this.#rest)
    all.set(samples, this.#rest.length)
    const whole = Math.floor(all.length / this.#length)
    this.#rest = all.slice(whole * this.#length)
    return Array.from({ length: whole }, (_piece, at) =>
      all.slice(at * this.#length, (at + 1) * this.#length)
    )
  }
}
