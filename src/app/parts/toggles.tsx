/** The two switches of one's own media, the same before and in a call. */
import type { JSX, RefObject } from 'preact'
import { useMessages, useStore } from '../context.ts'
import { Icon } from './icon.tsx'
import type { IconName } from './icon.tsx'

interface RoundButtonProps {
  readonly icon: IconName
  readonly label: string
  readonly tone?: 'plain' | 'on' | 'off' | 'missing' | 'stop'
  readonly expanded?: boolean
  /** What has come and was not seen, shown on the button. */
  readonly count?: number
  readonly element?: RefObject<HTMLButtonElement | null>
  readonly onClick: () => void
}

export const RoundButton = ({
  icon,
  label,
  tone = 'plain',
  expanded,
  count = 0,
  element,
  onClick
}: RoundButtonProps): JSX.Element => (
  <button
    ref={element ?? null}
    type="button"
    class="round"
    data-tone={tone}
    aria-label={label}
    aria-expanded={expanded}
    title={label}
    onClick={onClick}
  >
    <Icon name={icon} />
    {count > 0 && (
      <span class="badge" aria-hidden="true">
        {count > 99 ? '99' : count}
      </span>
    )}
  </button>
)

interface SwitchProps {
  readonly icons: { readonly on: IconName; readonly off: IconName }
  readonly labels: { readonly on: string; readonly off: string }
  /** What the visitor wants. */
  readonly on: boolean
  /** There is no device to switch; pressing tries again to get one. */
  readonly missing: boolean
  readonly turn: (on: boolean) => Promise<void>
}

const Switch = ({ icons, labels, on, missing, turn }: SwitchProps): JSX.Element => {
  const works = on && !missing
  return (
    <RoundButton
      icon={works ? icons.on : icons.off}
      tone={missing ? 'missing' : on ? 'plain' : 'off'}
      label={works ? labels.off : labels.on}
      onClick={() => void turn(!works)}
    />
  )
}

export const MediaToggles = (): JSX.Element => {
  const { media } = useStore()
  const m = useMessages()
  const missing = new Set(media.problems.value.map(({ kind }) => kind))
  return (
    <>
      <Switch
        icons={{ on: 'microphone', off: 'microphoneOff' }}
        labels={{ on: m.microphoneOn, off: m.microphoneOff }}
        on={media.microphoneOn.value}
        missing={missing.has('audio')}
        turn={(on) => media.setMicrophone(on)}
      />
      <Switch
        icons={{ on: 'camera', off: 'cameraOff' }}
        labels={{ on: m.cameraOn, off: m.cameraOff }}
        on={media.cameraOn.value}
        missing={missing.has('video')}
        turn={(on) => media.setCamera(on)}
      />
    </>
  )
}
