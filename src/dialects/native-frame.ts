/**
 * One message of `patchcord.1`, whichever way it goes. What its header says is all the server reads; the body
 * behind it (an SDP, a candidate line, a text) is handed on as it came. See docs/protocol.md.
 */
import { type Decoded, decodeJson, decoded } from '../core/codec.ts'
import { type Body, bodyOf } from '../core/signal.ts'

/** A line of JSON, and what follows the line break. */
export interface NativeFrame {
  readonly header: string
  readonly body: Body
}

/**
 * What a header says beside its message, where messages are numbered: which one it is, up to which
 * those of the other end have come and, at the sign-in, what will prove that a later connection is the same
 * client's, and which of its attempts this is.
 */
export interface Stamp {
  readonly n?: number | undefined
  readonly ack?: number | undefined
  readonly secret?: string | undefined
  readonly attempt?: number | undefined
}

export const noBody = bodyOf('')

export const frameOf = (header: object, body: Body = noBody): NativeFrame => ({
  header: JSON.stringify(header),
  body
})

/** What a client says about the connection itself, and no peer ever hears of. */
export type ClientSessionMessage =
  | { readonly type: 'resume'; readonly secret: string; readonly attempt: number; readonly ack: number }
  | { readonly type: 'ack'; readonly ack: number }
  | { readonly type: 'ping' }

/** What the server says about it. */
export type ServerSessionMessage =
  | { readonly type: 'resumed' | 'ack'; readonly ack: number }
  | { readonly type: 'pong' }

export const sessionFrame = (message: ClientSessionMessage | ServerSessionMessage): NativeFrame =>
  frameOf(message)

/** A frame with more in its header, which has at least its type. */
export const stamped = ({ header, body }: NativeFrame, stamp: Stamp): NativeFrame => ({
  header: `${header.slice(0, -1)},${JSON.stringify(stamp).slice(1)}`,
  body
})

/** A frame as it was read: however little sense its message makes, it has a number. */
export interface Received<Message> {
  readonly stamp: Stamp
  readonly message: Decoded<Message>
}

interface HeaderReaders<Message> {
  readonly stamp: (header: unknown) => Decoded<Stamp>
  readonly message: (header: unknown) => Decoded<Message>
}

/** Reads a header once, for what it says beside its message and for that. */
export const receiveFrame = <Message>(
  { header }: NativeFrame,
  read: HeaderReaders<Message>
): Decoded<Received<Message>> => {
  const json = decodeJson(header)
  if (!json.ok) return json
  const stamp = read.stamp(json.message)
  return stamp.ok ? decoded({ stamp: stamp.message, message: read.message(json.message) }) : stamp
}
