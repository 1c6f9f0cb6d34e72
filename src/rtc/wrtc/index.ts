/** `patchcord/wrtc`: libwebrtc in Node for the SDK, where `@roamhq/wrtc` is installed. */
export type { EncodedFrame } from '../../media/frame.ts'
export { type FrameListener, NodeTrack, type TrackFormat } from '../media-stream.ts'
export type { RtcStack } from '../stack.ts'
export { wrtcStack } from './stack.ts'
