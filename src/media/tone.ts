/** Sound to hear whether there is any: a soft tone, and a beep at the beginning of each second, when a test pattern flashes. */

export interface SoundFormat {
  readonly sampleRate: number
  readonly channels: number
}

/** How long the beep takes. */
export const beepMs = 100
/** From silence to the full beep, and back, so that it does not click. In seconds. */
const edge = 0.005

// Whole numbers, so that each second is like the other.
const toneHz = 440
const beepHz = 1_000
const toneLevel = 0.04
const beepLevel = 0.2

/** Of a sample of a second. */
const levelAt = (seconds: number): number => {
  const beep = Math.min(1, seconds / edge, Math.max(0, (beepMs / 1_000 - seconds) / edge))
  const swelling = (1 - Math.cos(Math.PI * beep)) / 2
  const wave = (hz: number): number => Math.sin(2 * Math.PI * hz * seconds)
  return toneLevel * wave(toneHz) + beepLevel * swelling * wave(beepHz)
}

/** So many samples from one of them on, which is counted from a full second; of all channels, one after the other. */
export const tone = (
  from: number,
  count: number,
  { sampleRate, channels }: SoundFormat
): Float32Array<ArrayBuffer> => {
  const samples = new Float32Array(count * channels)
  for (let at = 0; at < count; at += 1) {
    const level = levelAt(((from + at) % sampleRate) / sampleRate)
    samples.fill(level, at * channels, (at + 1) * channels)
  }
  return samples
}
