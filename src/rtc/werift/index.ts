/** `patchcord/werift`: WebRTC in Node for the SDK, and tracks of encoded frames to send and to receive. */
export type { Codec, EncodedFrame } from '../../media/frame.ts'
export { type FrameListener, NodeStream, NodeTrack, type TrackFormat } from '../media-stream.ts'
export type { RtcStack } from '../stack.ts'
export type { Codecs } from './codecs.ts'
export { weriftStack } from './stack.ts'
