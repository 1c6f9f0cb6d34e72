/**
 * Camera and microphone: opens as much of them as there is, and says in fixed words what is missing.
 * Takes the browser's `MediaDevices` as an argument, so that it can be tried without one.
 */

export type MediaKind = 'audio' | 'video'

/** Why there is no camera or no microphone. */
export type MediaProblemCode =
  /** The page came over plain HTTP from another host, where browsers hide the devices. */
  | 'insecure-origin'
  /** This browser has no devices to give at all. */
  | 'unsupported'
  /** The person, the browser or the system said no. */
  | 'denied'
  | 'not-found'
  /** Another program holds it, or the hardware does not answer. */
  | 'in-use'
  | 'failed'

export interface MediaProblem {
  readonly kind: MediaKind
  readonly code: MediaProblemCode
}

/** A device by id is a preference: where it is gone, another of its kind is opened. */
export type WantedDevice = boolean | { readonly deviceId: string }

export interface WantedMedia {
  readonly audio: WantedDevice
  readonly video: WantedDevice
}

export interface OpenedMedia {
  /** What could be opened; `null` when nothing could. The caller stops its tracks. */
  readonly stream: MediaStream | null
  /** One for each kind that was wanted and is missing. */
  readonly problems: readonly MediaProblem[]
}

export interface Device {
  readonly id: string
  /** Empty until the person has given permission. */
  readonly label: string
}

export interface DeviceList {
  readonly cameras: readonly Device[]
  readonly microphones: readonly Device[]
  readonly speakers: readonly Device[]
}

export type MediaSource = Pick<MediaDevices, 'getUserMedia' | 'enumerateDevices'>

/** The devices of this page; none outside a browser and on insecure origins. */
export const pageDevices = (): MediaSource | null => globalThis.navigator?.mediaDevices ?? null

/**
 * Opens what is wanted: everything at once, so that the person is asked once, and if that fails each
 * kind alone, so that a missing camera does not cost the microphone. Never rejects.
 */
export const openMedia = async (
  wanted: WantedMedia,
  source: MediaSource | null = pageDevices()
): Promise<OpenedMedia> => {
  const kinds = (['audio', 'video'] as const).filter((kind) => wanted[kind] !== false)
  if (kinds.length === 0) return { stream: null, problems: [] }
  if (!source) {
    const code = 'isSecureContext' in globalThis && !isSecureContext ? 'insecure-origin' : 'unsupported'
    return { stream: null, problems: kinds.map((kind) => ({ kind, code })) }
  }
  const together = await attempt(source, kinds, wanted)
  if (together.stream) return { stream: together.stream, problems: [] }
  if (kinds.length === 1) return { stream: null, problems: problemsOf(kinds, together.code) }
  const audio = await attempt(source, ['audio'], wanted)
  const video = await attempt(source, ['video'], wanted)
  return {
    stream: joined(audio.stream, video.stream),
    problems: [
      ...(audio.stream ? [] : problemsOf(['audio'], audio.code)),
      ...(video.stream ? [] : problemsOf(['video'], video.code))
    ]
  }
}

/** What can be chosen from, each device once. */
export const listDevices = async (source: MediaSource | null = pageDevices()): Promise<DeviceList> => {
  const devices = source ? await source.enumerateDevices() : []
  const of = (kind: MediaDeviceKind): Device[] =>
    devices
      // `communications` is Windows' second name for a device that is in the list already.
      .filter((device) => device.kind === kind && !['', 'communications'].includes(device.deviceId))
      .map(({ deviceId, label }) => ({ id: deviceId, label }))
  return { cameras: of('videoinput'), microphones: of('audioinput'), speakers: of('audiooutput') }
}

/** The names in the specification, and the older ones that browsers still throw. */
export const mediaProblemCode = (error: unknown): MediaProblemCode => {
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
    case 'SecurityError':
      return 'denied'
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return 'not-found'
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'in-use'
    default:
      return 'failed'
  }
}

type Attempt = { readonly stream: MediaStream } | { readonly stream: null; readonly code: MediaProblemCode }

const attempt = async (
  source: MediaSource,
  kinds: readonly MediaKind[],
  wanted: WantedMedia
): Promise<Attempt> => {
  try {
    const stream = await source.getUserMedia({
      audio: kinds.includes('audio') && constraints(wanted.audio),
      video: kinds.includes('video') && { ...picture, ...constraints(wanted.video) }
    })
    return { stream }
  } catch (error) {
    return { stream: null, code: mediaProblemCode(error) }
  }
}

const picture = { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: { ideal: 'user' } }

const constraints = (device: WantedDevice): MediaTrackConstraints =>
  typeof device === 'object' ? { deviceId: { ideal: device.deviceId } } : {}

const problemsOf = (kinds: readonly MediaKind[], code: MediaProblemCode): MediaProblem[] =>
  kinds.map((kind) => ({ kind, code }))

const joined = (audio: MediaStream | null, video: MediaStream | null): MediaStream | null => {
  if (!audio || !video) return audio ?? video
  for (const track of video.getTracks()) audio.addTrack(track)
  return audio
}
