/**
 * The hanging GET of libwebrtc's `peerconnection_server`, the client's end, for servers of other people.
 * - A peer is its number, in text. Whose message it is, is said by the header `Pragma`: the client's own
 *   number for a note about who is present, and the sender's for a message.
 * - The original server takes names as they are, up to white space: nothing in one is encoded, and what
 *   would cut it is replaced.
 * - Junk is no message. To libwebrtc's own client it would begin a call.
 * - There are no texts, and a name cannot be changed.
 */
import { type Decoded, decoded, undecodable, unreachable } from '../core/codec.ts'
import type { PeerId } from '../core/signal.ts'
import { type ForeignNews, type ForeignPeer, type ForeignSignal, foreignPeer } from './foreign.ts'
import { decodeBody, describe, encodeCandidate } from './peerconnection-body.ts'

/** What an answer of the server says. */
export interface Answered {
  /** The header's number; `null` without one. */
  readonly pragma: number | null
  readonly body: string
}

export interface SignedIn {
  readonly self: ForeignPeer
  readonly peers: readonly ForeignPeer[]
}

const maxName = 100
/** Of a server with more than this, the rest is not shown. */
const maxPeers = 10_000

export const signInPath = (name: string): string =>
  `/sign_in?${Array.from(name.replace(/[\s,#%&]+/g, '_'))
    .slice(0, maxName)
    .join('')}`
export const waitPath = (self: PeerId): string => `/wait?peer_id=${self}`
export const messagePath = (self: PeerId, to: PeerId): string => `/message?peer_id=${self}&to=${to}`
export const signOutPath = (self: PeerId): string => `/sign_out?peer_id=${self}`

interface Presence {
  readonly peer: ForeignPeer
  readonly present: boolean
}

/** Lines of `name,number,1`, or `,0` for who is gone; others say nothing. */
const presences = (body: string): readonly Presence[] =>
  body.split('\n', maxPeers).flatMap((line) => {
    const [, name = '', number = '', present] = /^(.{0,512}?),(\d{1,10}),([01])\r?$/.exec(line) ?? []
    return number === ''
      ? []
      : [{ peer: foreignPeer(number, name, 'peerconnection'), present: present === '1' }]
  })

export const decodeSignedIn = ({ pragma, body }: Answered): Decoded<SignedIn> => {
  const everybody = presences(body)
  // A page of another origin may not be shown the header; its own line comes first.
  const self = everybody.find(({ peer }) => peer.id === String(pragma)) ?? everybody[0]
  if (self === undefined || Number(self.peer.id) < 1) return undecodable('not the answer to a sign-in')
  const others = everybody.filter(({ peer, present }) => present && peer.id !== self.peer.id)
  return decoded({ self: self.peer, peers: others.map(({ peer }) => peer) })
}

/** The answer to a `/wait`. */
export const decodeWaited = ({ pragma, body }: Answered, self: PeerId): Decoded<readonly ForeignNews[]> => {
  if (pragma === null) return undecodable('nobody has sent it')
  if (String(pragma) === self) {
    return decoded(
      presences(body).map(({ peer, present }) =>
        present ? { type: 'present', peer } : { type: 'absent', peer: peer.id }
      )
    )
  }
  const signal = decodeBody(body)
  if (!signal.ok) return signal
  return decoded([{ type: 'signal', from: String(pragma), signal: signal.message }])
}

/** The body of a `/message`; `null` where there are no words for it. */
export const encodeSignal = (signal: ForeignSignal): string | null => {
  switch (signal.type) {
    case 'description':
      return signal.description.type === 'rollback' ? null : describe(signal.description)
    case 'candidate':
      return encodeCandidate(signal.candidate)
    case 'bye':
      return 'BYE'
    default:
      return unreachable(signal)
  }
}
