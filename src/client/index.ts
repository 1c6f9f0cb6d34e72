/** The SDK: calls from any page or program to any client of a server. */
export { connect } from './connect.ts'
export { CallError, type CallErrorCode } from './errors.ts'
export type {
  Call,
  CallEvents,
  CallPhase,
  ConnectOptions,
  EndReason,
  InstantAnswer,
  Line,
  LineEvents,
  LineState,
  Media,
  Peer,
  PeerId,
  RefusalCode,
  Rtc,
  TypedEventTarget
} from './types.ts'
