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

export const kinds: readonly MediaKind[] = ['audio', 'video']

/** The first track of a kind that a stream has. */
export const trackOf = (stream: MediaStream | null, kind: MediaKind): MediaStreamTrack | undefined =>
  stream?.getTracks().find((track) => track.kind === kind)

/**
 * Opens what is wanted: everything at once, so that the person is asked once, and if that fails each
 * kind alone, so that a missing camera does not cost the microphone. Never rejects.
 */
export const openMedia = async (
  wanted: WantedMedia,
  source: MediaSource | null = pageDevices()
): Promise<OpenedMedia> => {
  const missing = kinds.filter((kind) => wanted[kind] !== false)
  if (!source) {
    const code = 'isSecureContext' in globalThis && !isSecureContext ? 'insecure-origin' : 'unsupported'
    return { stream: null, problems: missing.map((kind) => ({ kind, code })) }
  }
  const together = missing.length > 1 ? await attempt(source, missing, wanted) : 'failed'
  if (typeof together !== 'string') return { stream: together, problems: [] }
  let stream: MediaStream | null = null
  const problems: MediaProblem[] = []
  for (const kind of missing) {
    const opened = await attempt(source, [kind], wanted)
    if (typeof opened === 'string') problems.push({ kind, code: opened })
    else if (!stream) stream = opened
    else for (const track of opened.getTracks()) stream.addTrack(track)
  }
  return { stream, problems }
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

/** By the names in the specification, and the older ones that browsers still throw. */
const codes: readonly (readonly [RegExp, MediaProblemCode])[] = [
  [/NotAllowed|PermissionDenied|Security/, 'denied'],
  [/NotFound|Overconstrained/, 'not-found'],
  [/NotReadable|TrackStart|Abort/, 'in-use']
]

export const mediaProblemCode = (error: unknown): MediaProblemCode =>
  codes.find(([name]) => error instanceof Error && name.test(error.name))?.[1] ?? 'failed'

/** The stream, or why there is none. */
const attempt = async (
  source: MediaSource,
  kinds: readonly MediaKind[],
  wanted: WantedMedia
): Promise<MediaStream | MediaProblemCode> => {
  try {
    return await source.getUserMedia({
      audio: kinds.includes('audio') && constraints(wanted.audio),
      video: kinds.includes('video') && { ...picture, ...constraints(wanted.video) }
    })
  } catch (error) {
    return mediaProblemCode(error)
  }
}

const picture = { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: { ideal: 'user' } }

const constraints = (device: WantedDevice): MediaTrackConstraints =>
  typeof device === 'object' ? { deviceId: { ideal: device.deviceId } } : {}
