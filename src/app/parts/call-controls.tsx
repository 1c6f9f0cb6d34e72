/** The row of buttons under a call, with the menu of devices above it. */
import type { JSX, RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { useMessages, useStore } from '../context.ts'
import type { Conversation } from '../conversation.ts'
import { useDismissal } from '../hooks.ts'
import { DevicePickers } from './device-pickers.tsx'
import { Icon } from './icon.tsx'
import { Problems } from './problems.tsx'
import { MediaToggles, RoundButton } from './toggles.tsx'

interface CallControlsProps {
  /** What goes full screen. */
  readonly room: RefObject<HTMLElement | null>
  readonly video: RefObject<HTMLVideoElement | null>
  readonly pictured: boolean
  /** Once the call is connected. */
  readonly conversation: Conversation | null
}

export const CallControls = ({ room, video, pictured, conversation }: CallControlsProps): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const open = useSignal(false)
  const place = useRef<HTMLDivElement>(null)
  useDismissal(place, open)
  return (
    <div ref={place} class="controls" data-holds role="group" aria-label={m.controls}>
      {open.value && (
        <div class="controls-menu">
          <Problems />
          <DevicePickers />
          <div class="actions">
            {document.pictureInPictureEnabled && pictured && (
              <button
                type="button"
                class="secondary small"
                onClick={() => void togglePictureInPicture(video.current)}
              >
                <Icon name="inset" />
                {m.pictureInPicture}
              </button>
            )}
            {document.fullscreenEnabled && <FullScreenButton room={room} />}
          </div>
        </div>
      )}
      <MediaToggles />
      {conversation && <SharingButtons conversation={conversation} />}
      <RoundButton
        icon="sliders"
        label={m.devices}
        expanded={open.value}
        onClick={() => (open.value = !open.value)}
      />
      <RoundButton icon="hangUp" tone="stop" label={m.hangUp} onClick={() => store.endCall()} />
    </div>
  )
}

const SharingButtons = ({ conversation }: { readonly conversation: Conversation }): JSX.Element => {
  const m = useMessages()
  const { screen, isOpen, unread, isPossible } = conversation
  const chat = useRef<HTMLButtonElement>(null)
  const wasOpen = useRef(false)
  useEffect(() => {
    if (wasOpen.current && !isOpen.value) chat.current?.focus()
    wasOpen.current = isOpen.value
  }, [isOpen.value])
  return (
    <>
      {canShareScreens && (
        <RoundButton
          icon="screen"
          tone={screen.value ? 'on' : 'plain'}
          label={screen.value ? m.stopSharing : m.shareScreen}
          onClick={() => void conversation.toggleScreen()}
        />
      )}
      {isPossible && (
        <RoundButton
          element={chat}
          icon="chat"
          label={m.messagesUnread(unread.value)}
          count={unread.value}
          expanded={isOpen.value}
          onClick={() => conversation.show(!isOpen.value)}
        />
      )}
    </>
  )
}

const canShareScreens = 'mediaDevices' in navigator && 'getDisplayMedia' in navigator.mediaDevices

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
    return () => document.removeEventListener('fullscreenchange', look)
  }, [])
  const toggle = (): void => void (full.value ? document.exitFullscreen() : room.current?.requestFullscreen())
  return (
    <button type="button" class="secondary small" onClick={toggle}>
      <Icon name={full.value ? 'shrink' : 'expand'} />
      {full.value ? m.leaveFullScreen : m.fullScreen}
    </button>
  )
}
