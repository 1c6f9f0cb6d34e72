/**
 * What clients of other protocols have in common under load: no ids of calls, no ringing, no reasons. Candidates follow
 * their description at once, whoever is to wait with them.
 */
import type { ForeignSignal } from '../../dialects/foreign.ts'
import { bodyOf } from '../../core/signal.ts'
import type { ClientHandlers } from './client.ts'
import { answerSdp, candidates, isProbe, offerSdp, probeCandidate } from './recorded.ts'
import type { PeerId, Said } from './words.ts'

/** What is said in such a wire's words. `ufrag`: unlike that of any earlier call. */
export const signalsOf = ({ type }: Said, ufrag: string): readonly ForeignSignal[] => {
  const trickled = (): readonly ForeignSignal[] =>
    candidates(ufrag).map((candidate) => ({ type: 'candidate', candidate }))
  switch (type) {
    case 'invite':
      return [
        { type: 'description', description: { type: 'offer', sdp: bodyOf(offerSdp(ufrag)) } },
        ...trickled()
      ]
    case 'answer':
      return [
        { type: 'description', description: { type: 'answer', sdp: bodyOf(answerSdp(ufrag)) } },
        ...trickled()
      ]
    case 'probe':
      return [{ type: 'candidate', candidate: probeCandidate(ufrag) }]
    case 'hang-up':
    case 'decline':
      return [{ type: 'bye' }]
    default:
      return []
  }
}

/** `from`: `null` where the wire does not say. */
export const hearSignal = (signal: ForeignSignal, from: PeerId | null, handlers: ClientHandlers): void => {
  switch (signal.type) {
    case 'bye':
      return handlers.heard({ type: 'ended', call: null, reason: null })
    case 'candidate':
      if (isProbe(signal.candidate)) handlers.heard({ type: 'relayed', call: null })
      return
    default:
      if (signal.description.type === 'answer') return handlers.heard({ type: 'accepted', call: null })
      if (from !== null) handlers.heard({ type: 'rung', call: null, from })
  }
}

/** A user fragment of a call that has none of its own: calls of one client follow each other. */
export const ufrags = (): ((said: Said) => string) => {
  let ufrag = ''
  return ({ type }) => {
    if (type === 'invite' || type === 'answer') ufrag = crypto.randomUUID().slice(0, 8)
    return ufrag
  }
}
