/** Four signs for both to compare, in a corner of the call; or that there are none. */
import type { JSX } from 'preact'
import { useId, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { CallVerification } from '../../client/types.ts'
import { useMessages } from '../context.ts'
import { useDismissal } from '../hooks.ts'
import { Icon } from './icon.tsx'

interface VerificationProps {
  readonly verification: CallVerification
  readonly peer: string
}

export const Verification = ({ verification, peer }: VerificationProps): JSX.Element | null => {
  const m = useMessages()
  const open = useSignal(false)
  const place = useRef<HTMLDivElement>(null)
  const id = useId()
  useDismissal(place, open)
  if (verification.state === 'pending') return null
  const code = verification.state === 'ready' ? verification.code : []
  return (
    <div ref={place} class="verification" data-holds>
      <button
        type="button"
        class="verification-chip"
        aria-expanded={open.value}
        aria-controls={id}
        onClick={() => (open.value = !open.value)}
      >
        {code.length === 0 ? (
          <>
            <Icon name="warning" />
            {m.unverified}
          </>
        ) : (
          <>
            <Icon name="lock" />
            <span class="unseen">{m.compare}</span>
            <span aria-hidden="true">{code.map(({ emoji }) => emoji).join(' ')}</span>
          </>
        )}
      </button>
      <div id={id} class="verification-card" hidden={!open.value}>
        {code.length > 0 && (
          <ol class="verification-signs">
            {code.map(({ emoji, name }, index) => (
              <li key={index}>
                <span aria-hidden="true">{emoji}</span>
                {m.sign(name)}
              </li>
            ))}
          </ol>
        )}
        <p>{code.length > 0 ? m.compareText(peer) : m.unverifiedText}</p>
      </div>
    </div>
  )
}
