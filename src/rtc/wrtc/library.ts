/** `@roamhq/wrtc`, libwebrtc for Node: loaded if it is there, and what of it is used. */
import { createRequire } from 'node:module'
import type { PeerConnection, Transceiver } from '../../client/platform.ts'

/** Its events are no `Event`s, and there is no `once`. */
interface Emitter {
  addEventListener(type: string, listener: (event: unknown) => void): void
}

interface NativeDescription {
  readonly type: RTCSdpType
  readonly sdp: string
}

export interface NativeChannel extends Emitter {
  readonly readyState: RTCDataChannelState
  readonly bufferedAmount: number
  send(data: string | ArrayBuffer): void
  close(): void
}

export interface NativeTransceiver extends Transceiver {
  readonly sender: Transceiver['sender'] & {
    /** `null` before anything is negotiated. */
    readonly transport: { readonly state: RTCDtlsTransportState } | null
  }
}

/** Of W3C's methods, `setLocalDescription` without an argument is missing. */
export interface NativeConnection
  extends
    Emitter,
    Pick<
      PeerConnection,
      | 'localDescription'
      | 'currentLocalDescription'
      | 'currentRemoteDescription'
      | 'signalingState'
      | 'connectionState'
      | 'addTrack'
      | 'addTransceiver'
      | 'setRemoteDescription'
      | 'addIceCandidate'
      | 'restartIce'
      | 'getStats'
      | 'close'
    > {
  createDataChannel(label: string, options: { readonly negotiated: true; readonly id: number }): NativeChannel
  getTransceivers(): readonly NativeTransceiver[]
  setConfiguration(configuration: RTCConfiguration): void
  createOffer(): Promise<NativeDescription>
  createAnswer(): Promise<NativeDescription>
  setLocalDescription(description: { readonly type: RTCSdpType; readonly sdp?: string }): Promise<void>
}

export interface RawVideoSource {
  createTrack(): MediaStreamTrack
  /** The planes one after the other, without padding. */
  onFrame(picture: { readonly width: number; readonly height: number; readonly data: Uint8Array }): void
}

export interface RawAudioSource {
  createTrack(): MediaStreamTrack
  /** Ten milliseconds. */
  onData(sound: {
    readonly samples: Int16Array
    readonly sampleRate: number
    readonly bitsPerSample: 16
    readonly channelCount: number
    readonly numberOfFrames: number
  }): void
}

export interface RawSink extends Emitter {
  stop(): void
}

export interface Wrtc {
  readonly RTCPeerConnection: new (configuration?: RTCConfiguration) => NativeConnection
  readonly MediaStream: new (tracks?: MediaStreamTrack[]) => MediaStream
  readonly nonstandard: {
    readonly RTCVideoSource: new () => RawVideoSource
    readonly RTCAudioSource: new () => RawAudioSource
    readonly RTCVideoSink: new (track: MediaStreamTrack) => RawSink
    readonly RTCAudioSink: new (track: MediaStreamTrack) => RawSink
  }
}

const isWrtc = (value: unknown): value is Wrtc =>
  typeof value === 'object' && value !== null && 'RTCPeerConnection' in value && 'nonstandard' in value

/**
 * After a call with media, a process that ends because nothing is left to do crashes on its way out; one that is told
 * to exit does not. Whoever else has something to do at the end begins with it the first time that nothing is left.
 */
const exitInOrder = (): void => {
  process.once('beforeExit', () => {
    setImmediate(() => process.once('beforeExit', (code) => process.exit(code)))
  })
}

/** Throws an `Error` with a sentence that says what to do, where it is not there or is another one. */
export const wrtcFrom = (load: () => unknown): Wrtc => {
  let library: unknown
  try {
    library = load()
  } catch (cause) {
    throw new Error('@roamhq/wrtc is not installed, or not made for this system: npm install @roamhq/wrtc.', {
      cause
    })
  }
  if (!isWrtc(library)) throw new Error('This is another @roamhq/wrtc than 0.10.')
  return library
}

let loaded: Wrtc | null = null

export const loadWrtc = (): Wrtc => {
  if (loaded !== null) return loaded
  loaded = wrtcFrom(() => createRequire(import.meta.url)('@roamhq/wrtc'))
  exitInOrder()
  return loaded
}
