/** The calls nobody answered here, newest first, each with a way back. */
import type { JSX } from 'preact'
import { useMessages, useStore } from '../context.ts'
import { timeOfDay } from '../format.ts'
import type { MissedCall } from '../state.ts'
import { Icon } from './icon.tsx'

export const Missed = (): JSX.Element | null => {
  const store = useStore()
  const m = useMessages()
  const missed = store.missed.value
  if (missed.length === 0) return null
  return (
    <section class="card" aria-labelledby="missed-title">
      <div class="card-head">
        <h2 id="missed-title">{m.missedTitle}</h2>
        <button type="button" class="quiet" onClick={() => store.clearMissed()}>
          {m.clear}
        </button>
      </div>
      <ul class="missed">
        {missed.map((call) => (
          <li key={call.at}>
            <MissedRow call={call} />
          </li>
        ))}
      </ul>
    </section>
  )
}

const MissedRow = ({ call: { peer, at } }: { readonly call: MissedCall }): JSX.Element => {
  const store = useStore()
  const m = useMessages()
  const present = store.present(peer)
  return (
    <div class="missed-row">
      <Icon name="missed" />
      <p>
        <span class="missed-name" title={peer.name}>
          {peer.name}
        </span>
        <time class="hint" dateTime={new Date(at).toISOString()}>
          {timeOfDay(at, store.preferences.language.value)}
        </time>
      </p>
      {present ? (
        <button
          type="button"
          class="secondary small"
          aria-label={`${m.callBack}: ${peer.name}`}
          disabled={present.busy}
          onClick={() => void store.call(present)}
        >
          {m.callBack}
        </button>
      ) : (
        <span class="hint">{m.gone}</span>
      )}
    </div>
  )
}
