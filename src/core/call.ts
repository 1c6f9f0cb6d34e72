/**
 * One call as the switchboard sees it, whatever the two parties speak: who may say what in which
 * phase, in which order it is delivered, and the one way in which it ends.
 */
import { unreachable } from './codec.ts'
import { belongsTo, iceUfrags } from './sdp.ts'
import type { Abilities, Candidate, Description, EndReason, RefusalCode, Side } from './signal.ts'

export const otherSide = (side: Side): Side => (side === 'caller' ? 'callee' : 'caller')

/** What one side has sent towards the other. */
export interface Flow {
  /** User fragments of its last delivered description; `null` before the first, none where no SDP is read. */
  readonly described: readonly string[] | null
  /** Candidates that came before the description they belong to. */
  readonly held: readonly Candidate[]
  /** When its offer came that has no answer yet. */
  readonly offeredAt: number | null
  /** Until then the receiver may be busy with an answer, and an offer would confuse it. */
  readonly settlesAt: number
  /** An offer that waits for that, and the candidates that were found after it. */
  readonly waiting: { readonly offer: Description; readonly candidates: readonly Candidate[] } | null
}

interface Common {
  readonly abilities: Readonly<Record<Side, Abilities>>
  readonly flows: Readonly<Record<Side, Flow>>
}

export interface RingingCall extends Common {
  readonly phase: 'ringing'
  readonly deadline: number
  readonly offer: Description
  /** The offer has its answer, so that the accept needs none. */
  readonly prepared: boolean
  /** The caller's candidates so far, in case the callee has to be invited again. */
  readonly trail: readonly Candidate[]
  /**
   * When a callee that was calling the caller at the same moment is invited again, unless it has settled
   * that by itself; `Infinity` once it has been, `null` while there is no need.
   */
  readonly reinviteAt: number | null
}

export type Call =
  | RingingCall
  | ({ readonly phase: 'connected' } & Common)
  | { readonly phase: 'ended'; readonly reason: EndReason }

/** A message that its sender counts, and under which number. */
type Counted = { readonly seq?: number | undefined }
type Said = { readonly by: Side; readonly now: number } & Counted

export type CallEvent =
  | { readonly type: 'rang'; readonly by: Side }
  | ({ readonly type: 'prepared'; readonly by: Side; readonly description: Description } & Counted)
  /** An explicit accept, or the first answer of a dialect that has none. */
  | ({ readonly type: 'accepted'; readonly description: Description | null } & Said)
  | ({ readonly type: 'described'; readonly description: Description } & Said)
  | ({ readonly type: 'candidate-found'; readonly by: Side; readonly candidate: Candidate } & Counted)
  | ({ readonly type: 'ice-restart-wanted'; readonly by: Side } & Counted)
  | { readonly type: 'received'; readonly by: Side; readonly seq: number }
  | { readonly type: 'declined'; readonly by: Side; readonly reason: EndReason }
  | { readonly type: 'hung-up'; readonly by: Side; readonly reason: 'hung-up' | 'failed' }
  | { readonly type: 'left'; readonly by: Side }
  | { readonly type: 'time-passed'; readonly now: number }

/** What is to be said, and to which side. */
export type CallEffect = { readonly to: Side } & (
  | { readonly type: 'invite'; readonly description: Description }
  | ({ readonly type: 'prepare' | 'description'; readonly description: Description } & Counted)
  | ({ readonly type: 'accept'; readonly description: Description | null } & Counted)
  | { readonly type: 'ringing' }
  | ({ readonly type: 'candidate'; readonly candidate: Candidate } & Counted)
  | ({ readonly type: 'ice-restart' } & Counted)
  | { readonly type: 'received'; readonly seq: number }
  | { readonly type: 'ended'; readonly reason: EndReason }
  | {
      readonly type: 'refused'
      readonly code: RefusalCode
      readonly about: 'ringing' | 'prepare' | 'accept' | 'decline' | 'description'
      readonly reason: string
    }
)

export type CallStep = readonly [Call, readonly CallEffect[]]
type LiveCall = Exclude<Call, { phase: 'ended' }>
type LiveStep = readonly [LiveCall, readonly CallEffect[]]

/** How many candidates are kept for later; real clients gather a dozen. */
const maxHeld = 64
/** Two offers that pass each other within this time are a collision; later, the first was simply lost. */
const glareMs = 5_000
/**
 * What a client that lets an invite win over its own needs at most to answer it, the way there and back included.
 * Those that wait for ours to yield, and then do so themselves, wait for a second.
 */
const yieldMs = 2_000

const silent: Flow = { described: null, held: [], offeredAt: null, settlesAt: 0, waiting: null }

const keep = <T>(kept: readonly T[], item: T): readonly T[] => [...kept, item].slice(-maxHeld)

const withFlow = (call: LiveCall, side: Side, change: Partial<Flow>): LiveCall => ({
  ...call,
  flows: { ...call.flows, [side]: { ...call.flows[side], ...change } }
})

const refused = (
  to: Side,
  about: Extract<CallEffect, { type: 'refused' }>['about'],
  reason: string
): CallEffect => ({ to, type: 'refused', code: 'not-allowed', about, reason })

const end = (reason: EndReason, ...told: readonly Side[]): CallStep => [
  { phase: 'ended', reason },
  told.map((to) => ({ to, type: 'ended', reason }))
]

const bothKnowCalls = ({ abilities }: LiveCall): boolean =>
  abilities.caller.callControl && abilities.callee.callControl

/** One side ends the call. A side that knows calls has the word for it from here, even if it was the one. */
const endBy = ({ abilities }: LiveCall, by: Side, reason: EndReason): CallStep =>
  end(reason, otherSide(by), ...(abilities[by].callControl ? [by] : []))

/** Hands a description over, and behind it the candidates that were waiting for it. */
const deliver = (
  call: LiveCall,
  by: Side,
  effect: CallEffect & { readonly description: Description }
): LiveStep => {
  const described = bothKnowCalls(call) ? [] : iceUfrags(effect.description.sdp.text())
  const candidates = call.flows[by].held.filter((candidate) => belongsTo(candidate, described))
  return [
    withFlow(call, by, { described, held: [] }),
    [effect, ...candidates.map((candidate) => ({ to: effect.to, type: 'candidate', candidate }) as const)]
  ]
}

/** Starts a call with the caller's offer, and with the candidates that overtook it. */
export const startCall = (
  abilities: Readonly<Record<Side, Abilities>>,
  offer: Description,
  {
    early,
    now,
    deadline
  }: { readonly early: readonly Candidate[]; readonly now: number; readonly deadline: number }
): CallStep => {
  const flows = { caller: { ...silent, held: early, offeredAt: now }, callee: silent }
  const call: Call = {
    phase: 'ringing',
    abilities,
    flows,
    offer,
    prepared: false,
    deadline,
    trail: early,
    reinviteAt: null
  }
  return deliver(call, 'caller', { to: 'callee', type: 'invite', description: offer })
}

/**
 * A call that its parties know and the server does not. Each may have an offer of the other before it,
 * and the answer to that was lost.
 */
export const knownCall = (abilities: Readonly<Record<Side, Abilities>>, now: number): Call => {
  const flow = { ...silent, offeredAt: now }
  return { phase: 'connected', abilities, flows: { caller: flow, callee: flow } }
}

/** The callee answers while it rings: the connection is set up, and nothing of its user is on it. */
const prepare = (
  call: LiveCall,
  { by, description, seq }: Extract<CallEvent, { type: 'prepared' }>
): CallStep => {
  const { caller, callee } = call.abilities
  const isDue = call.phase === 'ringing' && !call.prepared && by === 'callee'
  if (!isDue || !caller.prepares || !callee.callControl || description.type !== 'answer') {
    return [
      call,
      [refused(by, 'prepare', 'Only a callee prepares, once, before it accepts, and if its caller can.')]
    ]
  }
  // The offer stays open: after it has come again, an answer to a later one may, too.
  return deliver({ ...call, prepared: true }, 'callee', { to: 'caller', type: 'prepare', description, seq })
}

const isAnswered = (call: RingingCall, description: Description | null): boolean =>
  call.prepared ? description === null : description?.type === 'answer'

/** The caller learns that it was accepted; from here on both sides may offer. */
const accept = (
  call: LiveCall,
  { by, description, seq, now }: Extract<CallEvent, { type: 'accepted' }>
): CallStep => {
  if (call.phase !== 'ringing' || by !== 'callee' || !isAnswered(call, description)) {
    return [call, [refused(by, 'accept', 'Only the callee accepts, once, and with one answer.')]]
  }
  const { abilities, flows } = call
  if (description === null) {
    return [{ phase: 'connected', abilities, flows }, [{ to: 'caller', type: 'accept', description, seq }]]
  }
  const connected: LiveCall = {
    phase: 'connected',
    abilities,
    flows: {
      // A callee that needs time may well have an offer of its own to make first.
      caller: { ...flows.caller, offeredAt: null, settlesAt: now + abilities.callee.settleMs },
      callee: { ...flows.callee, settlesAt: now + abilities.caller.settleMs }
    }
  }
  return deliver(connected, 'callee', { to: 'caller', type: 'accept', description, seq })
}

/**
 * The callee offers before it answers: it was calling the caller at the same moment. Its offer is
 * dropped, and it has a moment to let the invite win, as browsers do by themselves.
 */
const crossInvite = (call: RingingCall, now: number): CallStep =>
  call.abilities.callee.callControl || call.reinviteAt === Infinity
    ? [call, [refused('callee', 'description', 'An invited peer answers before it offers.')]]
    : [{ ...call, reinviteAt: call.reinviteAt ?? now + yieldMs }, []]

/** A callee that could not settle it is told that its own attempt is over, and is invited afresh. */
const reinvite = (call: RingingCall): LiveStep => {
  const { offer: description, trail } = call
  const described = iceUfrags(description.sdp.text())
  const candidates = trail.filter((candidate) => belongsTo(candidate, described))
  return [
    withFlow({ ...call, reinviteAt: Infinity }, 'callee', { held: [] }),
    [
      { to: 'callee', type: 'ended', reason: 'replaced' },
      { to: 'callee', type: 'invite', description },
      ...candidates.map((candidate) => ({ to: 'callee', type: 'candidate', candidate }) as const)
    ]
  ]
}

const isRecent = (offeredAt: number | null, now: number): boolean =>
  offeredAt !== null && now - offeredAt < glareMs

/** An offer that crosses the other side's is dropped unless both know what to do: the first one stands. */
const collides = (call: LiveCall, by: Side, now: number): boolean =>
  isRecent(call.flows[otherSide(by)].offeredAt, now) && !bothKnowCalls(call)

/** An offer that still waits gives way to one of the other side; the candidates behind it go on. */
const withdraw = (call: LiveCall, by: Side): LiveStep => {
  const { waiting } = call.flows[by]
  if (waiting === null) return [call, []]
  const withdrawn = withFlow(call, by, { waiting: null, offeredAt: null })
  return waiting.candidates.reduce<LiveStep>(
    ([before, said], candidate) => {
      const [after, more] = findCandidate(before, { by, candidate })
      return [after, [...said, ...more]]
    },
    [withdrawn, []]
  )
}

type Described = Extract<CallEvent, { type: 'described' }>

/** A callee that has neither accepted nor prepared. */
const isAsked = (call: LiveCall, by: Side): call is RingingCall =>
  call.phase === 'ringing' && by === 'callee' && !call.prepared

const offer = (call: LiveCall, by: Side, { description, seq, now }: Described): CallStep => {
  if (isAsked(call, by)) return crossInvite(call, now)
  const [free, said] = withdraw(call, otherSide(by))
  if (collides(free, by, now)) return [free, said]
  const standing = free.phase === 'ringing' && by === 'caller' ? { ...free, offer: description } : free
  const offered = withFlow(standing, by, { offeredAt: now })
  const { settlesAt, waiting } = offered.flows[by]
  if (now < settlesAt) {
    const candidates = waiting?.candidates ?? []
    return [withFlow(offered, by, { waiting: { offer: description, candidates } }), said]
  }
  const [delivered, more] = deliver(offered, by, { to: otherSide(by), type: 'description', description, seq })
  return [delivered, [...said, ...more]]
}

const answer = (call: LiveCall, by: Side, { description, seq, now }: Described): CallStep => {
  const to = otherSide(by)
  // What is counted may come again, and out of step with offers here: the parties tell by its number.
  if (call.flows[to].offeredAt === null && seq === undefined)
    return [call, [refused(by, 'description', 'There is no offer to answer.')]]
  if (isAsked(call, by) && description.type === 'answer') {
    return [call, [refused(by, 'description', 'An invite is answered by accepting it.')]]
  }
  if (description.type !== 'answer') return deliver(call, by, { to, type: 'description', description, seq })
  const answered = withFlow(call, to, { offeredAt: null })
  const settled = withFlow(answered, by, { settlesAt: now + call.abilities[to].settleMs })
  return deliver(settled, by, { to, type: 'description', description, seq })
}

const describe = (call: LiveCall, event: Described): CallStep => {
  switch (event.description.type) {
    case 'offer':
      return offer(call, event.by, event)
    case 'answer':
    case 'pranswer':
      return answer(call, event.by, event)
    case 'rollback':
      return [call, [refused(event.by, 'description', 'A rollback is an affair of one side.')]]
    default:
      return unreachable(event.description.type)
  }
}

const findCandidate = (
  call: LiveCall,
  { by, candidate, seq }: Omit<Extract<CallEvent, { type: 'candidate-found' }>, 'type'>
): LiveStep => {
  const to = otherSide(by)
  const { described, held, waiting } = call.flows[by]
  const mayReinvite = call.phase === 'ringing' && by === 'caller' && !call.abilities.callee.callControl
  const noted: LiveCall = mayReinvite ? { ...call, trail: keep(call.trail, candidate) } : call
  if (waiting !== null) {
    const candidates = keep(waiting.candidates, candidate)
    return [withFlow(noted, by, { waiting: { ...waiting, candidates } }), []]
  }
  const timely = described !== null && belongsTo(candidate, described)
  if (timely || call.abilities[to].callControl) return [noted, [{ to, type: 'candidate', candidate, seq }]]
  return [withFlow(noted, by, { held: keep(held, candidate) }), []]
}

/** Delivers what waited for a receiver to settle, in the order it was said. */
const release = (call: LiveCall, by: Side, now: number): LiveStep => {
  const { waiting, settlesAt, held } = call.flows[by]
  if (waiting === null || now < settlesAt) return [call, []]
  const released = withFlow(call, by, { waiting: null, held: [...held, ...waiting.candidates] })
  return deliver(released, by, { to: otherSide(by), type: 'description', description: waiting.offer })
}

/** What only a party that knows calls has a use for. */
const passOn = (call: LiveCall, effect: CallEffect): CallStep => [call, bothKnowCalls(call) ? [effect] : []]

const passTime = (call: LiveCall, now: number): CallStep => {
  if (call.phase === 'ringing' && now >= call.deadline) return end('no-answer', 'caller', 'callee')
  if (call.phase === 'ringing' && now >= (call.reinviteAt ?? Infinity)) return reinvite(call)
  const [first, toCallee] = release(call, 'caller', now)
  const [second, toCaller] = release(first, 'callee', now)
  return [second, [...toCallee, ...toCaller]]
}

const hangUp = (call: LiveCall, by: Side, reason: 'hung-up' | 'failed'): CallStep => {
  if (reason === 'failed' || call.phase === 'connected') return endBy(call, by, reason)
  if (by === 'caller') return endBy(call, by, 'cancelled')
  // Without call ids, too: it may have meant a call of its own, and have this invite still before it.
  return end('declined', 'caller', 'callee')
}

/** The next moment at which time alone changes something. */
export const callDeadline = (call: Call): number => {
  if (call.phase === 'ended') return Infinity
  const waits = [call.flows.caller, call.flows.callee].filter(({ waiting }) => waiting !== null)
  return Math.min(
    ...(call.phase === 'ringing' ? [call.deadline, call.reinviteAt ?? Infinity] : []),
    ...waits.map(({ settlesAt }) => settlesAt)
  )
}

/** Takes one event; after the end nothing changes any more and nothing is said. */
export const stepCall = (call: Call, event: CallEvent): CallStep => {
  if (call.phase === 'ended') return [call, []]
  switch (event.type) {
    case 'rang':
      return call.phase === 'ringing' && event.by === 'callee'
        ? [call, [{ to: 'caller', type: 'ringing' }]]
        : [call, [refused(event.by, 'ringing', 'Only a callee rings, before it accepts.')]]
    case 'prepared':
      return prepare(call, event)
    case 'accepted':
      return accept(call, event)
    case 'described':
      return describe(call, event)
    case 'candidate-found':
      return findCandidate(call, event)
    case 'ice-restart-wanted':
      return passOn(call, { to: otherSide(event.by), type: 'ice-restart', seq: event.seq })
    case 'received':
      return passOn(call, { to: otherSide(event.by), type: 'received', seq: event.seq })
    case 'declined':
      return call.phase === 'ringing' && event.by === 'callee'
        ? endBy(call, 'callee', event.reason)
        : [call, [refused(event.by, 'decline', 'Only a callee declines, before it accepts.')]]
    case 'hung-up':
      return hangUp(call, event.by, event.reason)
    case 'left':
      return end('left', otherSide(event.by))
    case 'time-passed':
      return passTime(call, event.now)
    default:
      return unreachable(event)
  }
}
