/**
 * A model of the signaling half of an `RTCPeerConnection`, as immutable values: W3C's signaling
 * states, implicit rollback, the [[NegotiationNeeded]] slot, and ICE generations. What the real
 * thing would reject is a `Violation` here.
 *
 * @see https://www.w3.org/TR/webrtc/#rtcsignalingstate-enum
 */
import type { Body, Candidate, Description } from '../../src/core/signal.ts'
import { Violation } from './interleavings.ts'

/** What a description says, as far as it matters here. */
interface Sdp {
  readonly id: string
  /** Which of its owner's ICE generations it announces. */
  readonly generation: number
  /** How many of its owner's changes it carries. */
  readonly changes: number
  /** The offer that this is the answer to. */
  readonly replyTo: string | null
}

export interface PeerConnectionModel {
  readonly owner: string
  readonly signalingState: 'stable' | 'have-local-offer' | 'have-remote-offer'
  readonly currentLocal: Sdp | null
  readonly pendingLocal: Sdp | null
  readonly currentRemote: Sdp | null
  readonly pendingRemote: Sdp | null
  /** Descriptions and ICE generations made so far, those rolled back included. */
  readonly made: number
  readonly generation: number
  /** A restart was asked for: the local generation has to become higher than this. */
  readonly restartAfter: number
  /** Changes that the app has made, and how many of them the other side knows. */
  readonly changes: number
  readonly negotiated: number
  /** W3C's [[NegotiationNeeded]]: it has said so, and says it again only after the next `stable`. */
  readonly notified: boolean
  /** Candidates of the other side that were added. */
  readonly added: readonly string[]
}

export const newPeerConnection = (owner: string): PeerConnectionModel => ({
  owner,
  signalingState: 'stable',
  currentLocal: null,
  pendingLocal: null,
  currentRemote: null,
  pendingRemote: null,
  made: 0,
  generation: 0,
  restartAfter: 0,
  changes: 0,
  negotiated: 0,
  notified: false,
  added: []
})

/** Every description ever made, by its text: bodies are handed on unread, as on a wire. */
const known = new Map<string, { readonly sdp: Sdp; readonly body: Body }>()

const publish = (sdp: Sdp): Body => {
  const [owner] = sdp.id
  const text = `${JSON.stringify(sdp)}\na=ice-ufrag:${owner}${sdp.generation}\n`
  const entry = known.get(text) ?? {
    sdp,
    // `toJSON` makes equal states equal to the walker.
    body: { size: text.length, text: () => text, toJSON: () => text }
  }
  known.set(text, entry)
  return entry.body
}

const read = ({ sdp: body }: Description): Sdp => {
  const entry = known.get(body.text())
  if (entry === undefined) throw new Error('a description that nobody made')
  return entry.sdp
}

type Made = readonly [PeerConnectionModel, Description]

const restartWanted = (pc: PeerConnectionModel): boolean =>
  pc.currentLocal !== null && pc.currentLocal.generation <= pc.restartAfter

const settle = (
  pc: PeerConnectionModel,
  settled: Pick<PeerConnectionModel, 'currentLocal' | 'currentRemote'>
): PeerConnectionModel => ({
  ...pc,
  ...settled,
  signalingState: 'stable',
  pendingLocal: null,
  pendingRemote: null,
  notified: false
})

const makeSdp = (pc: PeerConnectionModel, fresh: boolean, replyTo: string | null): Sdp => ({
  id: `${pc.owner}${pc.made + 1}`,
  generation: fresh || pc.currentLocal === null ? pc.generation + 1 : pc.currentLocal.generation,
  changes: replyTo === null ? pc.changes : pc.negotiated,
  replyTo
})

const withMade = (pc: PeerConnectionModel, sdp: Sdp): PeerConnectionModel => ({
  ...pc,
  made: pc.made + 1,
  generation: Math.max(pc.generation, sdp.generation)
})

export const setLocalOffer = (pc: PeerConnectionModel): Made => {
  if (pc.signalingState !== 'stable') throw new Violation(`an offer is made in ${pc.signalingState}`)
  const sdp = makeSdp(pc, restartWanted(pc), null)
  return [
    { ...withMade(pc, sdp), signalingState: 'have-local-offer', pendingLocal: sdp },
    { type: 'offer', sdp: publish(sdp) }
  ]
}

/** An answer carries none of its side's own changes: they need an offer of their own. */
export const setLocalAnswer = (pc: PeerConnectionModel): Made => {
  const { pendingRemote, currentRemote } = pc
  if (pendingRemote === null) throw new Violation(`an answer is made in ${pc.signalingState}`)
  const restarted = currentRemote !== null && currentRemote.generation !== pendingRemote.generation
  const sdp = makeSdp(pc, restarted, pendingRemote.id)
  return [
    settle(withMade(pc, sdp), { currentLocal: sdp, currentRemote: pendingRemote }),
    { type: 'answer', sdp: publish(sdp) }
  ]
}

export const setRemoteDescription = (
  pc: PeerConnectionModel,
  description: Description
): PeerConnectionModel => {
  const sdp = read(description)
  if (description.type === 'offer') {
    if (pc.signalingState === 'have-remote-offer') throw new Violation('an offer is left unanswered')
    return { ...pc, signalingState: 'have-remote-offer', pendingLocal: null, pendingRemote: sdp }
  }
  if (pc.pendingLocal === null) throw new Violation(`an answer is set in ${pc.signalingState}`)
  if (pc.pendingLocal.id !== sdp.replyTo) throw new Violation('an answer to another offer is set')
  const negotiated = pc.pendingLocal.changes
  return settle({ ...pc, negotiated }, { currentLocal: pc.pendingLocal, currentRemote: sdp })
}

/** Back to `stable`; the descriptions in use stay. */
export const rollBack = (pc: PeerConnectionModel): PeerConnectionModel => {
  if (pc.signalingState === 'stable') throw new Violation('there is nothing to roll back')
  return settle(pc, pc)
}

export const addIceCandidate = (pc: PeerConnectionModel, candidate: Candidate): PeerConnectionModel => {
  const remotes = [pc.currentRemote, pc.pendingRemote].filter((sdp) => sdp !== null)
  if (remotes.length === 0) throw new Violation('a candidate is added before a remote description')
  // Not every wire carries it; without it, the candidate is for whatever is described.
  const { usernameFragment } = candidate
  const named = ({ id, generation }: Sdp): boolean =>
    usernameFragment === null || usernameFragment === `${id.charAt(0)}${generation}`
  if (!remotes.some(named)) throw new Violation('a candidate is added that no remote description knows')
  return { ...pc, added: [...pc.added, candidate.candidate] }
}

export const restartIce = (pc: PeerConnectionModel): PeerConnectionModel => ({
  ...pc,
  restartAfter: pc.generation
})

/** Whether the app has to be told that negotiation is needed; operations under way defer it. */
export const isNegotiationNeeded = (pc: PeerConnectionModel): boolean =>
  pc.signalingState === 'stable' && !pc.notified && (pc.changes > pc.negotiated || restartWanted(pc))

/** The `number`th candidate of the generation that was described last. */
export const gatherCandidate = (pc: PeerConnectionModel, number: number): Candidate => {
  const ufrag = `${pc.owner}${(pc.pendingLocal ?? pc.currentLocal)?.generation}`
  return { candidate: `${ufrag}/${number}`, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: ufrag }
}

/** What is wrong between two connections that have nothing left to do; `null` when all is well. */
export const disagreement = (pc: PeerConnectionModel, other: PeerConnectionModel): string | null => {
  if (pc.signalingState !== 'stable') return `${pc.owner} ends in ${pc.signalingState}`
  if (pc.currentLocal?.id !== other.currentRemote?.id) return `${pc.owner} is described wrongly`
  if (pc.changes > pc.negotiated) return `a change of ${pc.owner} was never negotiated`
  return null
}
