/**
 * What a pair and its two clients say to each other, whatever wire the clients speak. Calls are named by their ids
 * where the wire has such; where it has none, `null` means the call that there is.
 */
import type { CallId, EndReason, PeerId, RefusalCode, Side } from '../../core/signal.ts'

export type { CallId, EndReason, PeerId, RefusalCode, Side }

/** What a pair has one of its clients say. */
export interface Said {
  /**
   * `answer`: to ring, and to accept at once. `probe`: one message, alone, whose way to the partner is measured.
   * `look`: the call is about to end, so whoever counts its media counts now.
   */
  readonly type: 'invite' | 'answer' | 'decline' | 'probe' | 'look' | 'hang-up'
  readonly call: CallId | null
  readonly to: PeerId
}

/** What a client has heard, or done. */
export type News =
  /** Somebody calls. */
  | { readonly type: 'rung'; readonly call: CallId | null; readonly from: PeerId }
  /** `relayed`: the partner's probe has come. */
  | { readonly type: 'ringing' | 'accepted' | 'relayed'; readonly call: CallId | null }
  /** A reason where the wire knows one. */
  | { readonly type: 'ended'; readonly call: CallId | null; readonly reason: EndReason | null }
  | { readonly type: 'refused'; readonly call: CallId | null; readonly code: RefusalCode }

/** Why a client is not, or no longer, signed in. */
export type Fault =
  /** No connection came about, or no answer to the sign-in in time. */
  | { readonly type: 'unreachable' | 'no-answer'; readonly detail: string }
  | { readonly type: 'turned-away'; readonly code: RefusalCode }
  /** The connection that it had is gone. */
  | { readonly type: 'lost'; readonly detail: string }
  /** The server does not keep to the protocol. */
  | { readonly type: 'violated'; readonly detail: string }

/**
 * `sign-in`, `wait` (for a free pair), `ringing` and `accept` count from when it was due, `relay` and `ended` from when it
 * was said.
 */
export type Measure = 'sign-in' | 'wait' | 'ringing' | 'accept' | 'relay' | 'ended'

/** How a call came to its end: as both were told, or else by what this side of it knows. */
export type End = EndReason | 'refused' | 'lost' | 'timed-out' | 'unheard' | 'cut-off'

/** `well`: as it was meant to. `cut-off`: by the end of the run, before it was answered or its end was heard. */
export type Outcome = 'well' | 'failed' | 'cut-off'

/** What is counted. */
export type Note =
  | { readonly type: 'measured'; readonly measure: Measure; readonly ms: number }
  | { readonly type: 'signed-in' | 'signed-out' }
  /** What has become of a client's first attempt is known. */
  | { readonly type: 'settled' }
  /** A client could not come in, or was there and is gone. */
  | { readonly type: 'kept-out' | 'lost'; readonly fault: Fault }
  | { readonly type: 'call-begun' | 'call-answered' }
  | { readonly type: 'call-finished'; readonly outcome: Outcome; readonly end: End }
  | { readonly type: 'refused'; readonly code: RefusalCode }

/** Of one of both, in a call. */
export const partnerOf = (side: Side): Side => (side === 'caller' ? 'callee' : 'caller')
