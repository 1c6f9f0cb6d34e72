/**
 * The vocabulary that every dialect is translated to and from: peers, lobbies, calls, and what is
 * said between them. Each wire is a mapping onto these types and each of its quirks stays in its codec.
 */

/** Unguessable, and never somebody else's: a client that proves who it was gets its own again. */
export type PeerId = string
/** Chosen by the inviting client, or by the hub for dialects that have no call ids. */
export type CallId = string

/**
 * Text that is handed on unread: an SDP or a chat line. Between two peers of the same dialect it can
 * stay the bytes it came as; `text()` decodes it for a codec that has to look inside.
 */
export interface Body {
  /** UTF-16 units or bytes, whichever the holder has: a measure for bounds, not a length in characters. */
  readonly size: number
  text(): string
}

/** A body that is already a string. */
export const bodyOf = (text: string): Body => ({ size: text.length, text: () => text })

/** A peer as the others in its lobby see it. */
export interface Peer {
  readonly id: PeerId
  /** The same peer for wires whose addresses are integers: 1 to 2^31 - 1, random, not a secret. */
  readonly number: number
  /** Unique in its lobby at any moment. */
  readonly name: string
  readonly dialect: string
  /** In a call, or being rung. */
  readonly busy: boolean
}

/** A peer as it sees itself. */
export interface Self extends Peer {
  /** A second, secret number, for wires on which a client proves who it is by its number alone. */
  readonly key: number
}

/** How a message names its target. Which forms a client may use is its dialect's affair. */
export type Address =
  | { readonly by: 'id'; readonly id: PeerId }
  | { readonly by: 'number'; readonly number: number }
  | { readonly by: 'name'; readonly name: string }
  /** The other party of this call. */
  | { readonly by: 'call'; readonly call: CallId }
  /** The other party of the call the sender is in; before a call, the peer whose `ready` it was told. */
  | { readonly by: 'partner' }
  | { readonly by: 'lobby' }

/** W3C `RTCSessionDescriptionInit`, with the SDP unread. */
export interface Description {
  readonly type: 'offer' | 'answer' | 'pranswer' | 'rollback'
  readonly sdp: Body
}

/** W3C `RTCIceCandidateInit`; an empty `candidate` is the end-of-candidates. */
export interface Candidate {
  readonly candidate: string
  readonly sdpMid: string | null
  readonly sdpMLineIndex: number | null
  readonly usernameFragment: string | null
}

/** W3C `RTCIceServer`: where to ask for a relay, and with what to prove that one may. */
export interface IceServer {
  readonly urls: readonly string[]
  readonly username: string
  readonly credential: string
}

/** Why a call ended; both sides get the same word. */
export type EndReason =
  | 'hung-up'
  | 'declined'
  | 'busy'
  | 'no-answer'
  | 'cancelled'
  | 'failed'
  | 'left'
  | 'replaced'
  | 'answered-elsewhere'

/** A typed no. The codes are part of every protocol document and do not change. */
export type RefusalCode =
  | 'bad-message'
  | 'not-signed-in'
  | 'already-signed-in'
  | 'bad-name'
  | 'unknown-peer'
  | 'unknown-call'
  | 'not-allowed'
  | 'already-in-call'
  | 'rate-limited'
  | 'too-large'
  | 'too-slow'
  | 'lobby-full'
  | 'too-many-connections'
  | 'unknown-session'
  | 'stale'

export interface Refusal {
  readonly code: RefusalCode
  /** One sentence for a person. */
  readonly reason: string
  /** The type of the message that was refused, if it had one. */
  readonly about?: string
  readonly call?: CallId
  /** Whom the refused message was meant for, in the sender's own words. */
  readonly to?: Address
}

/** The two parties of a call. */
export type Side = 'caller' | 'callee'

/**
 * What one party has said in a call so far, counted: 1, 2, 3 … Handed on as it came, where both count,
 * so that the receiver can say how far it has heard.
 */
type Counted = { readonly seq?: number | undefined }

/** What a client says. The sender is the connection it came on, so no message carries one. */
export type ClientMessage =
  | {
      readonly type: 'sign-in'
      readonly name: string
      readonly lobby: string
      /** How many the lobby is to hold at most. */
      readonly size?: number | undefined
    }
  | { readonly type: 'rename'; readonly name: string }
  | { readonly type: 'sign-out' }
  /** "I am here: whoever cannot choose whom to call, call me." */
  | { readonly type: 'ready' }
  /** Asks for the ICE servers of a call that it is about to place, or is in. */
  | { readonly type: 'ice-servers'; readonly call: CallId }
  | {
      readonly type: 'invite'
      readonly call: CallId
      readonly to: Address
      readonly description: Description
    }
  | { readonly type: 'ringing'; readonly call: CallId }
  /** Answers the offer while it rings, so that all is set up by the accept. */
  | ({ readonly type: 'prepare'; readonly call: CallId; readonly description: Description } & Counted)
  /** Without a description when the offer was answered before. */
  | ({ readonly type: 'accept'; readonly call: CallId; readonly description: Description | null } & Counted)
  | { readonly type: 'decline'; readonly call: CallId; readonly reason: 'declined' | 'busy' | 'failed' }
  /** Ends the call named, or, by `null`, whichever call the sender is in. */
  | { readonly type: 'hang-up'; readonly call: CallId | null; readonly reason: 'hung-up' | 'failed' }
  /** From a dialect without call control, an offer to an idle peer is an invite and its answer the accept. */
  | ({ readonly type: 'description'; readonly to: Address; readonly description: Description } & Counted)
  | ({ readonly type: 'candidate'; readonly to: Address; readonly candidate: Candidate } & Counted)
  /** Of a callee: asks the caller to start ICE over, for it is the caller that does. */
  | ({ readonly type: 'ice-restart'; readonly call: CallId } & Counted)
  /** All that the partner has counted up to this has come. */
  | { readonly type: 'received'; readonly call: CallId; readonly seq: number }
  /** "We two are in this call", to a server that has forgotten it. */
  | { readonly type: 'rejoin'; readonly call: CallId; readonly to: Address; readonly role: Side }
  | { readonly type: 'text'; readonly to: Address; readonly text: Body }
  /** A file is about to reach the partner over a data channel of the call. */
  | { readonly type: 'file'; readonly name: string; readonly size: number }

/** What a peer is told. `from` is stamped by the switchboard and never taken from a client. */
export type ServerMessage =
  | {
      readonly type: 'welcome'
      readonly you: Self
      /** The name that was asked for; it differs from `you.name` when it was taken or had to be cleaned. */
      readonly asked: string
      readonly lobby: string
      /** The others, longest present first; of a very large lobby only the newest. */
      readonly peers: readonly Peer[]
      /** How long the server waits for a client that has lost its connection, where it does. */
      readonly resumeMs?: number
    }
  | { readonly type: 'renamed'; readonly you: Self; readonly asked: string }
  /** The lobby has changed: the changes and the whole, so that each wire can say it in its way. */
  | {
      readonly type: 'roster'
      readonly joined: readonly Peer[]
      readonly left: readonly Peer[]
      /** Renamed, or now busy or free. */
      readonly changed: readonly Peer[]
      /** True when a name was among the changes. */
      readonly renamed: boolean
      /** Everybody in the lobby, the receiver included, longest present first, bounded like `welcome`. */
      readonly peers: readonly Peer[]
    }
  | { readonly type: 'ready'; readonly from: Peer }
  | { readonly type: 'ice-servers'; readonly call: CallId; readonly iceServers: readonly IceServer[] }
  | {
      readonly type: 'invite'
      readonly call: CallId
      readonly from: Peer
      readonly description: Description
      /** Of the invited peer in this call. */
      readonly iceServers: readonly IceServer[]
      /** The caller can be answered before the accept. */
      readonly prepares?: boolean | undefined
    }
  | { readonly type: 'ringing'; readonly call: CallId; readonly from: Peer }
  | ({
      readonly type: 'prepare' | 'description'
      readonly call: CallId
      readonly from: Peer
      readonly description: Description
    } & Counted)
  | ({
      readonly type: 'accept'
      readonly call: CallId
      readonly from: Peer
      readonly description: Description | null
    } & Counted)
  | ({
      readonly type: 'candidate'
      readonly call: CallId
      readonly from: Peer
      readonly candidate: Candidate
    } & Counted)
  | ({ readonly type: 'ice-restart'; readonly call: CallId; readonly from: Peer } & Counted)
  | { readonly type: 'received'; readonly call: CallId; readonly from: Peer; readonly seq: number }
  /** The call is known again, and goes on. */
  | { readonly type: 'rejoined'; readonly call: CallId }
  /** `from` is the other party: the one it ended with, whoever ended it. */
  | { readonly type: 'ended'; readonly call: CallId; readonly from: Peer; readonly reason: EndReason }
  | {
      readonly type: 'text'
      readonly from: Peer
      readonly text: Body
      /** Sent to this peer alone, not to the lobby. */
      readonly direct: boolean
      /** Milliseconds since 1970, by the server's clock. */
      readonly sentAt: number
    }
  | {
      readonly type: 'file'
      readonly call: CallId
      readonly from: Peer
      readonly name: string
      readonly size: number
    }
  | ({ readonly type: 'refused' } & Refusal)

/** What the clients of a dialect can do: core asks this, and never which dialect it is. */
export interface Abilities {
  /** Knows call ids, ringing and reasons, keeps early candidates itself and negotiates perfectly. */
  readonly callControl: boolean
  /** As a caller, takes an answer before the accept. */
  readonly prepares?: boolean
  /** Can name whom it calls. One that cannot is told `ready` and calls whoever that was. */
  readonly namesCallee: boolean
  /** Milliseconds that such a client may still be busy with an answer, when the next offer would confuse it. */
  readonly settleMs: number
  /** Expects a copy of its own message to the lobby. */
  readonly echoesText: boolean
}
