/** How a call ended, as seen from this side of it. */
import type { Call, EndReason } from '../client/types.ts'

/** The reasons of the wire, but for what means something else to the one who was called. */
export type Ending = Exclude<EndReason, 'cancelled'> | 'missed' | 'failed-early' | 'ended-here'

/** `unanswered`: nobody had picked up yet. */
export const endingOf = (call: Pick<Call, 'direction' | 'endReason'>, unanswered: boolean): Ending => {
  const reason = call.endReason ?? 'failed'
  // Only the one who is called is ever told that the other gave up.
  if (reason === 'cancelled') return 'missed'
  if (reason === 'no-answer' && call.direction === 'incoming') return 'missed'
  return reason === 'failed' && unanswered ? 'failed-early' : reason
}
