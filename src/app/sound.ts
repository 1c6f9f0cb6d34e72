/** Everything heard or measured through Web Audio: the two ring tones and the microphone's level. */

let context: AudioContext | null = null

/** One audio context for the page. Browsers leave it asleep until the visitor has touched the page. */
const audio = (): AudioContext | null => {
  if (!('AudioContext' in globalThis)) return null
  context ??= new AudioContext()
  if (context.state === 'suspended') void context.resume()
  return context
}

/** To be called in a click, so that a later ring may sound. */
export const wakeSound = (): void => void audio()

interface Note {
  /** Seconds from the start of the figure. */
  readonly at: number
  readonly hertz: number
  readonly seconds: number
  readonly gain: number
}

/** A call comes in: a rising figure like small bells, twice, then a rest. */
const ring: readonly Note[] = [0, 0.9].flatMap((start) =>
  [659.3, 784, 987.8, 1318.5].map((hertz, index) => ({
    at: start + index * 0.14,
    hertz,
    seconds: 1.1,
    gain: 0.14
  }))
)

/** It rings on the other side: the two tones of a telephone line, far softer. */
const ringBack: readonly Note[] = [440, 480].map((hertz) => ({ at: 0.2, hertz, seconds: 1.1, gain: 0.035 }))

/** Plays a tone over and over until the function it returns is called. */
export const play = (tone: 'ring' | 'ring-back'): (() => void) => {
  const sounding = new Set<OscillatorNode>()
  const figure = (): void => {
    const out = audio()
    // Asleep: notes would pile up and all sound at the first touch.
    if (out?.state !== 'running') return
    for (const note of tone === 'ring' ? ring : ringBack) {
      const oscillator = sound(out, note, tone === 'ring')
      sounding.add(oscillator)
      oscillator.addEventListener('ended', () => sounding.delete(oscillator))
    }
  }
  figure()
  const timer = setInterval(figure, 3000)
  return () => {
    clearInterval(timer)
    for (const oscillator of sounding) oscillator.stop()
  }
}

const sound = (out: AudioContext, note: Note, bell: boolean): OscillatorNode => {
  const start = out.currentTime + note.at
  const end = start + note.seconds
  const oscillator = new OscillatorNode(out, { type: bell ? 'triangle' : 'sine', frequency: note.hertz })
  const volume = new GainNode(out, { gain: 0 })
  volume.gain.setValueAtTime(0, start)
  volume.gain.linearRampToValueAtTime(note.gain, start + (bell ? 0.01 : 0.08))
  if (bell) volume.gain.exponentialRampToValueAtTime(0.0005, end)
  else volume.gain.setValueAtTime(note.gain, end - 0.08)
  volume.gain.linearRampToValueAtTime(0, end)
  oscillator.connect(volume).connect(out.destination)
  oscillator.start(start)
  oscillator.stop(end)
  return oscillator
}

/** Reports the level of a track, 0 to 1, about twenty times a second, until the returned function is called. */
export const loudness = (track: MediaStreamTrack, report: (level: number) => void): (() => void) => {
  const out = audio()
  if (!out) return () => {}
  const source = new MediaStreamAudioSourceNode(out, { mediaStream: new MediaStream([track]) })
  const analyser = new AnalyserNode(out, { fftSize: 1024 })
  source.connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  let shown = 0
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
    // From -60 dB to -10 dB, rising at once and falling slowly, as the eye expects of a meter.
    const level = Math.min(1, Math.max(0, (10 * Math.log10(power + 1e-9) + 60) / 50))
    shown = Math.max(level, shown * 0.85)
    report(shown)
  }, 50)
  return () => {
    clearInterval(timer)
    source.disconnect()
  }
}
