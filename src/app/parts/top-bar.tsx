/** Over the pictures of a call: who it is, for how long, whether it is really them, and what is the matter. */
import type { JSX } from 'preact'
import type { Store, Stage } from '../state.ts'
import { useMessages, useStore } from '../context.ts'
import type { Conversation } from '../conversation.ts'
import type { Messages } from '../i18n/index.ts'
import { Icon } from './icon.tsx'
import { Timer } from './timer.tsx'
import { Verification } from './verification.tsx'

interface TopBarProps {
  readonly stage: Extract<Stage, { at: 'talking' }>
  readonly conversation: Conversation
  readonly lost: boolean
}

export const TopBar = ({ stage, conversation, lost }: TopBarProps): JSX.Element => {
  const { peer, call, connected } = stage
  const m = useMessages()
  const isMuted = connected && conversation.remoteMuted.value.audio
  return (
    <div class="talk-top">
      <p class="talk-who">
        <span class="talk-name" title={peer.name}>
          {peer.name}
        </span>
        {connected && <Timer call={call} />}
        <span class="talk-muted" role="status">
          {isMuted && (
            <>
              <Icon name="microphoneOff" />
              {m.isMuted}
            </>
          )}
        </span>
      </p>
      {connected && <Verification verification={conversation.verification.value} peer={peer.name} />}
      <Remark conversation={conversation} lost={lost} />
    </div>
  )
}

const Remark = ({ conversation, lost }: Omit<TopBarProps, 'stage'>): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const trouble = lost ? m.restoring : store.lineState.value === 'open' ? null : m.lineLost
  const remark = trouble ?? ownState(store, conversation, m)
  return (
    <p class="talk-remark" role="status">
      {remark && (
        <span>
          {trouble && <span class="spinner" />}
          {remark}
        </span>
      )}
    </p>
  )
}

const ownState = ({ media }: Store, { screen }: Conversation, m: Messages): string | null => {
  if (screen.value) return m.youShareScreen
  return media.stream.value || media.opening.value ? null : m.youSendNothing
}
