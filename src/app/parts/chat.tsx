/** What is written and handed over in a call. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useMessages, useStore } from '../context.ts'
import type { Conversation, Entry, SharedFile } from '../conversation.ts'
import { bytesIn } from '../format.ts'
import { Icon } from './icon.tsx'

interface ChatProps {
  readonly conversation: Conversation
  readonly peer: string
}

export const Chat = ({ conversation, peer }: ChatProps): JSX.Element => {
  const m = useMessages()
  const entries = conversation.entries.value
  const log = useRef<HTMLDivElement>(null)
  useEffect(() => log.current?.scrollTo({ top: log.current.scrollHeight }), [entries])
  const close = (): void => conversation.show(false)
  return (
    <section
      class="chat"
      data-holds
      aria-label={m.messages}
      onKeyDown={({ key }) => key === 'Escape' && close()}
    >
      <div class="chat-head">
        <h2>{m.messages}</h2>
        <button type="button" class="bare" aria-label={m.close} title={m.close} onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <div ref={log} class="chat-log" role="log" aria-label={m.messages} tabIndex={0}>
        {entries.length === 0 && <p class="chat-nothing">{m.noMessages(peer)}</p>}
        {entries.map((entry) => (
          <Line key={entry.id} entry={entry} peer={peer} />
        ))}
      </div>
      <Writing conversation={conversation} />
    </section>
  )
}

const Line = ({ entry, peer }: { readonly entry: Entry; readonly peer: string }): JSX.Element => {
  const m = useMessages()
  return (
    <div class="chat-entry" data-own={entry.own}>
      <span class="unseen">{entry.own ? m.you : peer}: </span>
      {'text' in entry ? (
        <p class="chat-text" dir="auto">
          {entry.text}
        </p>
      ) : (
        <FileEntry file={entry.file} own={entry.own} />
      )}
    </div>
  )
}

const FileEntry = ({ file, own }: { readonly file: SharedFile; readonly own: boolean }): JSX.Element => {
  const m = useMessages()
  const transfer = file.transfer.value
  const isOpen = transfer.at === 'offered' || transfer.at === 'moving'
  const state = own ? m.transfer[transfer.at] : m.transferHere[transfer.at]
  return (
    <div class="chat-text chat-file">
      <p class="chat-file-name">
        <Icon name="file" />
        <span>{file.name}</span>
      </p>
      <p class="hint" role="status">
        {[bytesIn(file.size), state].filter(Boolean).join(' · ')}
      </p>
      {transfer.at === 'moving' && (
        <progress max={Math.max(1, file.size)} value={transfer.bytes} aria-label={file.name} />
      )}
      <div class="actions">
        {transfer.at === 'offered' && !own && (
          <button type="button" class="primary small" onClick={() => file.accept()}>
            {m.acceptFile}
          </button>
        )}
        {isOpen && (
          <button type="button" class="quiet" onClick={() => file.drop()}>
            {transfer.at === 'offered' && !own ? m.decline : m.cancel}
          </button>
        )}
        {transfer.at === 'done' && transfer.url !== null && (
          <a class="secondary small" href={transfer.url} download={file.name}>
            <Icon name="save" />
            {m.saveFile}
          </a>
        )}
      </div>
    </div>
  )
}

/** Far below what the wire takes. */
const maxLength = 4000

const Writing = ({ conversation }: { readonly conversation: Conversation }): JSX.Element => {
  const m = useMessages()
  const input = useRef<HTMLInputElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])
  const send = (event: Event): void => {
    event.preventDefault()
    const field = input.current
    const text = field?.value.trim() ?? ''
    if (field && text !== '' && conversation.write(text)) field.value = ''
  }
  const pick = (): void => {
    for (const file of picker.current?.files ?? []) void conversation.sendFile(file)
    // So that the same file can be chosen again.
    if (picker.current) picker.current.value = ''
  }
  return (
    <form class="chat-form" onSubmit={send}>
      <input ref={picker} type="file" hidden multiple tabIndex={-1} onChange={pick} />
      <button
        type="button"
        class="bare"
        aria-label={m.sendFile}
        title={m.sendFile}
        onClick={() => picker.current?.click()}
      >
        <Icon name="clip" />
      </button>
      <input
        ref={input}
        type="text"
        aria-label={m.write}
        placeholder={m.write}
        maxLength={maxLength}
        autocomplete="off"
      />
      <button type="submit" class="bare" aria-label={m.send} title={m.send}>
        <Icon name="send" />
      </button>
    </form>
  )
}

/** The files that came in the call that is over, while they can still be saved. */
export const ReceivedFiles = (): JSX.Element | null => {
  const entries = useStore().conversation.value?.entries.value ?? []
  const files = entries.flatMap((entry) =>
    'file' in entry && !entry.own && entry.file.transfer.value.at === 'done' ? [entry] : []
  )
  if (files.length === 0) return null
  return (
    <ul class="received">
      {files.map(({ id, file }) => (
        <li key={id}>
          <FileEntry file={file} own={false} />
        </li>
      ))}
    </ul>
  )
}
