/**
 * What an invite comes to before there is a call: it is refused, or over at once, or may ring.
 */
import type { Claim } from './claims.ts'
import type { Member } from './member.ts'
import { refusal } from './refusal.ts'
import type { CallId, EndReason, Refusal } from './signal.ts'

/** Two members, and the call that one wants with the other. */
export interface Parties {
  readonly id: CallId
  readonly caller: Member
  readonly callee: Member
}

export const taken = 'That call id is taken.'

/** The two are calling each other: the call that came first stands, and this attempt becomes its answer. */
const isCrossing = ({ caller, callee }: Parties): boolean =>
  caller.call?.members.caller === callee && caller.call.state.phase === 'ringing'

/**
 * Why a call is over that a caller who has come back places again: the callee was done with it meanwhile.
 * Of a caller that has left it may think again.
 */
const overFor = ({ id, caller, callee }: Parties): EndReason | null => {
  const reason = caller.over.has(id) ? undefined : callee.over.get(id)
  return reason === undefined || reason === 'left' ? null : reason
}

/** It has accepted, and its accept was lost: it may be asked again. */
const isLostAccept = ({ caller, callee }: Parties, { member, role, partner }: Claim): boolean =>
  member === callee && role === 'callee' && partner === caller.peer.id

/** `claim`: that there is to a call of this id. */
export const objectionTo = (
  parties: Parties,
  claim: Claim | null
): Refusal | { readonly ended: EndReason } | null => {
  const { caller, callee } = parties
  if (callee === caller) return refusal('not-allowed')
  if (claim !== null && !isLostAccept(parties, claim)) return refusal('not-allowed', { reason: taken })
  if (isCrossing(parties)) return { ended: 'replaced' }
  if (caller.call !== null || caller.claim !== null) return refusal('already-in-call')
  const over = overFor(parties)
  if (over !== null) return { ended: over }
  return callee.call !== null || callee.claim !== claim ? { ended: 'busy' } : null
}
