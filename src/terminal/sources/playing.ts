/** A source out of what can be read once, or again and again, at its own pace. */
import type { NodeTrack } from '../../rtc/media-stream.ts'
import { type Reader, play } from './schedule.ts'
import { MediaError, type Source } from './source.ts'

export interface Reading {
  readonly track: NodeTrack
  /** What a call gets to see: from the beginning, or from where the call before has left it. */
  frames(): Reader & { close?(): Promise<unknown> }
}

interface PlayingSettings {
  /** As it is called in a sentence. */
  readonly name: string
  readonly loops: boolean
  close?(): Promise<void>
}

export class PlayingSource implements Source {
  readonly tracks: readonly NodeTrack[]
  readonly #readings: readonly Reading[]
  readonly #settings: PlayingSettings
  #playing: AbortController | null = null

  constructor(readings: readonly Reading[], settings: PlayingSettings) {
    this.tracks = readings.map(({ track }) => track)
    this.#readings = readings
    this.#settings = settings
  }

  start(ended: (error: MediaError | null) => void): void {
    this.stop()
    const control = new AbortController()
    this.#playing = control
    this.#run(control.signal).then(
      () => control.signal.aborted || ended(null),
      (cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause)
        const sentence = `${this.#settings.name} cannot be played to its end: ${why.replace(/\.$/, '')}.`
        if (!control.signal.aborted) ended(new MediaError(sentence, { cause }))
      }
    )
  }

  stop(): void {
    this.#playing?.abort()
    this.#playing = null
  }

  async close(): Promise<void> {
    this.stop()
    await this.#settings.close?.()
  }

  async #run(signal: AbortSignal): Promise<void> {
    let hasPlayed: boolean
    do {
      const playables = this.#readings.map((reading) => ({ track: reading.track, frames: reading.frames() }))
      try {
        hasPlayed = await play(playables, signal)
      } finally {
        for (const { frames } of playables) await frames.close?.()
      }
    } while (this.#settings.loops && hasPlayed && !signal.aborted)
  }
}
