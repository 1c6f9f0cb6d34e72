/** On a link for two, before the other one is there: oneself, and the link to send. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useMessages, useStore } from '../context.ts'
import { Header } from '../parts/header.tsx'
import { Icon } from '../parts/icon.tsx'
import { Invite } from '../parts/invite.tsx'
import { LineBanner } from '../parts/line-banner.tsx'
import { Mirror } from '../parts/mirror.tsx'

export const Waiting = (): JSX.Element => {
  const store = useStore()
  const m = useMessages()
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
      <main ref={main} class="welcome" tabIndex={-1}>
        <Mirror />
        <section class="door">
          <div role="status">
            <h1>{m.waitingTitle}</h1>
          </div>
          <p class="lead">{m.waitingText}</p>
          <Invite bare />
        </section>
      </main>
    </div>
  )
}
