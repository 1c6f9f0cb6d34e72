/** The words of the SDK that the terminal client uses. */
export type { CallErrorCode } from '../client/errors.ts'
export { CallError } from '../client/errors.ts'
export type { MediaKind } from '../client/media.ts'
export type { Call, EndReason, Line, Peer, PeerId, Quality } from '../client/types.ts'
