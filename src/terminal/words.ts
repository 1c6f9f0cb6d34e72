/** The words of the SDK that the terminal client uses, and one of its own. */
export type { CallErrorCode } from '../client/errors.ts'
export { CallError } from '../client/errors.ts'
export type { MediaKind } from '../client/media.ts'
export type { Call, EndReason, Line, Peer, PeerId, Quality } from '../client/types.ts'

/** For what the types say cannot come. */
export const unreachable = (never: never): never => {
  throw new Error(`unreachable: ${JSON.stringify(never)}`)
}
