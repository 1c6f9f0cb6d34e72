/** The call itself: the other's picture, as large as it can be, and around it only what is needed. */
import type { JSX, RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { useMessages, useStore } from '../context.ts'
import type { Conversation } from '../conversation.ts'
import { useFit, useIdle, useReception, useSpeaker, useWakeLock } from '../hooks.ts'
import { Avatar } from '../parts/avatar.tsx'
import { CallControls } from '../parts/call-controls.tsx'
import { Chat } from '../parts/chat.tsx'
import { Icon } from '../parts/icon.tsx'
import { Inset, corner } from '../parts/inset.tsx'
import { OwnPicture } from '../parts/own-picture.tsx'
import { Patch } from '../parts/patch.tsx'
import { Picture } from '../parts/picture.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import type { Peer } from '../../client/types.ts'
import type { Stage } from '../state.ts'

type Talking = Extract<Stage, { at: 'talking' }>

interface TalkProps {
  readonly stage: Talking
  readonly conversation: Conversation
}

type Video = RefObject<HTMLVideoElement | null>

interface Sight {
  /** There is a picture of the other, and it moves. */
  readonly pictured: boolean
  /** The connection, or its first picture, is on the way. */
  readonly awaited: boolean
  /** Nothing comes through, and the path is looked for. */
  readonly lost: boolean
}

const useSight = (video: Video, { stage, conversation }: TalkProps): Sight => {
  const { call, connected } = stage
  const { picture, lost } = useReception(video, call, connected)
  const isDark = conversation.remoteMuted.value.video
  return {
    pictured: picture === 'moving' && !isDark,
    awaited: picture === 'awaited' && !(connected && isDark),
    lost: lost || conversation.interrupted.value
  }
}

export const Talk = ({ stage, conversation }: TalkProps): JSX.Element => {
  const { peer, connected } = stage
  const store = useStore()
  const m = useMessages()
  const room = useRef<HTMLElement>(null)
  const video = useRef<HTMLVideoElement>(null)
  const sight = useSight(video, { stage, conversation })
  const isChatting = connected && conversation.isOpen.value
  useFit(video)
  useSpeaker(video, store.preferences.speaker.value)
  useWakeLock()
  const idle = useIdle(room)
  // What goes wrong is not to be hidden with the controls.
  const calm = connected && !sight.lost && store.lineState.value === 'open'
  useEffect(() => room.current?.focus({ preventScroll: true }), [])
  return (
    <main
      ref={room}
      class="talk"
      data-idle={idle && calm}
      data-chat={isChatting}
      tabIndex={-1}
      aria-label={m.inCallWith(peer.name)}
    >
      <Pictures stage={stage} conversation={conversation} sight={sight} video={video} />
      <TopBar stage={stage} conversation={conversation} lost={sight.lost} />
      {connected && (
        <Inset>
          <OwnPicture compact />
        </Inset>
      )}
      <CallControls
        room={room}
        video={video}
        pictured={sight.pictured}
        conversation={connected ? conversation : null}
      />
      {isChatting && <Chat conversation={conversation} peer={peer.name} />}
    </main>
  )
}

interface PicturesProps extends TalkProps {
  readonly sight: Sight
  readonly video: Video
}

/** The other's camera, or, when they show one, their screen with the camera beside it. */
const Pictures = ({ stage, conversation, sight, video }: PicturesProps): JSX.Element => {
  const { peer, call } = stage
  const m = useMessages()
  const blocked = useSignal(false)
  const screen = conversation.remoteScreen.value
  const { pictured, awaited, lost } = sight
  return (
    <>
      {screen && (
        <div class="talk-screen" data-lost={lost}>
          <Picture stream={screen} label={m.screenOf(peer.name)} />
        </div>
      )}
      <div
        class="talk-picture"
        data-shown={pictured}
        data-lost={lost}
        data-small={screen !== null}
        data-right={!corner.value.right}
        data-bottom={corner.value.bottom}
      >
        <Picture
          element={video}
          stream={call.remoteStream}
          label={peer.name}
          onBlocked={() => (blocked.value = true)}
        />
      </div>
      {!pictured && !screen && <Absent peer={peer} awaited={awaited} />}
      {blocked.value && <SoundButton video={video} done={() => (blocked.value = false)} />}
    </>
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
