/**
 * What the SDK needs of the world around it. Everything here can be replaced: by another W3C
 * implementation in Node, and by fakes in tests.
 */
import type { Candidate } from '../core/signal.ts'
import { CallError } from './errors.ts'
import { randomHex } from './hexadecimal.ts'
import { type MediaSource, pageDevices } from './media.ts'

/** The part of W3C's `RTCRtpTransceiver` that is used. */
export interface Transceiver {
  /** Which section of the descriptions is its own; `null` before it is negotiated. */
  readonly mid: string | null
  direction: RTCRtpTransceiverDirection
  readonly currentDirection: RTCRtpTransceiverDirection | null
  readonly sender: {
    readonly track: MediaStreamTrack | null
    replaceTrack(track: MediaStreamTrack | null): Promise<void>
    setStreams?(...streams: MediaStream[]): void
  }
  readonly receiver: { readonly track: MediaStreamTrack }
}

/** The part of W3C's `RTCDataChannel` that is used. */
export interface DataChannel extends EventTarget {
  binaryType: BinaryType
  bufferedAmountLowThreshold: number
  readonly readyState: RTCDataChannelState
  readonly bufferedAmount: number
  send(data: string | ArrayBuffer): void
  close(): void
}

/** What a `message` event of a data channel carries. */
export const dataOf = (event: Event): unknown => ('data' in event ? event.data : undefined)

interface SetDescription {
  readonly type: RTCSdpType
  readonly sdp: string
}

/** The part of W3C's `RTCPeerConnection` that is used. */
export interface PeerConnection {
  readonly localDescription: SetDescription | null
  readonly currentLocalDescription: SetDescription | null
  readonly currentRemoteDescription: SetDescription | null
  readonly signalingState: RTCSignalingState
  readonly connectionState: RTCPeerConnectionState
  addTrack(track: MediaStreamTrack, ...streams: MediaStream[]): unknown
  addTransceiver(track: 'audio' | 'video' | MediaStreamTrack, init: RTCRtpTransceiverInit): Transceiver
  createDataChannel(label: string, options: { readonly negotiated: true; readonly id: number }): DataChannel
  getTransceivers(): readonly Transceiver[]
  /** Missing in some implementations, whose ICE servers stay what they were. */
  setConfiguration?(configuration: RTCConfiguration): void
  setLocalDescription(description?: { readonly type: 'rollback' }): Promise<void>
  setRemoteDescription(description: SetDescription): Promise<void>
  addIceCandidate(candidate: Candidate): Promise<void>
  restartIce(): void
  getStats(): Promise<RTCStatsReport>
  close(): void
  addEventListener(
    type: 'icecandidate',
    listener: (event: Event & { readonly candidate: Candidate | null }) => void
  ): void
  addEventListener(
    type: 'negotiationneeded' | 'connectionstatechange' | 'signalingstatechange',
    listener: () => void
  ): void
}

/** The part of a `WebSocket` that is used. */
export interface WebSocketLike {
  send(text: string): void
  close(code?: number): void
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void
  ): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
}

/** What happens to the page and to the network under it. */
export type Surroundings = 'network-changed' | 'page-hidden' | 'page-shown'

/** W3C's classes, from wherever they come. */
export interface Rtc {
  readonly RTCPeerConnection: new (configuration?: RTCConfiguration) => PeerConnection
  readonly MediaStream: new (tracks?: MediaStreamTrack[]) => MediaStream
}

export interface Platform extends Rtc {
  readonly WebSocket: new (url: string, protocol: string) => WebSocketLike
  /** Where cameras and microphones are opened; `null` where there are none. */
  devices(): MediaSource | null
  /** Lets the person choose a screen, a window or a tab. */
  openScreen(): Promise<MediaStream>
  /** Whether anything but a gateway answers at this address; rejects when nothing does. `null` where sockets are as good. */
  readonly reach: ((url: string, signal: AbortSignal) => Promise<boolean>) | null
  /** Unguessable: 32 characters, of 128 random bits. */
  newCallId(): string
  newSecret(): string
  /** Milliseconds since 1970. */
  now(): number
  /** From 0 to 1. */
  random(): number
  /** Runs something once, later; what it answers with calls that off. */
  after(ms: number, run: () => void): () => void
  /** Tells what happens around; what it answers with stops that. */
  watch(tell: (what: Surroundings) => void): () => void
}

/** 128 bits. */
const newId = (): string => randomHex(16)

const after = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

/** Of another origin one learns no more than that it answers. */
const reach = async (url: string, signal: AbortSignal): Promise<boolean> => {
  const { type, status } = await fetch(url, { method: 'HEAD', mode: 'no-cors', cache: 'no-store', signal })
  return type === 'opaque' || status < 500
}

/** W3C's `NetworkInformation`, of which the DOM's types know nothing, and which not every browser has. */
interface Network extends Pick<EventTarget, 'addEventListener'> {
  /** `wifi`, `cellular`…, where that is told. */
  readonly type?: string
}

declare global {
  interface Navigator {
    readonly connection?: Network
  }
}

/** A page's events; in Node there are none. */
const watch: Platform['watch'] = (tell) => {
  const { addEventListener, navigator }: Partial<typeof globalThis> = globalThis
  const control = new AbortController()
  const listen = (target: Pick<EventTarget, 'addEventListener'>, type: string, run: () => void): void =>
    target.addEventListener(type, run, { signal: control.signal })
  if (addEventListener !== undefined) {
    listen(globalThis, 'online', () => tell('network-changed'))
    listen(globalThis, 'pagehide', () => tell('page-hidden'))
    listen(globalThis, 'pageshow', () => tell('page-shown'))
  }
  // What else it tells are estimates, which change all the time.
  const network = navigator?.connection
  if (network !== undefined) {
    let { type } = network
    listen(network, 'change', () => {
      if (network.type !== type) tell('network-changed')
      ;({ type } = network)
    })
  }
  return () => control.abort()
}

/** This browser, or this Node with the classes it was given. */
export const platformWith = (rtc: Partial<Rtc> | undefined, socket?: Platform['WebSocket']): Platform => {
  const { RTCPeerConnection, MediaStream, WebSocket }: Partial<typeof globalThis> = globalThis
  const webSocket = socket ?? WebSocket
  const connection = rtc?.RTCPeerConnection ?? RTCPeerConnection
  const stream = rtc?.MediaStream ?? MediaStream
  if (connection === undefined || stream === undefined) {
    throw new CallError('unsupported', 'There is no WebRTC here: pass one as `rtc`.')
  }
  if (webSocket === undefined) {
    throw new CallError('unsupported', 'There is no WebSocket here: use a browser, or Node 22.')
  }
  return {
    RTCPeerConnection: connection,
    MediaStream: stream,
    WebSocket: webSocket,
    reach: socket === undefined ? reach : null,
    devices: pageDevices,
    openScreen: async () => navigator.mediaDevices.getDisplayMedia({ video: true }),
    newCallId: newId,
    newSecret: newId,
    now: () => Date.now(),
    random: () => Math.random(),
    after,
    watch
  }
}
