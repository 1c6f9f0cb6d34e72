/**
 * One party's leg of a call: what it may do and say in which phase, and the one end that it comes to.
 * Whatever does not belong to the role and the phase changes nothing; above all, nothing of a callee leaves
 * before it accepts but the answer that its client prepares, which sends no track. How long a callee rings
 * is the server's affair, and so is the reason of an end: who ends a call waits for the server's word.
 *
 * A line that is lost ends nothing. When it is back and its session is known, nothing was missed. When the
 * server knows neither, a call that is accepted is claimed again, and one that rings is invited to again.
 */
import { unreachable } from './codec.ts'
import { whileAccepted } from './leg-accepted.ts'
import { type Leg, type LegEvent, type LegStep, apply, clear, say } from './leg-state.ts'
import type { Received } from './negotiation.ts'
import { whileInviting, whileRung } from './leg-unaccepted.ts'
import type { Description } from './signal.ts'

export type { Deadline, Leg, LegEffect, LegEvent, LegStep, Saying } from './leg-state.ts'

const atStart = { lost: false, forgotten: false, flowing: false }

/** Calls somebody: the invite leaves with the offer, as soon as that is made. `native`: who speaks this protocol, too. */
export const placeCall = (native: boolean): LegStep => [
  { role: 'caller', phase: 'calling', native, offer: null, prepared: false, ...atStart },
  [{ type: 'open-media' }]
]

/** Whether a callee answers while it rings, so that nothing but tracks is missing at the accept, and over which paths. */
export type Preparation = 'no' | 'over-relays' | 'over-all'

interface Receiving {
  readonly native: boolean
  readonly prepares: Preparation
}

/** Is called by somebody. */
export const receiveCall = (description: Description, { native, prepares }: Receiving): LegStep => {
  const offer: Received = { type: 'description', description }
  const limited = prepares === 'over-relays'
  const rung = { role: 'callee', phase: 'ringing', native, limited, ...atStart } as const
  return prepares === 'no'
    ? [{ ...rung, heard: [offer], preparing: 'no' }, [say({ type: 'ringing' })]]
    : [
        { ...rung, heard: [], preparing: 'under-way' },
        [say({ type: 'ringing' }), { type: 'open-media' }, apply(offer)]
      ]
}

/** Whoever has ended the call hears why it has, in time or not. */
const whileEnding = (now: Extract<Leg, { phase: 'ending' }>, event: LegEvent): LegStep => {
  switch (event.type) {
    case 'ended':
      return [{ ...now, phase: 'ended', reason: event.reason }, [clear('end')]]
    case 'deadline-passed':
    case 'refused':
    case 'line-lost':
    case 'signed-in-anew':
      return [{ ...now, phase: 'ended' }, [clear('end')]]
    default:
      return [now, []]
  }
}

/** Takes one event. The runner performs the effects in order. */
export const stepLeg = (now: Leg, event: LegEvent): LegStep => {
  // A line that is lost is lost anew with each attempt that fails, and a call has its time from the first on.
  if ('lost' in now && now.lost && event.type === 'line-lost') return [now, []]
  switch (now.phase) {
    case 'calling':
      return whileInviting(now, event)
    case 'ringing':
      return now.role === 'caller' ? whileInviting(now, event) : whileRung(now, event)
    case 'connecting':
    case 'connected':
      return whileAccepted(now, event)
    case 'ending':
      return whileEnding(now, event)
    case 'ended':
      return [now, []]
    default:
      return unreachable(now)
  }
}
