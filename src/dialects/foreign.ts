/**
 * What wires of other people's servers say, as a client of theirs hears it and says it. None of them has a
 * word for an invite, for ringing or for a reason; foreign-calls.ts makes calls of it.
 */
import type { Body, Candidate, Description, Peer, PeerId } from '../core/signal.ts'

/** Numbers are an affair between a server and its wires. */
export type ForeignPeer = Omit<Peer, 'number'>

/** What two clients say to each other there. */
export type ForeignSignal =
  | { readonly type: 'description'; readonly description: Description }
  | { readonly type: 'candidate'; readonly candidate: Candidate }
  | { readonly type: 'bye' }

/** What a client says. */
export type ForeignSaid =
  | { readonly type: 'signal'; readonly to: PeerId; readonly signal: ForeignSignal }
  /** To the whole lobby where it names nobody. */
  | { readonly type: 'text'; readonly to: PeerId | null; readonly text: Body }
  | { readonly type: 'name'; readonly name: string }

/** What a client is told. */
export type ForeignNews =
  /** `null` where the wire does not say who it is from. */
  | { readonly type: 'signal'; readonly from: PeerId | null; readonly signal: ForeignSignal }
  /** Everybody, oneself included. */
  | { readonly type: 'everybody'; readonly peers: readonly ForeignPeer[] }
  | { readonly type: 'present'; readonly peer: ForeignPeer }
  | { readonly type: 'absent'; readonly peer: PeerId }
  /** `sentAt` is `null` where the wire does not say. */
  | {
      readonly type: 'text'
      readonly from: string
      readonly text: Body
      readonly sentAt: number | null
    }
  /** The name that one goes by, which may not be the one that was asked for. */
  | { readonly type: 'named'; readonly name: string }
  /** By this number the server knows one's connection. */
  | { readonly type: 'numbered'; readonly id: number }

/** Somebody of whom no more is known than how to reach them. */
export const foreignPeer = (id: PeerId, name: string, dialect: string): ForeignPeer => ({
  id,
  name,
  dialect,
  busy: false
})
