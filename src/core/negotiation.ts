/**
 * Perfect negotiation as a pure reducer: who yields on glare, what has to wait, which candidates are
 * dropped. One operation on the peer connection is under way at a time, and nothing is decided
 * meanwhile, so that its signaling state is always known here. Two of the phases are what the W3C
 * example calls `makingOffer` and `isSettingRemoteAnswerPending`.
 *
 * An operation that fails is undone, and an offer of one's own begins anew, where the other side would
 * take it: after a failed attempt of one's own, or at the side that does not yield.
 *
 * @see https://www.w3.org/TR/webrtc/#perfect-negotiation-example
 */
import { unreachable } from './codec.ts'
import { belongsTo, iceUfrags } from './sdp.ts'
import type { Candidate, Description } from './signal.ts'

export type NegotiationPhase =
  | 'stable'
  | 'making-offer'
  | 'have-local-offer'
  | 'setting-remote-offer'
  | 'making-answer'
  | 'setting-remote-answer'
  | 'rolling-back'
  /** An operation has failed: the two sides no longer agree, and nothing here can tell them how to. */
  | 'failed'

/** What the other side has said. */
export type Received =
  | { readonly type: 'description'; readonly description: Description }
  | { readonly type: 'candidate'; readonly candidate: Candidate }

export interface Negotiation {
  /** Gives its own offer up when the other side's crosses it. Of two sides exactly one should. */
  readonly polite: boolean
  readonly phase: NegotiationPhase
  /** Asked for while something else was under way. */
  readonly negotiationNeeded: boolean
  /** ICE user fragments of the remote description that is applied; `null` before the first. */
  readonly remoteUfrags: readonly string[] | null
  /** Of the one before, to which a rollback leads. */
  readonly formerUfrags: readonly string[] | null
  /** Candidates of descriptions that are not known: still to come, ignored, or long replaced. */
  readonly strays: readonly Candidate[]
  /** Operations that have failed so far. */
  readonly failures: number
  /** What came while an operation was under way, and candidates from before the first description. */
  readonly waiting: readonly Received[]
}

export type NegotiationEvent =
  | Received
  | { readonly type: 'negotiation-needed' }
  | { readonly type: 'ice-restart-wanted' }
  /** The effect `set-local-description` is done, and this is what it made. */
  | { readonly type: 'local-description-set'; readonly description: Description }
  /** The effect `set-remote-description` is done. */
  | { readonly type: 'remote-description-set'; readonly description: Description }
  /** The effect `roll-back` is done. */
  | { readonly type: 'rolled-back' }
  | { readonly type: 'operation-failed'; readonly reason: string }
  | { readonly type: 'candidate-failed'; readonly reason: string }

export type NegotiationEffect =
  /** Makes and sets an offer or an answer. */
  | { readonly type: 'set-local-description'; readonly kind: 'offer' | 'answer' }
  /** Where a local offer is pending, an offer set here rolls that back. */
  | { readonly type: 'set-remote-description'; readonly description: Description }
  /** Undoes the offer that is pending, one's own or the other's. */
  | { readonly type: 'roll-back' }
  | { readonly type: 'send-description'; readonly description: Description }
  | { readonly type: 'add-candidate'; readonly candidate: Candidate }
  /** The peer connection then says that negotiation is needed. */
  | { readonly type: 'restart-ice' }
  /** The call can live without it. */
  | { readonly type: 'report'; readonly reason: string }
  | { readonly type: 'give-up'; readonly reason: string }

export type NegotiationStep = readonly [Negotiation, readonly NegotiationEffect[]]

/** How much may wait: a real client gathers a few dozen candidates. */
export const maxWaiting = 256
/** And how many candidates whose description may never come. */
export const maxStrays = 64
/** How often an operation may fail before it is beyond help. */
export const maxFailures = 3

export const startNegotiation = (polite: boolean): Negotiation => ({
  polite,
  phase: 'stable',
  negotiationNeeded: false,
  remoteUfrags: null,
  formerUfrags: null,
  strays: [],
  failures: 0,
  waiting: []
})

const giveUp = (now: Negotiation, reason: string): NegotiationStep => [
  { ...now, phase: 'failed', waiting: [] },
  [{ type: 'give-up', reason }]
]

const setRemote = (
  now: Negotiation,
  phase: 'setting-remote-offer' | 'setting-remote-answer',
  description: Description
): NegotiationStep => [{ ...now, phase }, [{ type: 'set-remote-description', description }]]

/** Called between operations only: in `stable` or `have-local-offer`. */
const takeDescription = (now: Negotiation, description: Description): NegotiationStep => {
  const offering = now.phase === 'have-local-offer'
  if (description.type === 'offer') {
    // Glare: the impolite side ignores the other's offer, the polite one lets its own go.
    return offering && !now.polite ? [now, []] : setRemote(now, 'setting-remote-offer', description)
  }
  // An answer to an offer that has been rolled back comes too late. Provisional answers and remote
  // rollbacks have no part in perfect negotiation.
  return offering && description.type === 'answer'
    ? setRemote(now, 'setting-remote-answer', description)
    : [now, []]
}

const isKnown = ({ remoteUfrags }: Negotiation, candidate: Candidate): boolean =>
  remoteUfrags !== null && belongsTo(candidate, remoteUfrags)

const takeCandidate = (now: Negotiation, candidate: Candidate): NegotiationStep =>
  isKnown(now, candidate)
    ? [now, [{ type: 'add-candidate', candidate }]]
    : [{ ...now, strays: [...now.strays, candidate].slice(-maxStrays) }, []]

/** A description has been applied: candidates that had overtaken it are of use now. */
const takeStrays = (now: Negotiation): NegotiationStep => [
  { ...now, strays: now.strays.filter((candidate) => !isKnown(now, candidate)) },
  now.strays
    .filter((candidate) => isKnown(now, candidate))
    .map((candidate) => ({ type: 'add-candidate', candidate }))
]

const isEarly = (now: Negotiation, item: Received): boolean =>
  item.type === 'candidate' && now.remoteUfrags === null

const isIdle = ({ phase }: Negotiation): boolean => phase === 'stable' || phase === 'have-local-offer'

/** Takes what waits, in its order, until an operation is under way again; our own offer comes last. */
const proceed = (start: Negotiation): NegotiationStep => {
  let now = start
  const waiting: Received[] = []
  const effects: NegotiationEffect[] = []
  for (const item of start.waiting) {
    if (!isIdle(now) || isEarly(now, item)) {
      waiting.push(item)
      continue
    }
    const [after, more] =
      item.type === 'description'
        ? takeDescription(now, item.description)
        : takeCandidate(now, item.candidate)
    now = after
    effects.push(...more)
  }
  if (!now.negotiationNeeded || now.phase !== 'stable') return [{ ...now, waiting }, effects]
  effects.push({ type: 'set-local-description', kind: 'offer' })
  return [{ ...now, waiting, phase: 'making-offer', negotiationNeeded: false }, effects]
}

const receive = (now: Negotiation, item: Received): NegotiationStep =>
  now.waiting.length < maxWaiting
    ? proceed({ ...now, waiting: [...now.waiting, item] })
    : giveUp(now, 'The other side sent too much.')

const sendDescription = (now: Negotiation, description: Description): NegotiationStep => {
  const phase = now.phase === 'making-offer' ? 'have-local-offer' : 'stable'
  const [after, effects] = proceed({ ...now, phase })
  return [after, [{ type: 'send-description', description }, ...effects]]
}

const settleRemote = (now: Negotiation, description: Description): NegotiationStep => {
  const remoteUfrags = iceUfrags(description.sdp.text())
  const [described, added] = takeStrays({ ...now, remoteUfrags, formerUfrags: now.remoteUfrags })
  if (now.phase === 'setting-remote-offer') {
    const answer: NegotiationEffect = { type: 'set-local-description', kind: 'answer' }
    return [{ ...described, phase: 'making-answer' }, [...added, answer]]
  }
  const [after, effects] = proceed({ ...described, phase: 'stable' })
  return [after, [...added, ...effects]]
}

/**
 * What the other side takes for its answer, or waits to hear of, is settled by an offer of our own. To a side
 * that does not yield, and waits, nothing can be said.
 */
const heal = (now: Negotiation, reason: string): NegotiationStep => {
  const failed = { ...now, failures: now.failures + 1, negotiationNeeded: true }
  const isOwnAttempt = now.phase === 'making-offer' || now.phase === 'setting-remote-answer'
  const isHopeless = now.phase === 'rolling-back' || (now.polite && !isOwnAttempt)
  if (now.remoteUfrags === null || isHopeless || failed.failures > maxFailures) return giveUp(now, reason)
  const report: NegotiationEffect = { type: 'report', reason }
  if (now.phase === 'setting-remote-answer') {
    return [{ ...failed, phase: 'rolling-back' }, [report, { type: 'roll-back' }]]
  }
  if (now.phase === 'making-answer') {
    const before = { ...failed, phase: 'rolling-back', remoteUfrags: now.formerUfrags } as const
    return [before, [report, { type: 'roll-back' }]]
  }
  const [after, effects] = proceed({ ...failed, phase: 'stable' })
  return [after, [report, ...effects]]
}

/** Takes one event. The runner performs the effects in order and reports what became of each operation. */
export const negotiate = (now: Negotiation, event: NegotiationEvent): NegotiationStep => {
  if (now.phase === 'failed') return [now, []]
  switch (event.type) {
    case 'negotiation-needed':
      return proceed({ ...now, negotiationNeeded: true })
    case 'ice-restart-wanted':
      return [now, [{ type: 'restart-ice' }]]
    case 'description':
    case 'candidate':
      return receive(now, event)
    case 'local-description-set':
      return sendDescription(now, event.description)
    case 'remote-description-set':
      return settleRemote(now, event.description)
    case 'rolled-back':
      return proceed({ ...now, phase: 'stable' })
    case 'operation-failed':
      return heal(now, event.reason)
    case 'candidate-failed':
      return [now, [{ type: 'report', reason: event.reason }]]
    default:
      return unreachable(event)
  }
}
