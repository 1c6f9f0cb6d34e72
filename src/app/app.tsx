/** Chooses the screen for the stage the page is in. */
import type { JSX } from 'preact'
import { useStore } from './context.ts'
import { Notice } from './parts/notice.tsx'
import { Full } from './screens/full.tsx'
import { Lobby } from './screens/lobby.tsx'
import { Over } from './screens/over.tsx'
import { Incoming, Outgoing } from './screens/ring.tsx'
import { Talk } from './screens/talk.tsx'
import { Waiting } from './screens/waiting.tsx'
import { Welcome } from './screens/welcome.tsx'

export const App = (): JSX.Element => (
  <>
    <Screen />
    <Notice />
  </>
)

const Screen = (): JSX.Element | null => {
  const store = useStore()
  const stage = store.stage.value
  const conversation = store.conversation.value
  switch (stage.at) {
    case 'welcome':
      return <Welcome />
    case 'lobby':
      return <Lobby />
    case 'waiting':
      return <Waiting />
    case 'full':
      return <Full />
    case 'calling':
      return <Outgoing stage={stage} />
    case 'called':
      return <Incoming key={stage.call.id} stage={stage} />
    case 'talking':
      // There from the first moment of a call.
      return conversation && <Talk stage={stage} conversation={conversation} />
    case 'over':
      return <Over stage={stage} />
    default:
      throw new Error(`no screen for ${JSON.stringify(stage)}`)
  }
}
