/** The link to this place, to be copied, and new links for two. */
import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { useMessages, useStore } from '../context.ts'
import { linkName, pathOf } from '../format.ts'
import { Icon } from './icon.tsx'

export const Invite = ({ bare = false }: { readonly bare?: boolean }): JSX.Element => {
  const { place } = useStore()
  const m = useMessages()
  const field = useRef<HTMLInputElement>(null)
  const copied = useSignal(false)
  const link = new URL(pathOf(place), location.href).href
  const copy = async (): Promise<void> => {
    copied.value = await copyText(link, field.current)
  }
  const body = (
    <div class="invite-link">
      <input ref={field} type="text" readOnly aria-label={m.inviteTitle} value={link} onFocus={select} />
      <button type="button" class={bare ? 'primary' : 'secondary'} onClick={() => void copy()}>
        <Icon name={copied.value ? 'check' : 'link'} />
        <span role="status">{copied.value ? m.linkCopied : m.copyLink}</span>
      </button>
    </div>
  )
  if (bare) return body
  return (
    <section class="card" aria-labelledby="invite-title">
      <h2 id="invite-title">{m.inviteTitle}</h2>
      <p class="hint">{m.inviteText}</p>
      {body}
      <div class="new-link">
        <p class="hint">{m.newLinkText}</p>
        <NewLink />
      </div>
    </section>
  )
}

/** Leads to a link for two that nobody guesses, made for this page. */
export const NewLink = (): JSX.Element => {
  const m = useMessages()
  const [path] = useState(() =>
    pathOf({ lobby: linkName(crypto.getRandomValues(new Uint8Array(16))), isLink: true })
  )
  return (
    <a class="secondary" href={path}>
      <Icon name="link" />
      {m.newLink}
    </a>
  )
}

export const OpenTab = (): JSX.Element => {
  const { place } = useStore()
  const m = useMessages()
  return (
    <a class="secondary" href={pathOf(place)} target="_blank" rel="noopener">
      {m.openTab}
    </a>
  )
}

const select = (event: { readonly currentTarget: HTMLInputElement }): void => event.currentTarget.select()

/** Pages on plain HTTP have no clipboard of their own; there the old command does it. */
const copyText = async (text: string, field: HTMLInputElement | null): Promise<boolean> => {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    field?.focus()
    field?.select()
    return document.execCommand('copy')
  }
}
