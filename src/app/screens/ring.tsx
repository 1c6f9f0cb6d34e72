/** A call that is not answered yet, seen from either end. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Stage } from '../state.ts'
import { useMessages, useStore } from '../context.ts'
import { useKey } from '../hooks.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Icon } from '../parts/icon.tsx'
import { OwnPicture } from '../parts/own-picture.tsx'
import { Patch } from '../parts/patch.tsx'
import { Problems } from '../parts/problems.tsx'
import { MediaToggles } from '../parts/toggles.tsx'

type Calling = Extract<Stage, { at: 'calling' }>
type Called = Extract<Stage, { at: 'called' }>

export const Outgoing = ({ stage: { peer, call, ringing } }: { readonly stage: Calling }): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const cancel = useRef<HTMLButtonElement>(null)
  useEffect(() => cancel.current?.focus(), [])
  useKey('Escape', () => store.endCall())
  const sentence = ringing ? m.ringing : call ? m.calling : m.preparing
  return (
    <main class="ring">
      <Patch
        state={ringing ? 'ringing' : 'reaching'}
        left={<OwnPicture compact />}
        right={<Avatar name={peer.name} />}
      />
      <h1 class="ring-name">{peer.name}</h1>
      <p class="ring-state" role="status">
        {sentence}
      </p>
      <Problems />
      <div class="ring-actions">
        <MediaToggles />
        <button ref={cancel} type="button" class="pill stop" onClick={() => store.endCall()}>
          <Icon name="hangUp" />
          {m.cancelCall}
        </button>
      </div>
    </main>
  )
}

/** Keys that were on their way to something else when the ring appeared must not pick up. */
const deafMs = 700

export const Incoming = ({ stage: { peer } }: { readonly stage: Called }): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const acceptButton = useRef<HTMLButtonElement>(null)
  const shown = useRef(performance.now())
  useEffect(() => acceptButton.current?.focus(), [])
  const awake = (): boolean => performance.now() - shown.current > deafMs
  useKey('Escape', () => awake() && store.endCall())
  const guard = (event: KeyboardEvent): void => {
    if (event.repeat || !awake()) event.preventDefault()
  }
  return (
    <main>
      <div class="ring" role="alertdialog" aria-labelledby="ring-name" aria-describedby="ring-keys">
        <Patch
          state="offered"
          left={<Avatar name={store.self.value?.name ?? ''} />}
          right={<Avatar name={peer.name} />}
        />
        <h1 id="ring-name" class="ring-name">
          {m.peerCalls(peer.name)}
        </h1>
        <div class="ring-actions">
          <button type="button" class="pill stop" onClick={() => store.endCall()}>
            <Icon name="hangUp" />
            {m.decline}
          </button>
          <button type="button" class="pill" onKeyDown={guard} onClick={() => void store.accept(false)}>
            <Icon name="microphone" />
            {m.acceptAudio}
          </button>
          <button
            ref={acceptButton}
            type="button"
            class="pill go"
            onKeyDown={guard}
            onClick={() => void store.accept(true)}
          >
            <Icon name="camera" />
            {m.accept}
          </button>
        </div>
        <p id="ring-keys" class="hint keys">
          {m.keysHint}
        </p>
      </div>
    </main>
  )
}
