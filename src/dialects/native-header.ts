/**
 * The header line of `patchcord.1`, both ways, as schemas. What a header says is all the server reads;
 * the body behind it (an SDP, a candidate line, a text) is handed on as it came. See docs/protocol.md.
 */
import * as v from 'valibot'
import { type Decoded, decodeJson, decoded } from '../core/codec.ts'
import { type Body, bodyOf } from '../core/signal.ts'
import { parseAs } from './parse.ts'

/** One message: a line of JSON, and what follows the line break. */
export interface NativeFrame {
  readonly header: string
  readonly body: Body
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const number = v.pipe(count, v.minValue(1))
const secret = v.pipe(v.string(), v.regex(/^[\w-]{22,64}$/))

/**
 * What a header says beside its message, where messages are numbered: which one it is, up to which
 * those of the other end have come and, at the sign-in, what will prove that a later connection is the same
 * client's, and which of its attempts this is.
 */
const stamp = v.object({
  n: v.optional(number),
  ack: v.optional(count),
  secret: v.optional(secret),
  attempt: v.optional(number)
})
export type Stamp = v.InferOutput<typeof stamp>

const text = (max: number) => v.pipe(v.string(), v.maxLength(max))
// Credentials for a relay name the call between colons.
const callId = v.pipe(v.string(), v.minLength(1), v.maxLength(64), v.regex(/^[^:]*$/, 'no colon is allowed'))
const peerId = v.pipe(v.string(), v.minLength(1), v.maxLength(64))
const sdpType = v.picklist(['offer', 'answer', 'pranswer'])
const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.optional(v.nullable(schema), null)
const seq = v.optional(number)
const line = orNull(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)))

/** What a client may send. */
export const clientHeader = v.variant('type', [
  v.object({
    type: v.literal('sign-in'),
    name: text(256),
    lobby: v.optional(text(64), 'main'),
    size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(100)))
  }),
  v.object({ type: v.literal('rename'), name: text(256) }),
  v.object({ type: v.literal('sign-out') }),
  v.object({ type: v.literal('ice-servers'), call: callId }),
  v.object({ type: v.literal('invite'), call: callId, to: peerId }),
  v.object({ type: v.literal('ringing'), call: callId }),
  v.object({ type: v.literal('prepare'), call: callId, seq }),
  v.object({ type: v.literal('accept'), call: callId, seq }),
  v.object({
    type: v.literal('decline'),
    call: callId,
    reason: v.optional(v.picklist(['declined', 'busy', 'failed']), 'declined')
  }),
  v.object({
    type: v.literal('hang-up'),
    call: callId,
    reason: v.optional(v.picklist(['hung-up', 'failed']), 'hung-up')
  }),
  v.object({ type: v.literal('description'), call: callId, sdpType, seq }),
  v.object({
    type: v.literal('candidate'),
    call: callId,
    mid: orNull(text(64)),
    line,
    ufrag: orNull(text(256)),
    seq
  }),
  v.object({ type: v.literal('ice-restart'), call: callId, seq }),
  v.object({ type: v.literal('received'), call: callId, seq: number }),
  v.object({
    type: v.literal('rejoin'),
    call: callId,
    to: peerId,
    role: v.picklist(['caller', 'callee'])
  }),
  v.object({ type: v.literal('text'), to: v.optional(peerId) }),
  v.object({
    type: v.literal('resume'),
    secret,
    attempt: number,
    ack: count
  }),
  v.object({ type: v.literal('ack'), ack: count }),
  v.object({ type: v.literal('ping') })
])
export type ClientHeader = v.InferOutput<typeof clientHeader>
/** What a client says about the connection itself, and no peer ever hears of. */
export type ClientSessionMessage = Extract<ClientHeader, { type: 'resume' | 'ack' | 'ping' }>

const peer = v.object({
  id: v.string(),
  name: v.string(),
  dialect: v.string(),
  busy: v.boolean()
})
const peers = v.array(peer)
export type PeerHeader = v.InferOutput<typeof peer>

const iceServers = v.array(
  v.object({ urls: v.array(v.string()), username: v.string(), credential: v.string() })
)

/** A word of a later version means at least that much. */
const endReason = v.fallback(
  v.picklist([
    'hung-up',
    'declined',
    'busy',
    'no-answer',
    'cancelled',
    'failed',
    'left',
    'replaced',
    'answered-elsewhere'
  ]),
  'failed'
)
const refusalCode = v.fallback(
  v.picklist([
    'bad-message',
    'not-signed-in',
    'already-signed-in',
    'bad-name',
    'unknown-peer',
    'unknown-call',
    'not-allowed',
    'already-in-call',
    'rate-limited',
    'too-large',
    'too-slow',
    'lobby-full',
    'too-many-connections',
    'unknown-session',
    'stale'
  ]),
  'not-allowed'
)

/** What the server may send. */
export const serverHeader = v.variant('type', [
  v.object({
    type: v.literal('welcome'),
    you: peer,
    asked: v.string(),
    lobby: v.string(),
    peers,
    resumeMs: v.optional(v.number())
  }),
  v.object({ type: v.literal('renamed'), you: peer, asked: v.string() }),
  v.object({ type: v.literal('roster'), joined: peers, left: v.array(v.string()), changed: peers }),
  v.object({ type: v.literal('ice-servers'), call: callId, iceServers }),
  v.object({
    type: v.literal('invite'),
    call: callId,
    from: peer,
    iceServers: v.optional(iceServers, []),
    prepares: v.optional(v.boolean(), false)
  }),
  v.object({ type: v.literal('ringing'), call: callId }),
  v.object({ type: v.literal('prepare'), call: callId, seq }),
  v.object({ type: v.literal('accept'), call: callId, seq }),
  v.object({ type: v.literal('description'), call: callId, sdpType, seq }),
  // What another wire has let through is the server's to bound.
  v.object({
    type: v.literal('candidate'),
    call: callId,
    mid: orNull(v.string()),
    line,
    ufrag: orNull(v.string()),
    seq
  }),
  v.object({ type: v.literal('ice-restart'), call: callId, seq }),
  v.object({ type: v.literal('received'), call: callId, seq: number }),
  v.object({ type: v.literal('rejoined'), call: callId }),
  v.object({ type: v.literal('ended'), call: callId, reason: endReason }),
  v.object({ type: v.literal('text'), from: peer, direct: v.boolean(), sentAt: v.number() }),
  v.object({
    type: v.literal('refused'),
    code: refusalCode,
    reason: v.string(),
    about: v.optional(v.string()),
    call: v.optional(v.string())
  }),
  v.object({ type: v.literal('resumed'), ack: count }),
  v.object({ type: v.literal('ack'), ack: count }),
  v.object({ type: v.literal('pong') })
])
export type ServerHeader = v.InferOutput<typeof serverHeader>
/** What the server says about the connection itself. */
export type ServerSessionMessage = Extract<ServerHeader, { type: 'resumed' | 'ack' | 'pong' }>

const serverTypes = new Set<string>(serverHeader.options.map(({ entries }) => entries.type.literal))
const typed = v.object({ type: v.string() })

/** Whether a header is of a type that only a later version of the protocol knows. */
export const isOfLaterVersion = (header: unknown): boolean =>
  v.is(typed, header) && !serverTypes.has(header.type)

export const noBody = bodyOf('')

export const frameOf = (header: object, body: Body = noBody): NativeFrame => ({
  header: JSON.stringify(header),
  body
})

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

/** Reads a header once, for what it says beside its message and for that. */
export const receiveFrame = <Message>(
  { header }: NativeFrame,
  read: (header: unknown) => Decoded<Message>
): Decoded<Received<Message>> => {
  const json = decodeJson(header)
  if (!json.ok) return json
  const stamps = parseAs(stamp, json.message)
  return stamps.ok ? decoded({ stamp: stamps.message, message: read(json.message) }) : stamps
}
