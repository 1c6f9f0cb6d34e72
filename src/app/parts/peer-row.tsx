/** One person in the lobby: the whole row is the button that calls them. */
import type { JSX } from 'preact'
import type { Peer } from '../../client/types.ts'
import { useMessages, useStore } from '../context.ts'
import type { Messages } from '../i18n/index.ts'
import { Avatar } from './avatar.tsx'
import { Icon } from './icon.tsx'

/** The kind of client, or the dialect's own word where the page is older than the server. */
const kindOf = (dialect: string, m: Messages): string =>
  Object.entries(m.kindOf).find(([known]) => known === dialect)?.[1] ?? dialect

export const PeerRow = ({ peer }: { readonly peer: Peer }): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const reachable = !peer.busy && store.lineState.value === 'open'
  return (
    <button
      type="button"
      class="row"
      data-busy={peer.busy}
      aria-label={peer.busy ? m.busyPeer(peer.name) : m.callPeer(peer.name)}
      aria-disabled={!reachable}
      onClick={() => reachable && void store.call(peer)}
    >
      <Avatar name={peer.name} />
      <span class="row-text">
        <span class="row-name" title={peer.name}>
          {peer.name}
        </span>
        <span class="row-kind">{kindOf(peer.dialect, m)}</span>
      </span>
      <span class="row-state">{peer.busy ? m.busy : m.free}</span>
      {!peer.busy && (
        <span class="row-call">
          <Icon name="phone" />
          <span>{m.call}</span>
        </span>
      )}
    </button>
  )
}
