/** What one party sends in a call: the app's tracks, or devices that are opened for this call alone. */
import { CallError } from './errors.ts'
import { type MediaKind, kinds, openMedia, trackOf } from './media.ts'
import type { Platform } from './platform.ts'
import type { Media } from './types.ts'

const isStream = (media: Exclude<Media, null>): media is MediaStream => 'getTracks' in media

/** The kinds that are sent, or will be as soon as their device is open. */
export const kindsIn = (media: Media): readonly MediaKind[] =>
  kinds.filter((kind) => media && (isStream(media) ? trackOf(media, kind) : media[kind]))

export class OwnMedia {
  /** The call's own: the app's stream stays as it is whatever is replaced later. */
  readonly stream: MediaStream
  readonly #platform: Pick<Platform, 'devices'>
  #opened: readonly MediaStreamTrack[] = []
  #closed = false

  constructor(platform: Pick<Platform, 'devices' | 'MediaStream'>) {
    this.#platform = platform
    this.stream = new platform.MediaStream()
  }

  /**
   * Takes a stream's tracks at once, and those of devices when they are open; that is what the promise is
   * for, and it says what could not be opened.
   */
  open(media: Media): Promise<CallError | null> | null {
    if (media && !isStream(media)) return this.#openDevices(media)
    for (const track of media?.getTracks() ?? []) this.stream.addTrack(track)
    return null
  }

  /** Takes the place of the one before; an own device that it replaces is let go. */
  replace(kind: MediaKind, track: MediaStreamTrack | null): void {
    for (const old of this.stream.getTracks()) {
      if (old.kind !== kind || old === track) continue
      this.stream.removeTrack(old)
      if (this.#opened.includes(old)) old.stop()
    }
    if (track) this.stream.addTrack(track)
  }

  close(): void {
    this.#closed = true
    for (const track of this.#opened) track.stop()
  }

  async #openDevices({
    audio = false,
    video = false
  }: Exclude<Media, MediaStream | null>): Promise<CallError | null> {
    const { stream, problems } = await openMedia({ audio, video }, this.#platform.devices())
    this.#opened = stream?.getTracks() ?? []
    for (const track of this.#opened) {
      if (this.#closed) track.stop()
      else this.stream.addTrack(track)
    }
    if (problems.length === 0) return null
    const missing = problems.map(({ kind, code }) => `${kind} (${code})`).join(' and ')
    return new CallError('media-failed', `The call goes on without ${missing}: set a track to send some.`)
  }
}
