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

const byId = (peers: readonly Peer[]): ReadonlyMap<PeerId, Peer> =>
  new Map(peers.map((peer) => [peer.id, peer]))

/** What has changed between two whole rosters. */
export const compareRosters = (before: readonly Peer[], after: readonly Peer[]): RosterStep => {
  const [then, now] = [byId(before), byId(after)]
  return {
    roster: after,
    joined: after.filter(({ id }) => !then.has(id)),
    left: before.filter(({ id }) => !now.has(id)),
    changed: after.filter(({ id, name, busy }) => {
      const peer = then.get(id)
      return peer && (peer.name !== name || peer.busy !== busy)
    })
  }
}

/** Newcomers go to the end: longest present first. Oneself, `self`, is not among the others. */
export const applyChanges = (
  roster: readonly Peer[],
  { joined, left, changed }: Changes,
  self: PeerId
): RosterStep => {
  const known = byId(roster)
  const gone = new Set(left)
  const news = byId([...changed, ...joined])
  return compareRosters(roster, [
    ...roster.filter(({ id }) => !gone.has(id)).map((peer) => news.get(peer.id) ?? peer),
    ...joined.filter(({ id }) => id !== self && !known.has(id))
  ])
}
