/**
 * What two clients of the hanging GET send each other: `BYE`, or the JSON of a description or of a candidate.
 * Alike at the client's end and at the server's.
 */
import * as v from 'valibot'
import { type Decoded, decodeJson, decoded, undecodable } from '../core/codec.ts'
import { type Candidate, type Description, bodyOf } from '../core/signal.ts'
import type { ForeignSignal } from './foreign.ts'

const maxCandidate = 1024

const withType = v.object({ type: v.pipe(v.string(), v.nonEmpty()) })

const description = v.object({
  type: v.picklist(['offer', 'answer', 'pranswer', 'rollback']),
  sdp: v.string()
})

const line = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))
const lineInText = v.pipe(v.string(), v.regex(/^\d{1,5}$/), v.transform(Number), line)
const mid = v.union([v.pipe(v.string(), v.maxLength(64)), v.pipe(v.number(), v.transform(String))])

const candidate = v.object({
  // Both forms of the line are in use; W3C's is the one without `a=`.
  candidate: v.pipe(
    v.string(),
    v.maxLength(maxCandidate),
    v.transform((line) => line.replace(/^a=/, ''))
  ),
  sdpMid: v.nullish(mid, null),
  sdpMLineIndex: v.nullish(v.union([line, lineInText]), null),
  usernameFragment: v.nullish(v.pipe(v.string(), v.maxLength(256)), null)
})

export const decodeBody = (body: string): Decoded<ForeignSignal> => {
  if (body === 'BYE') return decoded({ type: 'bye' })
  const json = decodeJson(body)
  if (!json.ok) return undecodable('neither BYE nor JSON')
  if (v.is(withType, json.message)) {
    const { success, output } = v.safeParse(description, json.message)
    if (!success) return undecodable('not a session description: a known type and its sdp')
    return decoded({ type: 'description', description: { type: output.type, sdp: bodyOf(output.sdp) } })
  }
  const { success, output } = v.safeParse(candidate, json.message)
  if (!success) return undecodable('neither a session description nor a candidate')
  return decoded({ type: 'candidate', candidate: output })
}

export const describe = ({ type, sdp }: Description): string => JSON.stringify({ sdp: sdp.text(), type })

/** The end-of-candidates is kept from a client that would take it for a broken candidate: `null`. */
export const encodeCandidate = ({ candidate, sdpMLineIndex, sdpMid }: Candidate): string | null =>
  candidate === ''
    ? null
    : JSON.stringify({ candidate, sdpMLineIndex: sdpMLineIndex ?? 0, sdpMid: sdpMid ?? '' })
