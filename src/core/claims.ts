/**
 * Calls that go on although the server has forgotten them: a party says that it is in one, and counts as
 * busy until the other says so too, or for so long.
 */
import type { Member } from './member.ts'
import type { CallId, Peer, PeerId, Side } from './signal.ts'

export interface Claim {
  readonly call: CallId
  readonly member: Member
  /** Who is said to be the other party; it may not be back yet. */
  readonly partner: PeerId
  readonly role: Side
  readonly until: number
}

/** Whether the two say the same of each other. */
export const agree = (one: Claim, other: Claim): boolean =>
  one.member.lobby === other.member.lobby &&
  one.role !== other.role &&
  one.partner === other.member.peer.id &&
  other.partner === one.member.peer.id

/** Of a party that has not been here since the server started, no more is known than its id. */
export const absent = (id: PeerId): Peer => ({ id, number: 0, name: '', dialect: 'native', busy: false })

export class Claims {
  readonly #byCall = new Map<CallId, Claim>()

  get size(): number {
    return this.#byCall.size
  }

  to(call: CallId): Claim | undefined {
    return this.#byCall.get(call)
  }

  add(claim: Claim): void {
    this.#byCall.set(claim.call, claim)
    claim.member.claim = claim
  }

  drop({ call, member }: Claim): void {
    this.#byCall.delete(call)
    member.claim = null
  }

  /** Those that have waited long enough. */
  due(now: number): readonly Claim[] {
    return Array.from(this.#byCall.values()).filter(({ until }) => until <= now)
  }
}
