/** The visitor as others see them, with the way to change name and devices. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { useMessages, useStore } from '../context.ts'
import { Avatar } from './avatar.tsx'
import { DevicePickers } from './device-pickers.tsx'
import { Icon } from './icon.tsx'
import { Level } from './level.tsx'
import { OwnPicture } from './own-picture.tsx'
import { Problems } from './problems.tsx'
import { MediaToggles } from './toggles.tsx'

export const You = (): JSX.Element => {
  const { self } = useStore()
  const m = useMessages()
  const renaming = useSignal(false)
  const checking = useSignal(false)
  const name = self.value?.name ?? ''
  return (
    <section class="card you" aria-label={m.signedInAs}>
      {renaming.value ? (
        <Rename name={name} done={() => (renaming.value = false)} />
      ) : (
        <div class="you-head">
          <Avatar name={name} />
          <p>
            <span class="hint">{m.signedInAs}</span>
            <strong title={name}>{name}</strong>
          </p>
          <button
            type="button"
            class="bare"
            aria-label={m.rename}
            title={m.rename}
            onClick={() => (renaming.value = true)}
          >
            <Icon name="pencil" />
          </button>
        </div>
      )}
      <button
        type="button"
        class="secondary wide"
        aria-expanded={checking.value}
        onClick={() => (checking.value = !checking.value)}
      >
        <Icon name="sliders" />
        {m.checkDevices}
      </button>
      {checking.value && <DeviceCheck />}
    </section>
  )
}

const Rename = ({ name, done }: { readonly name: string; readonly done: () => void }): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.select(), [])
  const save = (event: Event): void => {
    event.preventDefault()
    const wanted = input.current?.value.trim() ?? ''
    if (wanted !== '' && wanted !== name) store.rename(wanted)
    done()
  }
  return (
    <form class="rename" onSubmit={save} onKeyDown={(event) => event.key === 'Escape' && done()}>
      <input ref={input} type="text" aria-label={m.nameLabel} defaultValue={name} maxLength={64} />
      <div class="actions">
        <button type="submit" class="primary small">
          {m.save}
        </button>
        <button type="button" class="quiet" onClick={done}>
          {m.cancel}
        </button>
      </div>
    </form>
  )
}

/** Opens the devices for as long as it is on the page, unless a call has taken them over. */
const DeviceCheck = (): JSX.Element => {
  const { media, stage } = useStore()
  useEffect(() => {
    void media.open()
    return () => {
      if (stage.value.at === 'lobby') media.close()
    }
  }, [])
  return (
    <div class="device-check">
      <div class="mirror-glass small">
        <OwnPicture />
        <div class="mirror-tools">
          <MediaToggles />
        </div>
        <Level track={media.audio.value} />
      </div>
      <Problems />
      <DevicePickers />
    </div>
  )
}
