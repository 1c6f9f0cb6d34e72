/**
 * `patchcord.1`, the client's end: the same wire as in native.ts, looked at from the other side.
 * Messages in a call carry its id and no sender, for a call has only two parties.
 */
import { type Decoded, decoded } from '../core/codec.ts'
import {
  type Body,
  type Candidate,
  type ClientMessage,
  type Description,
  type EndReason,
  type IceServer,
  type Peer,
  type RefusalCode,
  bodyOf
} from '../core/signal.ts'
import {
  type NativeFrame,
  type Received,
  type ServerSessionMessage,
  frameOf,
  noBody,
  receiveFrame
} from './native-frame.ts'
import * as r from './read.ts'

/** A peer as others see it on this wire. */
export type PeerHeader = Omit<Peer, 'number'>

/** What a native client is told; the vocabulary's `ServerMessage` as far as this wire carries it. */
export type NativeServerMessage =
  | {
      readonly type: 'welcome'
      readonly you: PeerHeader
      readonly asked: string
      readonly lobby: string
      readonly peers: readonly PeerHeader[]
      readonly resumeMs?: number | undefined
    }
  | { readonly type: 'renamed'; readonly you: PeerHeader; readonly asked: string }
  | {
      readonly type: 'roster'
      readonly joined: readonly PeerHeader[]
      readonly left: readonly string[]
      readonly changed: readonly PeerHeader[]
    }
  | { readonly type: 'ice-servers'; readonly call: string; readonly iceServers: readonly IceServer[] }
  | {
      readonly type: 'invite'
      readonly call: string
      readonly from: PeerHeader
      readonly description: Description
      readonly iceServers: readonly IceServer[]
      /** The caller takes `prepare`. */
      readonly prepares: boolean
    }
  | { readonly type: 'ringing'; readonly call: string }
  | {
      readonly type: 'prepare' | 'description'
      readonly call: string
      readonly description: Description
      readonly seq?: number | undefined
    }
  | {
      readonly type: 'accept'
      readonly call: string
      /** `null` when it came before, with `prepare`. */
      readonly description: Description | null
      readonly seq?: number | undefined
    }
  | {
      readonly type: 'candidate'
      readonly call: string
      readonly candidate: Candidate
      readonly seq?: number | undefined
    }
  | { readonly type: 'ice-restart'; readonly call: string; readonly seq?: number | undefined }
  | { readonly type: 'received'; readonly call: string; readonly seq: number }
  | { readonly type: 'rejoined'; readonly call: string }
  | { readonly type: 'ended'; readonly call: string; readonly reason: EndReason }
  | {
      readonly type: 'text'
      readonly from: PeerHeader
      readonly text: Body
      readonly direct: boolean
      readonly sentAt: number
    }
  | {
      readonly type: 'refused'
      readonly code: RefusalCode
      readonly reason: string
      readonly about?: string | undefined
      readonly call?: string | undefined
    }

type Said<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>

const frame = (header: object, body?: Body): readonly NativeFrame[] => [frameOf(header, body)]

const encodeMedia = (message: Said<'description' | 'candidate'>): readonly NativeFrame[] => {
  const { type, to, seq } = message
  if (to.by !== 'call') return []
  const { call } = to
  if (message.type === 'candidate') {
    const { candidate, sdpMid: mid, sdpMLineIndex: line, usernameFragment: ufrag } = message.candidate
    return frame({ type, call, mid, line, ufrag, seq }, bodyOf(candidate))
  }
  const { type: sdpType, sdp } = message.description
  return sdpType === 'rollback' ? [] : frame({ type, call, sdpType, seq }, sdp)
}

const encodeTo = (message: Said<'invite' | 'rejoin' | 'text'>): readonly NativeFrame[] => {
  const { type, to } = message
  if (type === 'text' && to.by === 'lobby') return frame({ type }, message.text)
  if (to.by !== 'id') return []
  switch (message.type) {
    case 'invite':
      return frame({ type, call: message.call, to: to.id }, message.description.sdp)
    case 'rejoin':
      return frame({ ...message, to: to.id })
    default:
      return frame({ type, to: to.id }, message.text)
  }
}

/** What stands in a header as it is in the vocabulary. */
type AsItIs = Said<
  'sign-in' | 'rename' | 'sign-out' | 'ice-servers' | 'ringing' | 'decline' | 'ice-restart' | 'received'
>

/** Nothing where this wire has no words: it names peers by id and calls by call id. */
export const encodeForServer = (message: ClientMessage): readonly NativeFrame[] => {
  switch (message.type) {
    case 'hang-up':
      return message.call === null ? [] : frame(message)
    case 'ready':
    case 'file':
      return []
    case 'prepare':
    case 'accept': {
      const { description, ...header } = message
      return frame(header, description?.sdp)
    }
    case 'description':
    case 'candidate':
      return encodeMedia(message)
    case 'invite':
    case 'rejoin':
    case 'text':
      return encodeTo(message)
    default:
      return frame(message satisfies AsItIs)
  }
}

const count = r.integer(0)
const seq = r.optional(r.integer(1))
// Credentials for a relay name the call between colons.
const call = r.matching(/^[^:]{1,64}$/)
const peer = r.object<PeerHeader>({ id: r.string, name: r.string, dialect: r.string, busy: r.boolean })
const peers = r.list(peer)
const iceServers = r.list(
  r.object<IceServer>({ urls: r.list(r.string), username: r.string, credential: r.string })
)

/** A word of a later version means at least that much. */
const endReason = r.nearest<EndReason>(
  'failed',
  'hung-up',
  'declined',
  'busy',
  'no-answer',
  'cancelled',
  'left',
  'replaced',
  'answered-elsewhere'
)
const refusalCode = r.nearest<RefusalCode>(
  'not-allowed',
  'bad-message',
  'not-signed-in',
  'already-signed-in',
  'bad-name',
  'unknown-peer',
  'unknown-call',
  'already-in-call',
  'rate-limited',
  'too-large',
  'too-slow',
  'lobby-full',
  'too-many-connections',
  'unknown-session',
  'stale'
)

/** What the server may send; `null` is of a later version. */
export const readHeader = r.variant({
  welcome: { you: peer, asked: r.string, lobby: r.string, peers, resumeMs: r.optional(r.number) },
  renamed: { you: peer, asked: r.string },
  roster: { joined: peers, left: r.list(r.string), changed: peers },
  'ice-servers': { call, iceServers },
  invite: {
    call,
    from: peer,
    iceServers: r.optional(iceServers, []),
    prepares: r.optional(r.boolean, false)
  },
  ringing: { call },
  prepare: { call, seq },
  accept: { call, seq },
  description: { call, sdpType: r.oneOf('offer', 'answer', 'pranswer'), seq },
  // What another wire has let through is the server's to bound.
  candidate: {
    call,
    mid: r.orNull(r.string),
    line: r.orNull(r.integer(0, 65_535)),
    ufrag: r.orNull(r.string),
    seq
  },
  'ice-restart': { call, seq },
  received: { call, seq: r.integer(1) },
  rejoined: { call },
  ended: { call, reason: endReason },
  text: { from: peer, direct: r.boolean, sentAt: r.number },
  refused: {
    code: refusalCode,
    reason: r.string,
    about: r.optional(r.string),
    call: r.optional(r.string)
  },
  resumed: { ack: count },
  ack: { ack: count },
  pong: {}
})
type ServerHeader = NonNullable<r.Read<typeof readHeader>>

export const readStamp = r.whole(r.object({ n: seq, ack: r.optional(count) }))

const toMessage = (header: ServerHeader, body: Body): NativeServerMessage | ServerSessionMessage => {
  switch (header.type) {
    case 'invite':
      return { ...header, description: { type: 'offer', sdp: body } }
    case 'prepare':
      return { ...header, description: { type: 'answer', sdp: body } }
    case 'accept':
      return { ...header, description: body.size > 0 ? { type: 'answer', sdp: body } : null }
    case 'description': {
      const { sdpType, ...message } = header
      return { ...message, description: { type: sdpType, sdp: body } }
    }
    case 'candidate': {
      const { mid, line, ufrag, ...message } = header
      const candidate = { candidate: body.text(), sdpMid: mid, sdpMLineIndex: line, usernameFragment: ufrag }
      return { ...message, candidate }
    }
    case 'text':
      return { ...header, text: body }
    default:
      return header
  }
}

/** Whether a message is about the connection alone. */
export const isOfSession = (
  message: NativeServerMessage | ServerSessionMessage
): message is ServerSessionMessage =>
  message.type === 'resumed' || message.type === 'ack' || message.type === 'pong'

/**
 * What the server's frame says, and which of its messages it is. The message is `null` when it is of a
 * later version, and has nothing to say to this one.
 */
export const receiveFromServer = (
  frame: NativeFrame
): Decoded<Received<NativeServerMessage | ServerSessionMessage | null>> =>
  receiveFrame(frame, {
    stamp: readStamp,
    message(header) {
      const read = readHeader(header)
      return read.ok ? decoded(read.message && toMessage(read.message, frame.body)) : read
    }
  })

export const nativeClientCodec = {
  /** For a client that numbers nothing; `null` where there is nothing to hear for it. */
  decode(frame: NativeFrame): Decoded<NativeServerMessage | null> {
    const received = receiveFromServer(frame)
    if (!received.ok) return received
    const { message } = received.message
    if (!message.ok) return message
    return decoded(message.message === null || isOfSession(message.message) ? null : message.message)
  },
  encode: encodeForServer
}

/** A frame as the text of one WebSocket message. */
export const frameText = ({ header, body }: NativeFrame): string =>
  body.size === 0 ? header : `${header}\n${body.text()}`

/** The other way: everything behind the first line break is the body. */
export const parseFrame = (text: string): NativeFrame => {
  const end = text.indexOf('\n')
  return end < 0
    ? { header: text, body: noBody }
    : { header: text.slice(0, end), body: bodyOf(text.slice(end + 1)) }
}
