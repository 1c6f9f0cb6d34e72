/** The row of buttons under a call, with the menu of devices above it. */
import type { JSX, RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { useMessages, useStore } from '../context.ts'
import { DevicePickers } from './device-pickers.tsx'
import { Problems } from './problems.tsx'
import { MediaToggles, RoundButton } from './toggles.tsx'

interface CallControlsProps {
  /** What goes full screen. */
  readonly room: RefObject<HTMLElement | null>
  readonly video: RefObject<HTMLVideoElement | null>
  readonly pictured: boolean
}

export const CallControls = ({ room, video, pictured }: CallControlsProps): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const open = useSignal(false)
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open.value) return undefined
    const away = (event: Event): void => {
      const outside = event.target instanceof Node && !place.current?.contains(event.target)
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : outside) open.value = false
    }
    addEventListener('keydown', away)
    addEventListener('pointerdown', away)
    return () => {
      removeEventListener('keydown', away)
      removeEventListener('pointerdown', away)
    }
  }, [open.value])
  return (
    <div ref={place} class="controls" data-holds role="group" aria-label={m.controls}>
      {open.value && (
        <div class="controls-menu">
          <Problems />
          <DevicePickers />
        </div>
      )}
      <MediaToggles />
      <RoundButton
        icon="sliders"
        label={m.devices}
        expanded={open.value}
        onClick={() => (open.value = !open.value)}
      />
      {document.pictureInPictureEnabled && pictured && (
        <RoundButton
          icon="inset"
          label={m.pictureInPicture}
          onClick={() => void togglePictureInPicture(video.current)}
        />
      )}
      {document.fullscreenEnabled && <FullScreenButton room={room} />}
      <RoundButton icon="hangUp" tone="stop" label={m.hangUp} onClick={() => store.endCall()} />
    </div>
  )
}

const togglePictureInPicture = async (video: HTMLVideoElement | null): Promise<void> => {
  if (document.pictureInPictureElement) await document.exitPictureInPicture()
  else await video?.requestPictureInPicture()
}

const FullScreenButton = ({ room }: { readonly room: RefObject<HTMLElement | null> }): JSX.Element => {
  const m = useMessages()
  const full = useSignal(document.fullscreenElement !== null)
  useEffect(() => {
    const look = (): void => void (full.value = document.fullscreenElement !== null)
    document.addEventListener('fullscreenchange', look)
    return () => {
      document.removeEventListener('fullscreenchange', look)
      if (document.fullscreenElement) void document.exitFullscreen()
    }
  }, [])
  return (
    <RoundButton
      icon={full.value ? 'shrink' : 'expand'}
      label={full.value ? m.leaveFullScreen : m.fullScreen}
      onClick={() => void (full.value ? document.exitFullscreen() : room.current?.requestFullscreen())}
    />
  )
}
