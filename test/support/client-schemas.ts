/**
 * What a client reads, as schemas: what the server says in `patchcord.1`, and what the other party says over the
 * data channels. The readers in src/dialects take and refuse the same, in far fewer bytes.
 */
import * as v from 'valibot'
import { maxTextLength } from '../../src/dialects/channel.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const number = v.pipe(count, v.minValue(1))
const callId = v.pipe(v.string(), v.minLength(1), v.maxLength(64), v.regex(/^[^:]*$/, 'no colon is allowed'))
const sdpType = v.picklist(['offer', 'answer', 'pranswer'])
const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.optional(v.nullable(schema), null)
const seq = v.optional(number)
const line = orNull(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)))

/** What a header says beside its message. */
export const stamp = v.object({ n: v.optional(number), ack: v.optional(count) })

const peer = v.object({
  id: v.string(),
  name: v.string(),
  dialect: v.string(),
  busy: v.boolean()
})
const peers = v.array(peer)

const iceServers = v.array(
  v.object({ urls: v.array(v.string()), username: v.string(), credential: v.string() })
)

/** A word of a later version means at least that much. */
export const endReason = v.fallback(
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
export const refusalCode = v.fallback(
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

const hexadecimal = v.pipe(v.string(), v.regex(/^[\da-f]{64}$/))
const fileNumber = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff))

export const controlMessage = v.variant('type', [
  // What of one's own media is silenced for the moment.
  v.object({ type: v.literal('muted'), audio: v.boolean(), video: v.boolean() }),
  // In which media section one's screen is shown; `null` when it is not.
  v.object({ type: v.literal('screen'), mid: v.nullable(v.pipe(v.string(), v.maxLength(64))) }),
  v.object({ type: v.literal('text'), text: v.pipe(v.string(), v.maxLength(maxTextLength)) }),
  v.object({ type: v.literal('commit'), hash: hexadecimal }),
  v.object({ type: v.literal('nonce'), nonce: hexadecimal }),
  v.object({ type: v.literal('reveal'), nonce: hexadecimal })
])

export const fileMessage = v.variant('type', [
  v.object({
    type: v.literal('offer'),
    file: fileNumber,
    name: v.pipe(v.string(), v.maxLength(255)),
    size: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
    media: v.pipe(v.string(), v.maxLength(127))
  }),
  // Of the receiver: it wants the file, it does not or no longer, it has all of it.
  v.object({ type: v.literal('accept'), file: fileNumber }),
  v.object({ type: v.literal('decline'), file: fileNumber }),
  v.object({ type: v.literal('done'), file: fileNumber }),
  // Of the sender: there is no more to come.
  v.object({ type: v.literal('cancel'), file: fileNumber })
])
