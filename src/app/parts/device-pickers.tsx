/** Which camera, microphone and speaker to use. */
import type { JSX } from 'preact'
import { useId } from 'preact/hooks'
import { useMessages, useStore } from '../context.ts'
import { Icon } from './icon.tsx'
import type { DeviceKind } from '../local-media.ts'
import type { Device } from '../../client/media.ts'

interface PickerProps {
  readonly kind: DeviceKind
  readonly label: string
  readonly devices: readonly Device[]
  /** The device that is open, which may be another than was chosen. */
  readonly current: string | undefined
}

const Picker = ({ kind, label, devices, current }: PickerProps): JSX.Element => {
  const { media, preferences } = useStore()
  const m = useMessages()
  const id = useId()
  const chosen = [current, preferences[kind].value].find((id) => devices.some((device) => device.id === id))
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="select">
        <select
          id={id}
          disabled={devices.length === 0}
          value={chosen ?? devices[0]?.id ?? ''}
          onChange={(event) => void media.choose(kind, event.currentTarget.value)}
        >
          {devices.length === 0 && <option value="">{m.noDevice}</option>}
          {devices.map((device, index) => (
            <option key={device.id} value={device.id}>
              {device.label || m.unnamedDevice(label, index + 1)}
            </option>
          ))}
        </select>
        <Icon name="chevron" />
      </span>
    </div>
  )
}

const canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype

const deviceOf = (track: MediaStreamTrack | null): string | undefined => track?.getSettings().deviceId

export const DevicePickers = (): JSX.Element => {
  const { media } = useStore()
  const m = useMessages()
  const { cameras, microphones, speakers } = media.devices.value
  return (
    <div class="pickers">
      <Picker kind="camera" label={m.camera} devices={cameras} current={deviceOf(media.video.value)} />
      <Picker
        kind="microphone"
        label={m.microphone}
        devices={microphones}
        current={deviceOf(media.audio.value)}
      />
      {canChooseSpeaker && speakers.length > 0 && (
        <Picker kind="speaker" label={m.speaker} devices={speakers} current={undefined} />
      )}
    </div>
  )
}
