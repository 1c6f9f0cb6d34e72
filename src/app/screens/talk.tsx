/** The call itself: the other's picture, as large as it can be, and around it only what is needed. */
import type { JSX, RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { useMessages, useStore } from '../context.ts'
import { useFit, useIdle, useReception, useSpeaker, useWakeLock } from '../hooks.ts'
import { Avatar } from '../parts/avatar.tsx'
import { CallControls } from '../parts/call-controls.tsx'
import { Icon } from '../parts/icon.tsx'
import { Inset } from '../parts/inset.tsx'
import { OwnPicture } from '../parts/own-picture.tsx'
import { Patch } from '../parts/patch.tsx'
import { Picture } from '../parts/picture.tsx'
import { Timer } from '../parts/timer.tsx'
import type { Peer } from '../../client/types.ts'
import type { Stage } from '../state.ts'

type Talking = Extract<Stage, { at: 'talking' }>

export const Talk = ({ stage }: { readonly stage: Talking }): JSX.Element => {
  const { peer, call, connected } = stage
  const store = useStore()
  const m = useMessages()
  const room = useRef<HTMLElement>(null)
  const video = useRef<HTMLVideoElement>(null)
  const blocked = useSignal(false)
  const { picture, lost: silent } = useReception(video, call, connected)
  const lost = silent || stage.interrupted
  useFit(video, room)
  useSpeaker(video, store.preferences.speaker.value)
  useWakeLock()
  const idle = useIdle(room)
  // What goes wrong is not to be hidden with the controls.
  const calm = connected && !lost && store.lineState.value === 'open'
  useEffect(() => room.current?.focus({ preventScroll: true }), [])
  return (
    <main ref={room} class="talk" data-idle={idle && calm} tabIndex={-1} aria-label={m.inCallWith(peer.name)}>
      <div class="talk-picture" data-shown={picture === 'moving'} data-lost={lost}>
        <Picture
          element={video}
          stream={call.remoteStream}
          label={peer.name}
          onBlocked={() => (blocked.value = true)}
        />
      </div>
      {picture !== 'moving' && <Absent peer={peer} awaited={picture === 'awaited'} />}
      <TopBar stage={stage} lost={lost} />
      {blocked.value && <SoundButton video={video} done={() => (blocked.value = false)} />}
      {connected && (
        <Inset>
          <OwnPicture compact />
        </Inset>
      )}
      <CallControls room={room} video={video} pictured={picture === 'moving'} />
    </main>
  )
}

/** What stands in the other's place while there is no picture of them. */
interface AbsentProps {
  readonly peer: Peer
  /** The connection, or its first picture, is on the way. */
  readonly awaited: boolean
}

const Absent = ({ peer, awaited }: AbsentProps): JSX.Element => {
  const m = useMessages()
  return (
    <div class="absent">
      {awaited ? (
        <Patch state="connecting" left={<OwnPicture compact />} right={<Avatar name={peer.name} />} />
      ) : (
        <div class="absent-face">
          <Avatar name={peer.name} />
        </div>
      )}
      <h1 class="ring-name">{peer.name}</h1>
      <p class="ring-state" role="status">
        {awaited ? m.connecting : m.noPicture(peer.name)}
      </p>
    </div>
  )
}

const TopBar = ({ stage, lost }: { readonly stage: Talking; readonly lost: boolean }): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const sendsNothing = !store.media.stream.value && !store.media.opening.value
  const remark = lost
    ? m.restoring
    : store.lineState.value !== 'open'
      ? m.lineLost
      : sendsNothing
        ? m.youSendNothing
        : null
  return (
    <div class="talk-top">
      <p class="talk-who">
        <span class="talk-name" title={stage.peer.name}>
          {stage.peer.name}
        </span>
        {stage.connected && <Timer call={stage.call} />}
      </p>
      <p class="talk-remark" role="status">
        {remark && (
          <span>
            {remark !== m.youSendNothing && <span class="spinner" />}
            {remark}
          </span>
        )}
      </p>
    </div>
  )
}

interface SoundButtonProps {
  readonly video: RefObject<HTMLVideoElement | null>
  readonly done: () => void
}

const SoundButton = ({ video, done }: SoundButtonProps): JSX.Element => {
  const m = useMessages()
  const hear = async (): Promise<void> => {
    await video.current?.play()
    done()
  }
  return (
    <button type="button" class="pill go talk-sound" onClick={() => void hear()}>
      <Icon name="sound" />
      {m.hearSound}
    </button>
  )
}
