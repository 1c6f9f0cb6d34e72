/** A link for two that two others are on: that it is so, and a way on. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useMessages, useStore } from '../context.ts'
import { Header } from '../parts/header.tsx'
import { NewLink } from '../parts/invite.tsx'

export const Full = (): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const main = useRef<HTMLElement>(null)
  useEffect(() => main.current?.focus({ preventScroll: true }), [])
  return (
    <div class="page">
      <Header />
      <main ref={main} class="ring" tabIndex={-1}>
        <svg class="nobody-cord" viewBox="0 0 320 120" aria-hidden="true" focusable="false">
          <circle class="jack" cx="90" cy="40" r="20" />
          <circle class="jack" cx="230" cy="40" r="20" />
          <path class="cord" d="M90 40C90 130 230 130 230 40" />
        </svg>
        <h1 class="ring-name">{m.fullTitle}</h1>
        <p class="ring-state">{m.fullText}</p>
        <div class="ring-actions">
          <button type="button" class="secondary" onClick={() => store.leave()}>
            {m.tryAgain}
          </button>
          <NewLink />
        </div>
      </main>
    </div>
  )
}
