/**
 * `patchcord.1`, the server's end: our own wire, specified in docs/protocol.md. Bodies pass through
 * unread, so that between two native peers an SDP is never parsed, nor even decoded.
 */
import { type Codec, type Decoded, decoded, undecodable, unreachable } from '../core/codec.ts'
import { type Body, type ClientMessage, type Peer, type ServerMessage, bodyOf } from '../core/signal.ts'
import {
  type ClientSessionMessage,
  type NativeFrame,
  type Received,
  frameOf,
  receiveFrame
} from './native-frame.ts'
import { type ClientHeader, clientHeader, stamp } from './native-header.ts'
import { parseAs } from './parse.ts'

export const native = {
  name: 'native',
  abilities: { callControl: true, namesCallee: true, settleMs: 0, echoesText: false }
} as const

/** One that numbers its messages is of a version that knows how a call is prepared. */
export const numbering = { ...native, abilities: { ...native.abilities, prepares: true } } as const

/** Candidate lines are short: what is longer is none, and is not even decoded. */
const maxCandidate = 1024

const isBodyOf = ({ type }: ClientHeader, { size }: Body): boolean => {
  switch (type) {
    case 'invite':
    case 'prepare':
    case 'description':
      return size > 0
    case 'candidate':
      return size <= maxCandidate
    default:
      return true
  }
}

const toMessage = (header: ClientHeader, body: Body): ClientMessage | ClientSessionMessage => {
  switch (header.type) {
    case 'invite':
      return { ...header, to: { by: 'id', id: header.to }, description: { type: 'offer', sdp: body } }
    case 'prepare':
      return { ...header, description: { type: 'answer', sdp: body } }
    case 'accept':
      return { ...header, description: body.size > 0 ? { type: 'answer', sdp: body } : null }
    case 'description':
      return {
        type: 'description',
        to: { by: 'call', call: header.call },
        description: { type: header.sdpType, sdp: body },
        seq: header.seq
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
        },
        seq: header.seq
      }
    case 'rejoin':
      return { ...header, to: { by: 'id', id: header.to } }
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

const peerHeader = ({ id, name, dialect, busy }: Peer): object => ({ id, name, dialect, busy })

const frame = (header: object, body?: Body): readonly NativeFrame[] => [frameOf(header, body)]

const encodeDescription = (
  message: Extract<ServerMessage, { type: 'prepare' | 'accept' | 'description' }>
): readonly NativeFrame[] => {
  const { type, call, description, seq } = message
  if (type !== 'description') return frame({ type, call, seq }, description?.sdp)
  // A rollback is an affair of one side; W3C never puts it on a wire.
  if (description.type === 'rollback') return []
  return frame({ type, call, sdpType: description.type, seq }, description.sdp)
}

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
  const { lobby, peers, resumeMs } = message
  return frame({ type, you: peerHeader(message.you), asked, lobby, peers: peers.map(peerHeader), resumeMs })
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
      const { type, call, from, iceServers, description, prepares } = message
      return frame({ type, call, from: peerHeader(from), iceServers, prepares }, description.sdp)
    }
    case 'ringing':
    case 'rejoined':
      return frame({ type: message.type, call: message.call })
    case 'prepare':
    case 'accept':
    case 'description':
      return encodeDescription(message)
    case 'ice-restart':
    case 'received':
      return frame({ type: message.type, call: message.call, seq: message.seq })
    case 'candidate': {
      const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = message.candidate
      const { type, call, seq } = message
      return frame(
        { type, call, mid: sdpMid, line: sdpMLineIndex, ufrag: usernameFragment, seq },
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

/** Whether a message is about the connection, and so none that a peer says. */
export const isOfSession = (message: ClientMessage | ClientSessionMessage): message is ClientSessionMessage =>
  message.type === 'resume' || message.type === 'ack' || message.type === 'ping'

/** What a client's frame says, and which of its messages it is. */
export const receiveNative = (frame: NativeFrame): Decoded<Received<ClientMessage | ClientSessionMessage>> =>
  receiveFrame(frame, {
    stamp: (header) => parseAs(stamp, header),
    message(header) {
      const parsed = parseAs(clientHeader, header)
      if (!parsed.ok) return parsed
      return isBodyOf(parsed.message, frame.body)
        ? decoded(toMessage(parsed.message, frame.body))
        : undecodable('bad field: body')
    }
  })

/** For a client that numbers nothing. */
export const nativeCodec: Codec<NativeFrame, ClientMessage, ServerMessage> = {
  decode(frame) {
    const received = receiveNative(frame)
    if (!received.ok) return received
    const { message } = received.message
    if (!message.ok) return message
    return isOfSession(message.message) ? undecodable('bad field: type') : decoded(message.message)
  },
  encode
}
