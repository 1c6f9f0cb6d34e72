/** Says that the server cannot be reached, for as long as it is so. */
import type { JSX } from 'preact'
import { useMessages, useStore } from '../context.ts'

export const LineBanner = (): JSX.Element => {
  const { lineState, lineFault } = useStore()
  const m = useMessages()
  return (
    <div role="status">
      {lineState.value === 'resuming' && (
        <div class="banner">
          <span class="spinner" />
          <p>
            {m.lineLost} {lineFault.value?.(m)}
          </p>
        </div>
      )}
    </div>
  )
}
