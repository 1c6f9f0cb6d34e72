/** How loud the microphone hears the visitor, so that a dead one is noticed before the call. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { loudness } from '../sound.ts'
import { useMessages } from '../context.ts'

const bars = 14

export const Level = ({ track }: { readonly track: MediaStreamTrack | null }): JSX.Element | null => {
  const m = useMessages()
  const meter = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!track) return undefined
    return loudness(track, (level) => {
      meter.current?.setAttribute('aria-valuenow', String(Math.round(level * 100)))
      for (const [index, bar] of [...(meter.current?.children ?? [])].entries()) {
        bar.toggleAttribute('data-lit', level * bars > index + 0.5)
      }
    })
  }, [track])
  if (!track) return null
  return (
    <div
      ref={meter}
      class="level"
      role="meter"
      aria-label={m.inputLevel}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
    >
      {Array.from({ length: bars }, (_, index) => (
        <span key={index} />
      ))}
    </div>
  )
}
