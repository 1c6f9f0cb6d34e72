/** The link to this lobby, to be copied or handed to the phone's own share sheet. */
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { useMessages, useStore } from '../context.ts'
import { pathOf } from '../format.ts'
import { Icon } from './icon.tsx'

export const Invite = ({ bare = false }: { readonly bare?: boolean }): JSX.Element => {
  const { lobby } = useStore()
  const m = useMessages()
  const field = useRef<HTMLInputElement>(null)
  const copied = useSignal(false)
  const link = new URL(pathOf(lobby), location.href).href
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
    </section>
  )
}

export const OpenTab = (): JSX.Element => {
  const { lobby } = useStore()
  const m = useMessages()
  return (
    <a class="secondary" href={pathOf(lobby)} target="_blank" rel="noopener">
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
