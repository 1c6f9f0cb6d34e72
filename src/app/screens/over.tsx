/** The end of a call that somebody else ended, or that never came to be: one sentence, and two ways on. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useMessages, useStore } from '../context.ts'
import { clock } from '../format.ts'
import { useKey } from '../hooks.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Header } from '../parts/header.tsx'
import { LineBanner } from '../parts/line-banner.tsx'
import { Patch } from '../parts/patch.tsx'
import type { Stage } from '../state.ts'

type Finished = Extract<Stage, { at: 'over' }>

export const Over = ({ stage: { peer, ending, lastedMs } }: { readonly stage: Finished }): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const back = useRef<HTMLButtonElement>(null)
  useEffect(() => back.current?.focus(), [])
  useKey('Escape', () => store.backToLobby())
  const present = store.present(peer)
  const name = store.self.value?.name ?? ''
  return (
    <div class="page">
      <Header />
      <LineBanner />
      <main class="ring">
        <Patch state="over" left={<Avatar name={name} />} right={<Avatar name={peer.name} />} />
        <div role="status">
          <h1 class="ring-name">{m.over[ending](peer.name)}</h1>
        </div>
        {lastedMs !== null && <p class="ring-state">{m.lasted(clock(lastedMs))}</p>}
        <div class="ring-actions">
          <button ref={back} type="button" class="pill" onClick={() => store.backToLobby()}>
            {m.backToLobby}
          </button>
          {present && !present.busy && (
            <button type="button" class="pill go" onClick={() => void store.call(present)}>
              {m.callAgain}
            </button>
          )}
        </div>
      </main>
    </div>
  )
}
