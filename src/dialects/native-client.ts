/**
 * `patchcord.1`, the client's end: the same wire as in native.ts, looked at from the other side.
 * Messages in a call carry its id and no sender, for a call has only two parties.
 */
import { type Decoded, decodeJson, decoded, unreachable } from '../core/codec.ts'
import {
  type Address,
  type Body,
  type Candidate,
  type ClientMessage,
  type Description,
  type EndReason,
  type IceServer,
  type RefusalCode,
  bodyOf
} from '../core/signal.ts'
import {
  type NativeFrame,
  type PeerHeader,
  type ServerHeader,
  isOfLaterVersion,
  serverHeader
} from './native-header.ts'
import { parseAs } from './parse.ts'

/** What a native client is told; the vocabulary's `ServerMessage` as far as this wire carries it. */
export type NativeServerMessage =
  | {
      readonly type: 'welcome'
      readonly you: PeerHeader
      readonly asked: string
      readonly lobby: string
      readonly peers: readonly PeerHeader[]
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
    }
  | { readonly type: 'ringing'; readonly call: string }
  | { readonly type: 'accept'; readonly call: string; readonly description: Description }
  | { readonly type: 'description'; readonly call: string; readonly description: Description }
  | { readonly type: 'candidate'; readonly call: string; readonly candidate: Candidate }
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

const empty = bodyOf('')

const frame = (header: object, body: Body = empty): readonly NativeFrame[] => [
  { header: JSON.stringify(header), body }
]

const call = (to: Address): string | null => (to.by === 'call' ? to.call : null)

const encodeDescription = (call: string | null, { type, sdp }: Description): readonly NativeFrame[] =>
  call === null || type === 'rollback' ? [] : frame({ type: 'description', call, sdpType: type }, sdp)

const encodeCandidate = (call: string | null, candidate: Candidate): readonly NativeFrame[] => {
  if (call === null) return []
  const { sdpMid: mid, sdpMLineIndex: line, usernameFragment: ufrag } = candidate
  return frame({ type: 'candidate', call, mid, line, ufrag }, bodyOf(candidate.candidate))
}

const encodeText = (to: Address, text: Body): readonly NativeFrame[] => {
  if (to.by === 'lobby') return frame({ type: 'text' }, text)
  return to.by === 'id' ? frame({ type: 'text', to: to.id }, text) : []
}

/** Nothing where this wire has no words: it names peers by id and calls by call id. */
const encode = (message: ClientMessage): readonly NativeFrame[] => {
  switch (message.type) {
    case 'sign-in':
    case 'rename':
    case 'sign-out':
    case 'ice-servers':
    case 'ringing':
    case 'decline':
      return frame(message)
    case 'hang-up':
      return message.call === null ? [] : frame(message)
    case 'ready':
    case 'file':
      return []
    case 'invite':
      return message.to.by === 'id'
        ? frame({ type: 'invite', call: message.call, to: message.to.id }, message.description.sdp)
        : []
    case 'accept':
      return frame({ type: 'accept', call: message.call }, message.description.sdp)
    case 'description':
      return encodeDescription(call(message.to), message.description)
    case 'candidate':
      return encodeCandidate(call(message.to), message.candidate)
    case 'text':
      return encodeText(message.to, message.text)
    default:
      return unreachable(message)
  }
}

const toMessage = (header: ServerHeader, body: Body): NativeServerMessage => {
  switch (header.type) {
    case 'invite':
      return { ...header, description: { type: 'offer', sdp: body } }
    case 'accept':
      return { ...header, description: { type: 'answer', sdp: body } }
    case 'description':
      return { type: 'description', call: header.call, description: { type: header.sdpType, sdp: body } }
    case 'candidate':
      return {
        type: 'candidate',
        call: header.call,
        candidate: {
          candidate: body.text(),
          sdpMid: header.mid,
          sdpMLineIndex: header.line,
          usernameFragment: header.ufrag
        }
      }
    case 'text':
      return { ...header, text: body }
    default:
      return header
  }
}

export const nativeClientCodec = {
  /** `null` for a message of a later version, which has nothing to say to this one. */
  decode({ header, body }: NativeFrame): Decoded<NativeServerMessage | null> {
    const json = decodeJson(header)
    if (!json.ok) return json
    if (isOfLaterVersion(json.message)) return decoded(null)
    const parsed = parseAs(serverHeader, json.message)
    return parsed.ok ? decoded(toMessage(parsed.message, body)) : parsed
  },
  encode
}

/** A frame as the text of one WebSocket message. */
export const frameText = ({ header, body }: NativeFrame): string =>
  body.size === 0 ? header : `${header}\n${body.text()}`

/** The other way: everything behind the first line break is the body. */
export const parseFrame = (text: string): NativeFrame => {
  const end = text.indexOf('\n')
  return end < 0
    ? { header: text, body: empty }
    : { header: text.slice(0, end), body: bodyOf(text.slice(end + 1)) }
}
