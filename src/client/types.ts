/**
 * The surface of the SDK: what an app sees of a line to a server and of a call on it.
 */
import type { ClientMessage, Peer as CorePeer, EndReason, PeerId, RefusalCode } from '../core/signal.ts'
import type { NativeServerMessage } from '../dialects/native-client.ts'
import type { CallError } from './errors.ts'
import type { IncomingFile, SendFileOptions } from './files.ts'
import type { MediaKind, WantedDevice } from './media.ts'
import type { Muted } from './partner.ts'
import type { Rtc } from './platform.ts'
import type { Quality } from './quality.ts'
import type { CallVerification } from './verification.ts'

export type {
  CallError,
  CallVerification,
  EndReason,
  IncomingFile,
  Muted,
  PeerId,
  Quality,
  RefusalCode,
  Rtc,
  SendFileOptions
}

/** Somebody in the lobby. */
export type Peer = Omit<CorePeer, 'number'>

/** An `EventTarget` whose events carry typed details. */
export interface TypedEventTarget<Events> {
  addEventListener<K extends keyof Events & string>(
    type: K,
    listener: (event: CustomEvent<Events[K]>) => void,
    options?: boolean | AddEventListenerOptions
  ): void
  removeEventListener<K extends keyof Events & string>(
    type: K,
    listener: (event: CustomEvent<Events[K]>) => void,
    options?: boolean | EventListenerOptions
  ): void
}

/**
 * What a party sends. A stream is the app's own, and whoever opened its tracks stops them. Devices that are
 * wanted are opened by the call, a kind that is left out is not, and are stopped at its end. `null` sends
 * nothing. All of them receive what the other side sends.
 */
export type Media = MediaStream | { readonly audio?: WantedDevice; readonly video?: WantedDevice } | null

/**
 * What of a callee's addresses leaves before it accepts, so that media flows at once when it does. `relay`
 * tells those of the server's relay alone, which say nothing about it; `off` and `all` tell none and all.
 */
export type InstantAnswer = 'off' | 'relay' | 'all'

/** One message between a line and its server, whatever the wire: as it is handed over, or before it is heeded. */
export type Traced =
  | { readonly direction: 'sent'; readonly message: ClientMessage }
  | { readonly direction: 'received'; readonly message: NativeServerMessage }

export type LineState = 'connecting' | 'open' | 'resuming' | 'closed'

export interface ConnectOptions {
  readonly name: string
  /** Who sees whom; `main` unless told. */
  readonly lobby?: string
  /** How many the lobby is to hold at most; the smallest that anybody in it has asked for counts. */
  readonly size?: number
  /** For calls that are placed or accepted without media of their own; `null` unless told. */
  readonly media?: Media
  /** Closes the line, and ends its call, when aborted. */
  readonly signal?: AbortSignal
  /** Besides those that the server offers for each call, its own relay among them. */
  readonly iceServers?: readonly RTCIceServer[]
  /** `relay` keeps one's addresses from the other side: media goes through relays alone. `all` unless told. */
  readonly iceTransportPolicy?: RTCIceTransportPolicy
  /** `relay` unless told; without a relay that is `off`. */
  readonly instantAnswer?: InstantAnswer
  /** Shows the picture of who calls while it rings, where the answer is instant; `false` unless told. */
  readonly previewCaller?: boolean
  /** Any W3C-compatible implementation; the browser's own unless told. */
  readonly rtc?: Partial<Rtc>
  /** Keeps the same peer id across connections: 22 to 64 characters of base64url. A new one unless told. */
  readonly secret?: string
  /** Sees all that is said, for logs, inspectors and conductors. It must not throw. */
  readonly trace?: (traced: Traced) => void
}

export interface LineEvents {
  /** `error` says why the line is `resuming`; the event comes again with each attempt that fails. */
  state: { readonly state: LineState; readonly error?: CallError }
  /** The roster, or oneself, has changed; `line.roster` and `line.self` are the new ones. */
  roster: {
    readonly joined: readonly Peer[]
    readonly left: readonly Peer[]
    readonly changed: readonly Peer[]
  }
  /** Somebody calls: `call.phase` is `ringing` until `accept()` or `decline()`. */
  call: { readonly call: Call }
  text: { readonly from: Peer; readonly text: string; readonly direct: boolean }
  refused: { readonly code: RefusalCode; readonly reason: string }
}

/**
 * A signed-in client. Its connection may be lost, and is sought until there is one: then the line goes on where
 * it was, what was said meanwhile is said and heard, and calls never noticed. A server that has been restarted is
 * signed in to anew, under the same id, and calls go on there, too. A line that is `closed` stays so.
 */
export interface Line extends TypedEventTarget<LineEvents>, AsyncDisposable {
  readonly self: Peer
  readonly lobby: string
  /** The others, longest present first. */
  readonly roster: readonly Peer[]
  readonly state: LineState
  /** The call this line is in; a line has one call at a time, and answers others with busy. */
  readonly currentCall: Call | null
  /**
   * Calls a peer of the roster; it rings there once the devices are open. To call somebody who is
   * calling is to accept. Throws a `CallError` when the line is closed, or there is no such peer, or another call.
   */
  call(peer: PeerId, options?: { readonly media?: Media }): Call
  rename(name: string): void
  /** To one peer, or to the whole lobby; while the line is lost it waits. Throws a `CallError` when it is closed. */
  sendText(text: string, to?: PeerId): void
  /** Hangs up and signs out. Whoever ends the process after it disposes of the line instead, and waits for that. */
  close(): void
}

/**
 * An outgoing call goes calling → ringing → connecting → connected → ended; an incoming one
 * ringing → connecting → connected → ended; `connecting` is left out where the answer was instant. Any
 * phase may go to ended, once.
 */
export type CallPhase = 'calling' | 'ringing' | 'connecting' | 'connected' | 'ended'

export interface CallEvents {
  phase: { readonly phase: CallPhase }
  /** A remote track came or went; `call.remoteStream` holds what there is. */
  remote: { readonly stream: MediaStream }
  /** Media has stopped and is being brought back, or is back. */
  interrupted: { readonly interrupted: boolean }
  /** Somebody has muted something, or is heard and seen again. */
  muted: { readonly muted: Muted; readonly remoteMuted: Muted }
  /** Somebody shows a screen, or no longer does. */
  screen: { readonly screen: MediaStream | null; readonly remoteScreen: MediaStream | null }
  /** The other side has written something. */
  message: { readonly text: string }
  /** The other side offers a file; nothing of it comes before `file.accept()`. */
  file: { readonly file: IncomingFile }
  verification: { readonly verification: CallVerification }
  ended: { readonly reason: EndReason }
  /** Something went wrong. The call goes on unless it ends with `failed`. */
  problem: { readonly error: CallError }
}

export interface Call extends TypedEventTarget<CallEvents> {
  readonly id: string
  readonly direction: 'outgoing' | 'incoming'
  readonly peer: Peer
  readonly phase: CallPhase
  /** Media has stopped, and is being brought back. */
  readonly interrupted: boolean
  readonly endReason: EndReason | null
  /** What this side sends, in a stream of the call's own. */
  readonly localStream: MediaStream | null
  /** Always there; empty until tracks come. */
  readonly remoteStream: MediaStream
  /** Milliseconds since 1970 at which media first flowed, for a clock on the screen. */
  readonly connectedAt: number | null
  /**
   * Answers at once, and resolves when its devices are open, too. Does nothing unless an incoming call
   * is ringing.
   */
  accept(options?: { readonly media?: Media }): Promise<void>
  decline(reason?: 'declined' | 'busy'): void
  hangUp(): void
  /** Gives the call another camera or microphone, or its first one; renegotiates only if it must. */
  replaceTrack(kind: MediaKind, track: MediaStreamTrack | null): Promise<void>
  /** What of this side is not heard or seen: muted, or not sent at all. */
  readonly muted: Muted
  /** The same of the other side, as it says; partners of other protocols say nothing. */
  readonly remoteMuted: Muted
  /** Silences own sound or picture: its tracks are disabled until `unmute`, or the end of the call. */
  mute(kind: MediaKind): void
  unmute(kind: MediaKind): void
  /** The screen that is shown to the other side. */
  readonly screen: MediaStream | null
  /** The other side's. Only of partners that speak the native protocol; others show it as their camera. */
  readonly remoteScreen: MediaStream | null
  /**
   * Shows a screen beside the camera: one that the person chooses, unless a stream is given. Either side may at
   * any time, and both at once. Partners of other protocols see it instead of the camera. Rejects with a `CallError`.
   */
  shareScreen(stream?: MediaStream): Promise<MediaStream>
  stopSharing(): Promise<void>
  /** Writes to the other side, directly. Throws a `CallError` when there is no way to it. */
  sendMessage(text: string): void
  /** Offers a file, and resolves when the other side has all of it. Rejects with a `CallError`. */
  sendFile(file: Blob & { readonly name?: string }, options?: SendFileOptions): Promise<void>
  /** One reading after the other, every two seconds unless told, until the call is over. */
  quality(options?: { readonly everyMs?: number }): AsyncIterable<Quality>
  /** Four signs for both people to compare: where they differ, somebody is between them. */
  readonly verification: CallVerification
  /** The W3C statistics of the connection underneath. */
  getStats(): Promise<RTCStatsReport>
}
