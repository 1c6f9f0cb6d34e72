/** What a client's header may say in `patchcord.1`, as schemas. See docs/protocol.md. */
import * as v from 'valibot'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const number = v.pipe(count, v.minValue(1))
const secret = v.pipe(v.string(), v.regex(/^[\w-]{22,64}$/))

/** What it says beside its message. */
export const stamp = v.object({
  n: v.optional(number),
  ack: v.optional(count),
  secret: v.optional(secret),
  attempt: v.optional(number)
})

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
