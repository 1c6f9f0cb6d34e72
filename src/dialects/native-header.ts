/**
 * The header line of `patchcord.1`, both ways, as schemas. What a header says is all the server reads;
 * the body behind it (an SDP, a candidate line, a text) is handed on as it came. See docs/protocol.md.
 */
import * as v from 'valibot'
import type { Body } from '../core/signal.ts'

/** One message: a line of JSON, and what follows the line break. */
export interface NativeFrame {
  readonly header: string
  readonly body: Body
}

const text = (max: number) => v.pipe(v.string(), v.maxLength(max))
// Credentials for a relay name the call between colons.
const callId = v.pipe(v.string(), v.minLength(1), v.maxLength(64), v.regex(/^[^:]*$/, 'no colon is allowed'))
const peerId = v.pipe(v.string(), v.minLength(1), v.maxLength(64))
const sdpType = v.picklist(['offer', 'answer', 'pranswer'])
const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.optional(v.nullable(schema), null)
const line = orNull(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)))

/** What a client may send. */
export const clientHeader = v.variant('type', [
  v.object({ type: v.literal('sign-in'), name: text(256), lobby: v.optional(text(64), 'main') }),
  v.object({ type: v.literal('rename'), name: text(256) }),
  v.object({ type: v.literal('sign-out') }),
  v.object({ type: v.literal('ice-servers'), call: callId }),
  v.object({ type: v.literal('invite'), call: callId, to: peerId }),
  v.object({ type: v.literal('ringing'), call: callId }),
  v.object({ type: v.literal('accept'), call: callId }),
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
  v.object({ type: v.literal('description'), call: callId, sdpType }),
  v.object({
    type: v.literal('candidate'),
    call: callId,
    mid: orNull(text(64)),
    line,
    ufrag: orNull(text(256))
  }),
  v.object({ type: v.literal('text'), to: v.optional(peerId) })
])
export type ClientHeader = v.InferOutput<typeof clientHeader>

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
    'too-many-connections'
  ]),
  'not-allowed'
)

/** What the server may send. */
export const serverHeader = v.variant('type', [
  v.object({ type: v.literal('welcome'), you: peer, asked: v.string(), lobby: v.string(), peers }),
  v.object({ type: v.literal('renamed'), you: peer, asked: v.string() }),
  v.object({ type: v.literal('roster'), joined: peers, left: v.array(v.string()), changed: peers }),
  v.object({ type: v.literal('ice-servers'), call: callId, iceServers }),
  v.object({ type: v.literal('invite'), call: callId, from: peer, iceServers: v.optional(iceServers, []) }),
  v.object({ type: v.literal('ringing'), call: callId }),
  v.object({ type: v.literal('accept'), call: callId }),
  v.object({ type: v.literal('description'), call: callId, sdpType }),
  // What another wire has let through is the server's to bound.
  v.object({
    type: v.literal('candidate'),
    call: callId,
    mid: orNull(v.string()),
    line,
    ufrag: orNull(v.string())
  }),
  v.object({ type: v.literal('ended'), call: callId, reason: endReason }),
  v.object({ type: v.literal('text'), from: peer, direct: v.boolean(), sentAt: v.number() }),
  v.object({
    type: v.literal('refused'),
    code: refusalCode,
    reason: v.string(),
    about: v.optional(v.string()),
    call: v.optional(v.string())
  })
])
export type ServerHeader = v.InferOutput<typeof serverHeader>

const serverTypes = new Set<string>(serverHeader.options.map(({ entries }) => entries.type.literal))
const typed = v.object({ type: v.string() })

/** Whether a header is of a type that only a later version of the protocol knows. */
export const isOfLaterVersion = (header: unknown): boolean =>
  v.is(typed, header) && !serverTypes.has(header.type)
