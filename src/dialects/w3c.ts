/**
 * W3C's two dictionaries as many wires carry them in JSON: RTCSessionDescriptionInit and RTCIceCandidateInit.
 */
import * as v from 'valibot'
import { type Candidate, type Description, bodyOf } from '../core/signal.ts'

const short = (max: number) => v.optional(v.nullable(v.pipe(v.string(), v.maxLength(max))), null)

export const candidateSchema = v.object({
  candidate: v.pipe(v.string(), v.maxLength(1024)),
  sdpMid: short(64),
  sdpMLineIndex: v.optional(
    v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))),
    null
  ),
  usernameFragment: short(256)
})

/** A description of one of these types; a rollback is an affair of one side, and W3C never puts it on a wire. */
export const descriptionSchema = (...types: readonly Exclude<Description['type'], 'rollback'>[]) =>
  v.pipe(
    v.object({ type: v.picklist(types), sdp: v.string() }),
    v.transform(({ type, sdp }): Description => ({ type, sdp: bodyOf(sdp) }))
  )

export const candidateJson = ({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: Candidate) => ({
  candidate,
  sdpMid,
  sdpMLineIndex,
  usernameFragment
})

export const descriptionJson = ({ type, sdp }: Description) => ({ type, sdp: sdp.text() })
