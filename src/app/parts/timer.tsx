/** How long the call has lasted. */
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { Call } from '../../client/types.ts'
import { useMessages } from '../context.ts'
import { clock } from '../format.ts'

export const Timer = ({ call }: { readonly call: Call }): JSX.Element => {
  const m = useMessages()
  const now = useSignal(Date.now())
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 500)
    return () => clearInterval(timer)
  }, [])
  return (
    <time class="timer" role="timer" aria-label={m.duration}>
      {clock(now.value - (call.connectedAt ?? now.value))}
    </time>
  )
}
