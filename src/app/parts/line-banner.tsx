/** Says that the server cannot be reached, for as long as it is so. */
import type { JSX } from 'preact'
import { useMessages, useStore } from '../context.ts'

export const LineBanner = (): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const state = store.lineState.value
  return (
    <div role="status">
      {state === 'closed' && (
        <div class="banner">
          <p>{m.lineClosed}</p>
          <button type="button" class="quiet" onClick={() => void store.join(store.preferences.name.value)}>
            {store.joining.value ? m.joining : m.reconnect}
          </button>
        </div>
      )}
      {(state === 'resuming' || state === 'connecting') && (
        <div class="banner">
          <span class="spinner" />
          <p>{m.lineLost}</p>
        </div>
      )}
    </div>
  )
}
