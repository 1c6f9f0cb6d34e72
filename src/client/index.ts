/** The SDK: calls from any page or program to any client of a server. */
export { connect } from './connect.ts'
export { CallError, type CallErrorCode } from './errors.ts'
export type {
  Call,
  CallEvents,
  CallPhase,
  CallVerification,
  ConnectOptions,
  EndReason,
  IncomingFile,
  InstantAnswer,
  Line,
  LineEvents,
  LineState,
  Media,
  Muted,
  Peer,
  PeerId,
  Quality,
  RefusalCode,
  Rtc,
  SendFileOptions,
  Traced,
  TypedEventTarget
} from './types.ts'
