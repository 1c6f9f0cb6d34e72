/**
 * The little that has to be read out of an SDP: which ICE user fragments it announces, so that a
 * candidate can be matched to its description (RFC 8839, section 5.4), and which DTLS role an answer takes.
 * On its way from one client to the other nothing is ever written.
 */
import type { Candidate, Description } from './signal.ts'

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

/** What a party is in DTLS when the other one has taken this role. */
const otherRole: Readonly<Record<string, string>> = { active: 'passive', passive: 'active' }

const roleIn = (answer: Agreed | null): string | undefined =>
  answer?.type === 'answer' ? /^a=setup:(active|passive)\s*$/m.exec(answer.sdp)?.[1] : undefined

interface Agreed {
  readonly type: Description['type']
  readonly sdp: string
}

/**
 * A partner's answer in the DTLS role that it has had since the first one, for their association outlives every
 * ICE restart. Firefox keeps it, but names itself `active` in each answer to a restart, which Chromium refuses from
 * one that was `passive`. `local` and `remote` are the descriptions in use, `null` before there are any.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8842#section-5
 * @see https://bugzilla.mozilla.org/show_bug.cgi?id=1329028
 */
export const inItsDtlsRole = (answer: string, local: Agreed | null, remote: Agreed | null): string => {
  const theirs = roleIn(remote) ?? otherRole[roleIn(local) ?? '']
  return theirs === undefined
    ? answer
    : answer.replace(/^a=setup:(?:active|passive)(?=\s*$)/gm, `a=setup:${theirs}`)
}
