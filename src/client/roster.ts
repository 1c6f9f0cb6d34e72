/** Who is in the lobby, kept up to date from what the server says has changed. */
import type { NativeServerMessage } from '../dialects/native-client.ts'
import type { Peer, PeerId } from './types.ts'

type Changes = Omit<Extract<NativeServerMessage, { type: 'roster' }>, 'type'>

export interface RosterStep {
  readonly roster: readonly Peer[]
  readonly joined: readonly Peer[]
  readonly left: readonly Peer[]
  /** As they are now: of another name, busy or free. */
  readonly changed: readonly Peer[]
}

/** Newcomers go to the end: longest present first. Oneself, `self`, is not among the others. */
export const applyChanges = (
  roster: readonly Peer[],
  { joined, left, changed }: Changes,
  self: PeerId
): RosterStep => {
  const known = new Set(roster.map(({ id }) => id))
  const gone = new Set(left)
  const news = new Map([...changed, ...joined].map((peer) => [peer.id, peer]))
  const newcomers = joined.filter(({ id }) => id !== self && !known.has(id))
  const stayed = roster.filter(({ id }) => !gone.has(id)).map((peer) => news.get(peer.id) ?? peer)
  return {
    roster: [...stayed, ...newcomers],
    joined: newcomers,
    left: roster.filter(({ id }) => gone.has(id)),
    changed: stayed.filter((peer) => !roster.includes(peer))
  }
}

const without = (roster: readonly Peer[], others: readonly Peer[]): readonly Peer[] => {
  const ids = new Set(others.map(({ id }) => id))
  return roster.filter(({ id }) => !ids.has(id))
}

const differs = (peer: Peer, other: Peer): boolean => peer.name !== other.name || peer.busy !== other.busy

/** What has changed between two whole rosters. */
export const compareRosters = (before: readonly Peer[], after: readonly Peer[]): RosterStep => ({
  roster: after,
  joined: without(after, before),
  left: without(before, after),
  changed: after.filter((peer) => before.some((other) => other.id === peer.id && differs(peer, other)))
})
