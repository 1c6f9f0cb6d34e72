/**
 * A WebRTC implementation for Node, and how media gets into it and out again. Media is always encoded frames, in
 * tracks of this package (`NodeTrack`), whatever a stack's own tracks are.
 */
import type { Rtc } from '../client/platform.ts'
import type { NodeTrack } from './media-stream.ts'

export interface RtcStack {
  readonly name: string
  /** For the SDK: `connect(url, { rtc: stack.rtc })`. */
  readonly rtc: Rtc
  /** A track that the stack's connections can send: what is written to ours goes out over it. */
  toSend(track: NodeTrack): MediaStreamTrack
  /** What a track that a connection receives carries. */
  received(track: MediaStreamTrack): NodeTrack
  /** Lets go of whatever would keep the process from ending. */
  close(): Promise<void>
}
