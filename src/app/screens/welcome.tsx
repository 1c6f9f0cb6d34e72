/** Before anything: a name, a look at oneself, and the door. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { useMessages, useStore } from '../context.ts'
import { DevicePickers } from '../parts/device-pickers.tsx'
import { Header } from '../parts/header.tsx'
import { Mirror } from '../parts/mirror.tsx'
import { wakeSound } from '../sound.ts'

export const Welcome = (): JSX.Element => {
  const { media, place, badLobby } = useStore()
  const { lobby, isLink } = place
  const m = useMessages()
  useEffect(() => void media.open(), [])
  return (
    <div class="page">
      <Header />
      <main class="welcome">
        <Mirror />
        <section class="door">
          <h1>{isLink ? m.linkTitle : m.welcomeTitle}</h1>
          <p class="lead">{isLink ? m.linkText : m.welcomeText}</p>
          <NameForm />
          <DevicePickers />
          {lobby !== 'main' && !isLink && !badLobby.value && <p class="hint">{m.joinsLobby(lobby)}</p>}
        </section>
      </main>
    </div>
  )
}

const NameForm = (): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const input = useRef<HTMLInputElement>(null)
  const missing = useSignal(false)
  useEffect(() => {
    // Where there is a keyboard; elsewhere one would cover half of the page.
    if (matchMedia('(hover: hover)').matches) input.current?.focus()
  }, [])
  const join = (event: Event): void => {
    event.preventDefault()
    wakeSound()
    const name = input.current?.value.trim() ?? ''
    // Who opens a link for two is expected there, by whatever name.
    missing.value = name === '' && !store.place.isLink
    if (missing.value) input.current?.focus()
    else void store.join(name)
  }
  const fault = missing.value ? m.nameMissing : store.joinFault.value?.(m)
  return (
    <form class="name-form" onSubmit={join} noValidate>
      <div class="field large">
        <label for="name">{m.nameLabel}</label>
        <input
          id="name"
          ref={input}
          type="text"
          autocomplete="nickname"
          maxLength={64}
          defaultValue={store.preferences.name.value}
          aria-invalid={missing.value}
          aria-describedby="name-hint"
          onInput={() => (missing.value = false)}
        />
      </div>
      <button type="submit" class="primary" aria-disabled={store.joining.value}>
        {store.joining.value ? m.joining : m.join}
      </button>
      <p id="name-hint" class={fault ? 'fault' : 'hint'} role={fault ? 'alert' : undefined}>
        {fault ?? (store.place.isLink ? m.nameOptional : m.nameHint)}
      </p>
      {store.badLobby.value && (
        <a class="secondary" href="/">
          {m.toMainLobby}
        </a>
      )}
    </form>
  )
}
