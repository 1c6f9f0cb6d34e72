/** The end of a call that somebody else ended, or that never came to be: one sentence, and two ways on. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useMessages, useStore } from '../context.ts'
import { clock } from '../format.ts'
import { useKey } from '../hooks.ts'
import { Avatar } from '../parts/avatar.tsx'
import { ReceivedFiles } from '../parts/chat.tsx'
import { Header } from '../parts/header.tsx'
import { LineBanner } from '../parts/line-banner.tsx'
import { Patch } from '../parts/patch.tsx'
import type { Stage } from '../state.ts'

type Finished = Extract<Stage, { at: 'over' }>

export const Over = ({ stage: { peer, ending, lastedMs } }: { readonly stage: Finished }): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const { isLink } = store.place
  const leave = (): void => (isLink ? store.leave() : store.goBack())
  const onward = useRef<HTMLButtonElement>(null)
  useEffect(() => onward.current?.focus(), [])
  useKey('Escape', leave)
  const present = store.present(peer)
  const callable = present !== null && !present.busy
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
        <ReceivedFiles />
        <div class="ring-actions">
          <button ref={isLink ? null : onward} type="button" class="pill" onClick={leave}>
            {isLink ? m.leave : m.backToLobby}
          </button>
          {callable && (
            <button
              ref={isLink ? onward : null}
              type="button"
              class="pill go"
              onClick={() => void store.call(present)}
            >
              {m.callAgain}
            </button>
          )}
          {isLink && !callable && (
            <button ref={onward} type="button" class="pill go" onClick={() => store.goBack()}>
              {m.waitAgain}
            </button>
          )}
        </div>
      </main>
    </div>
  )
}
