/**
 * The little that has to be read out of an SDP: which ICE user fragments it announces, so that a
 * candidate can be matched to its description (RFC 8839, section 5.4). Nothing is ever written.
 */
import type { Candidate } from './signal.ts'

/** Media that is bundled has one for all of it; what claims more than this many is no real description. */
const maxUfrags = 16

/** Each once, and of very many the first. */
export const iceUfrags = (sdp: string): readonly string[] => {
  const ufrags = new Set<string>()
  for (const [, ufrag = ''] of sdp.matchAll(/^a=ice-ufrag:([^\r\n]{1,256})/gm)) {
    ufrags.add(ufrag)
    if (ufrags.size === maxUfrags) break
  }
  return [...ufrags]
}

/** The user fragment a candidate was gathered under, or `null` when it does not say. */
export const ufragOf = ({ candidate, usernameFragment }: Candidate): string | null =>
  usernameFragment || (/ ufrag (\S+)/.exec(candidate)?.[1] ?? null)

/** A candidate that names no user fragment, or a description without any, is given the benefit of the doubt. */
export const belongsTo = (candidate: Candidate, ufrags: readonly string[]): boolean => {
  const ufrag = ufragOf(candidate)
  return ufrag === null || ufrags.length === 0 || ufrags.includes(ufrag)
}
