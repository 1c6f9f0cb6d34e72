/** What the conductor tells of itself: the callbacks of libwebrtc's example, and its steps between them. */
import type { Candidate, Description } from '../core/signal.ts'
import type { Transceiver } from './platform.ts'
import type { PeerId, Rtc } from './types.ts'

/** What a peer says about a call: a description or a candidate, in W3C's form. */
export type PeerMessage = { readonly type: Description['type']; readonly sdp: string } | Candidate

/** The observers of the example's signaling client and of its peer connection. */
export interface ConductorObserver {
  onSignedIn(): void
  onDisconnected(): void
  onPeerConnected(id: PeerId, name: string): void
  /** It has left, or has ended the call. */
  onPeerDisconnected(id: PeerId): void
  onMessageFromPeer(id: PeerId, message: PeerMessage): void
  /** A message, the sign-in and the sign-out included, was handed over. */
  onMessageSent(): void
  onServerConnectionFailure(error: unknown): void
  onIceCandidate(candidate: Candidate): void
  onAddTrack(track: MediaStreamTrack, stream: MediaStream): void
  onRemoveTrack(track: MediaStreamTrack): void
  /** An offer or an answer was made. */
  onSuccess(description: { readonly type: Description['type']; readonly sdp: string }): void
}

/** What the example's conductor does and is told, in the order in which that happens. */
export type ConductorStep =
  | keyof ConductorObserver
  | 'startLogin'
  | 'connectToPeer'
  | 'initializePeerConnection'
  | 'createPeerConnection'
  | 'addTracks'
  | 'sendMessage'
  | 'deletePeerConnection'
  | 'disconnectFromCurrentPeer'
  | 'disconnectFromServer'
  | 'close'

/** Classes that are used like those that are given, and tell of it. */
export const tracedRtc = (
  { RTCPeerConnection, MediaStream }: Rtc,
  trace: (step: ConductorStep) => void
): Rtc => ({
  MediaStream,
  RTCPeerConnection: class extends RTCPeerConnection {
    #hasTracks = false

    constructor(configuration?: RTCConfiguration) {
      trace('initializePeerConnection')
      trace('createPeerConnection')
      super(configuration)
    }

    override addTrack(track: MediaStreamTrack, ...streams: MediaStream[]): unknown {
      this.#addTracks()
      return super.addTrack(track, ...streams)
    }

    override addTransceiver(
      track: 'audio' | 'video' | MediaStreamTrack,
      init: RTCRtpTransceiverInit
    ): Transceiver {
      this.#addTracks()
      return super.addTransceiver(track, init)
    }

    #addTracks(): void {
      if (!this.#hasTracks) trace('addTracks')
      this.#hasTracks = true
    }
  }
})
