/** One person in the lobby: the whole row is the button that calls them. */
import type { JSX } from 'preact'
import { useId } from 'preact/hooks'
import type { Peer } from '../../client/types.ts'
import { useMessages, useStore } from '../context.ts'
import type { Messages } from '../i18n/index.ts'
import { Avatar } from './avatar.tsx'
import { Icon } from './icon.tsx'

/** The kind of a foreign client, or the dialect's own word where the page is older than the server. */
const kindOf = (dialect: string, m: Messages): string | null => {
  if (dialect === 'native') return null
  return Object.entries(m.kindOf).find(([known]) => known === dialect)?.[1] ?? dialect
}

export const PeerRow = ({ peer }: { readonly peer: Peer }): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const state = useId()
  const kind = kindOf(peer.dialect, m)
  const reachable = !peer.busy && store.lineState.value === 'open'
  return (
    <button
      type="button"
      class="row"
      data-busy={peer.busy}
      aria-label={peer.busy ? m.busyPeer(peer.name) : m.callPeer(peer.name)}
      aria-describedby={peer.busy ? undefined : state}
      aria-disabled={!reachable}
      onClick={() => reachable && void store.call(peer)}
    >
      <Avatar name={peer.name} />
      <span class="row-text">
        <span class="row-name" title={peer.name}>
          {peer.name}
        </span>
        {kind !== null && <span class="row-kind">{kind}</span>}
      </span>
      <span id={state} class="row-state">
        {peer.busy ? m.busy : m.free}
      </span>
      {!peer.busy && (
        <span class="row-call">
          <Icon name="phone" />
          <span>{m.call}</span>
        </span>
      )}
    </button>
  )
}
