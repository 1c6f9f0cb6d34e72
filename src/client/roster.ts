/** Who is in the lobby, kept up to date from what the server says has changed. */
import type { NativeServerMessage } from '../dialects/native-client.ts'
import type { Peer, PeerId } from './types.ts'

type Changes = Omit<Extract<NativeServerMessage, { type: 'roster' }>, 'type'>

export interface RosterStep {
  readonly roster: readonly Peer[]
  readonly joined: readonly Peer[]
  readonly left: readonly Peer[]
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
    left: roster.filter(({ id }) => gone.has(id))
  }
}

const without = (roster: readonly Peer[], others: readonly Peer[]): readonly Peer[] => {
  const ids = new Set(others.map(({ id }) => id))
  return roster.filter(({ id }) => !ids.has(id))
}

/** What has changed between two whole rosters. */
export const compareRosters = (before: readonly Peer[], after: readonly Peer[]): RosterStep => ({
  roster: after,
  joined: without(after, before),
  left: without(before, after)
})
