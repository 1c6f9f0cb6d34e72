/**
 * The visitor's own camera and microphone: open only while a preview or a call shows them, with the
 * lights off in between.
 */
import { batch, computed, signal } from '@preact/signals'
import type { Signal } from '@preact/signals'
import type {
  DeviceList,
  MediaKind,
  MediaProblem,
  OpenedMedia,
  WantedDevice,
  WantedMedia
} from '../client/media.ts'
import type { Preferences } from './preferences.ts'

export interface MediaAccess {
  openMedia(wanted: WantedMedia): Promise<OpenedMedia>
  listDevices(): Promise<DeviceList>
  pause(ms: number): Promise<void>
}

/** Long enough for one black frame to leave. */
const blackMs = 250

export type DeviceKind = 'camera' | 'microphone' | 'speaker'

export class LocalMedia {
  readonly audio = signal<MediaStreamTrack | null>(null)
  readonly video = signal<MediaStreamTrack | null>(null)
  readonly problems = signal<readonly MediaProblem[]>([])
  readonly opening = signal(false)
  readonly devices = signal<DeviceList>({ cameras: [], microphones: [], speakers: [] })
  /** What the visitor has switched on, whether or not there is a device for it. */
  readonly cameraOn = signal(true)
  readonly microphoneOn = signal(true)
  /** The tracks there are, for a call or a preview; `null` when there are none. */
  readonly stream = computed(() => {
    const tracks = [this.audio.value, this.video.value].filter((track) => track !== null)
    return tracks.length > 0 ? new MediaStream(tracks) : null
  })
  /** Told of every exchange of a track, so that a call in progress can follow. */
  onTrack: (kind: MediaKind, track: MediaStreamTrack | null) => void = () => {}
  /** Told when the microphone is muted, or heard again. */
  onMuted: (muted: boolean) => void = () => {}
  /** Told when a device went away by itself. */
  onLost: (kind: MediaKind) => void = () => {}

  readonly #access: MediaAccess
  readonly #preferences: Preferences
  #inUse = false
  /** One opening at a time: the next one sees what the last one got. */
  #last: Promise<void> = Promise.resolve()

  constructor(access: MediaAccess, preferences: Preferences) {
    this.#access = access
    this.#preferences = preferences
  }

  /** Opens what is wanted and not open yet. What cannot be opened is told in `problems`. */
  open(): Promise<void> {
    this.#inUse = true
    this.#last = this.#last.then(() => this.#openMissing())
    return this.#last
  }

  close(): void {
    this.#inUse = false
    this.#replace('audio', null)
    this.#replace('video', null)
  }

  async setCamera(on: boolean): Promise<void> {
    this.cameraOn.value = on
    this.problems.value = this.problems.value.filter(({ kind }) => kind !== 'video')
    const video = this.video.value
    if (video) video.enabled = on
    if (on) return this.open()
    if (!video) return
    // The last frame is the one that others go on seeing, so it has to be a black one.
    await this.#access.pause(blackMs)
    if (!this.cameraOn.value && this.video.value === video) this.#replace('video', null)
  }

  /** Muting keeps the microphone open, so that the first word after it is not lost. */
  async setMicrophone(on: boolean): Promise<void> {
    this.microphoneOn.value = on
    if (this.audio.value) this.audio.value.enabled = on
    else if (on) await this.open()
    this.onMuted(!on)
  }

  async choose(kind: DeviceKind, id: string): Promise<void> {
    this.#preferences[kind].value = id
    if (kind === 'speaker') return
    this.#replace(kind === 'camera' ? 'video' : 'audio', null)
    await this.open()
  }

  /** To be called when devices come and go. */
  async refresh(): Promise<void> {
    const devices = await this.#access.listDevices()
    this.devices.value = devices
    const found = this.problems.value.some(
      ({ kind, code }) =>
        code === 'not-found' && (kind === 'video' ? devices.cameras : devices.microphones).length > 0
    )
    if (found && this.#inUse) await this.open()
  }

  async #openMissing(): Promise<void> {
    if (!this.#inUse) return
    const wanted = {
      audio: !this.audio.value && chosen(this.#preferences.microphone),
      video: this.cameraOn.value && !this.video.value && chosen(this.#preferences.camera)
    }
    if (wanted.audio === false && wanted.video === false) return
    this.opening.value = true
    const { stream, problems } = await this.#access.openMedia(wanted)
    batch(() => {
      this.opening.value = false
      const untried = this.problems.value.filter(({ kind }) => wanted[kind] === false)
      this.problems.value = [...untried, ...problems]
      for (const track of stream?.getTracks() ?? []) this.#take(track)
    })
    // Only now do the devices have names.
    this.devices.value = await this.#access.listDevices()
  }

  #take(track: MediaStreamTrack): void {
    const kind = track.kind === 'video' ? 'video' : 'audio'
    const unwanted = !this.#inUse || (kind === 'video' && !this.cameraOn.value)
    if (unwanted) {
      track.stop()
      return
    }
    if (kind === 'audio') track.enabled = this.microphoneOn.value
    track.addEventListener('ended', () => this.#lose(track), { once: true })
    this.#replace(kind, track)
  }

  /** A device was unplugged, or its permission withdrawn: go on with another one, or without. */
  #lose(track: MediaStreamTrack): void {
    const kind = track.kind === 'video' ? 'video' : 'audio'
    if (this.#slot(kind).value !== track) return
    this.#replace(kind, null)
    this.onLost(kind)
    void this.open()
  }

  #replace(kind: MediaKind, track: MediaStreamTrack | null): void {
    const slot = this.#slot(kind)
    if (slot.value === track) return
    slot.value?.stop()
    slot.value = track
    this.onTrack(kind, track)
  }

  #slot(kind: MediaKind): Signal<MediaStreamTrack | null> {
    return kind === 'video' ? this.video : this.audio
  }
}

const chosen = (device: Signal<string>): WantedDevice =>
  device.value === '' ? true : { deviceId: device.value }
