/**
 * `patchcord.1`, the server's end: our own wire, specified in docs/protocol.md. Bodies pass through
 * unread, so that between two native peers an SDP is never parsed, nor even decoded.
 */
import { type Codec, decodeJson, decoded, undecodable, unreachable } from '../core/codec.ts'
import {
  type Body,
  type ClientMessage,
  type Description,
  type Peer,
  type ServerMessage,
  bodyOf
} from '../core/signal.ts'
import { type ClientHeader, type NativeFrame, type PeerHeader, clientHeader } from './native-header.ts'
import { parseAs } from './parse.ts'

export const native = {
  name: 'native',
  abilities: { callControl: true, namesCallee: true, settleMs: 0, echoesText: false }
} as const

const empty = bodyOf('')

/** Candidate lines are short: what is longer is none, and is not even decoded. */
const maxCandidate = 1024

const isBodyOf = ({ type }: ClientHeader, { size }: Body): boolean => {
  switch (type) {
    case 'invite':
    case 'accept':
    case 'description':
      return size > 0
    case 'candidate':
      return size <= maxCandidate
    default:
      return true
  }
}

const toMessage = (header: ClientHeader, body: Body): ClientMessage => {
  switch (header.type) {
    case 'invite':
      return { ...header, to: { by: 'id', id: header.to }, description: { type: 'offer', sdp: body } }
    case 'accept':
      return { ...header, description: { type: 'answer', sdp: body } }
    case 'description':
      return {
        type: 'description',
        to: { by: 'call', call: header.call },
        description: { type: header.sdpType, sdp: body }
      }
    case 'candidate':
      return {
        type: 'candidate',
        to: { by: 'call', call: header.call },
        candidate: {
          candidate: body.text(),
          sdpMid: header.mid,
          sdpMLineIndex: header.line,
          usernameFragment: header.ufrag
        }
      }
    case 'text':
      return {
        type: 'text',
        to: header.to === undefined ? { by: 'lobby' } : { by: 'id', id: header.to },
        text: body
      }
    default:
      return header
  }
}

const peerHeader = ({ id, name, dialect, busy }: Peer): PeerHeader => ({ id, name, dialect, busy })

const frame = (header: object, body: Body = empty): readonly NativeFrame[] => [
  { header: JSON.stringify(header), body }
]

/** A rollback is an affair of one side; W3C never puts it on a wire. */
const describe = (call: string, { type, sdp }: Description): readonly NativeFrame[] =>
  type === 'rollback' ? [] : frame({ type: 'description', call, sdpType: type }, sdp)

/** About the lobby and oneself. */
const encodePresence = (
  message: Extract<ServerMessage, { type: 'welcome' | 'renamed' | 'roster' }>
): readonly NativeFrame[] => {
  if (message.type === 'roster') {
    const { joined, left, changed } = message
    return frame({
      type: 'roster',
      joined: joined.map(peerHeader),
      left: left.map(({ id }) => id),
      changed: changed.map(peerHeader)
    })
  }
  const { type, asked } = message
  if (type === 'renamed') return frame({ type, you: peerHeader(message.you), asked })
  return frame({
    type,
    you: peerHeader(message.you),
    asked,
    lobby: message.lobby,
    peers: message.peers.map(peerHeader)
  })
}

const encode = (message: ServerMessage): readonly NativeFrame[] => {
  switch (message.type) {
    case 'welcome':
    case 'renamed':
    case 'roster':
      return encodePresence(message)
    case 'ready':
    case 'file':
      // Only for clients that cannot choose whom to call, and for those whose files go their own way.
      return []
    case 'ice-servers':
      return frame({ type: 'ice-servers', call: message.call, iceServers: message.iceServers })
    case 'invite': {
      const { type, call, from, iceServers, description } = message
      return frame({ type, call, from: peerHeader(from), iceServers }, description.sdp)
    }
    case 'ringing':
      return frame({ type: 'ringing', call: message.call })
    case 'accept':
      return frame({ type: 'accept', call: message.call }, message.description.sdp)
    case 'description':
      return describe(message.call, message.description)
    case 'candidate': {
      const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = message.candidate
      return frame(
        { type: 'candidate', call: message.call, mid: sdpMid, line: sdpMLineIndex, ufrag: usernameFragment },
        bodyOf(candidate)
      )
    }
    case 'ended':
      return frame({ type: 'ended', call: message.call, reason: message.reason })
    case 'text':
      return frame(
        { type: 'text', from: peerHeader(message.from), direct: message.direct, sentAt: message.sentAt },
        message.text
      )
    case 'refused': {
      const { type, code, reason, about, call } = message
      return frame({ type, code, reason, about, call })
    }
    default:
      return unreachable(message)
  }
}

export const nativeCodec: Codec<NativeFrame, ClientMessage, ServerMessage> = {
  decode({ header, body }) {
    const json = decodeJson(header)
    if (!json.ok) return json
    const parsed = parseAs(clientHeader, json.message)
    if (!parsed.ok) return parsed
    return isBodyOf(parsed.message, body)
      ? decoded(toMessage(parsed.message, body))
      : undecodable('bad field: body')
  },
  encode
}
