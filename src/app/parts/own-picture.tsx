/** One's own picture, or what stands for it: devices still opening, or the camera off. */
import type { JSX } from 'preact'
import { useMessages, useStore } from '../context.ts'
import { Avatar } from './avatar.tsx'
import { Icon } from './icon.tsx'
import { Picture } from './picture.tsx'

export const OwnPicture = ({ compact = false }: { readonly compact?: boolean }): JSX.Element => {
  const { media, preferences, self } = useStore()
  const m = useMessages()
  if (media.video.value) return <Picture own stream={media.stream.value} label={m.yourPicture} />
  const name = self.value?.name ?? preferences.name.value
  if (compact) return <Avatar name={name || '?'} />
  return (
    <div class="no-picture">
      <Icon name={media.opening.value ? 'camera' : 'cameraOff'} />
      <p>{media.opening.value ? m.openingDevices : media.cameraOn.value ? m.noCamera : m.cameraIsOff}</p>
    </div>
  )
}
