/** Who is here, and how to bring somebody in. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { useMessages, useStore } from '../context.ts'
import { Header } from '../parts/header.tsx'
import { Icon } from '../parts/icon.tsx'
import { Invite, NewLink, OpenTab } from '../parts/invite.tsx'
import { LineBanner } from '../parts/line-banner.tsx'
import { Missed } from '../parts/missed.tsx'
import { PeerRow } from '../parts/peer-row.tsx'
import { You } from '../parts/you.tsx'

export const Lobby = (): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const { roster } = store
  const { lobby } = store.place
  const empty = roster.value.length === 0
  const facts = [
    ...(lobby === 'main' ? [] : [m.lobbyName(lobby)]),
    ...(empty ? [] : [m.peopleHere(roster.value.length)])
  ]
  const main = useRef<HTMLElement>(null)
  useEffect(() => main.current?.focus({ preventScroll: true }), [])
  return (
    <div class="page">
      <Header>
        <button type="button" class="bare" aria-label={m.leave} title={m.leave} onClick={() => store.leave()}>
          <Icon name="leave" />
        </button>
      </Header>
      <LineBanner />
      <main ref={main} class="lobby" tabIndex={-1}>
        <section class="people" aria-labelledby="people-title">
          <div class="section-head">
            <h1 id="people-title">{m.lobbyTitle}</h1>
            <p class="hint" role="status">
              {facts.join(' · ')}
            </p>
          </div>
          {empty ? <Nobody /> : <People />}
        </section>
        <aside class="side">
          <You />
          <Missed />
          {!empty && <Invite />}
        </aside>
      </main>
    </div>
  )
}

/** From this many on, a name is found faster by typing. */
const manyPeople = 9

const People = (): JSX.Element => {
  const { roster } = useStore()
  const m = useMessages()
  const search = useSignal('')
  const text = search.value.trim()
  const found = roster.value.filter(({ name }) => name.toLocaleLowerCase().includes(text.toLocaleLowerCase()))
  return (
    <>
      {roster.value.length >= manyPeople && (
        <div class="search">
          <Icon name="search" />
          <input
            type="search"
            aria-label={m.find}
            placeholder={m.find}
            value={search.value}
            onInput={(event) => (search.value = event.currentTarget.value)}
          />
        </div>
      )}
      <ul class="rows">
        {found.map((peer) => (
          <li key={peer.id}>
            <PeerRow peer={peer} />
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="hint pad">{m.nobodyFound(text)}</p>}
    </>
  )
}

const Nobody = (): JSX.Element => {
  const m = useMessages()
  return (
    <div class="nobody">
      <svg class="nobody-cord" viewBox="0 0 320 120" aria-hidden="true" focusable="false">
        <circle class="jack" cx="70" cy="30" r="20" />
        <circle class="jack open" cx="250" cy="30" r="20" />
        <path class="cord" d="M70 30C70 130 216 130 216 76" />
        <g class="plug" transform="translate(216 52)">
          <rect class="plug-tip" x="-2.5" y="-7" width="5" height="9" rx="2" />
          <rect class="plug-body" x="-6.5" y="0" width="13" height="22" rx="4" />
        </g>
      </svg>
      <h2>{m.emptyTitle}</h2>
      <p>{m.emptyText}</p>
      <div class="actions">
        <Invite bare />
        <OpenTab />
        <NewLink />
      </div>
    </div>
  )
}
