/** A passing remark at the edge of the page, read aloud, gone after a while. */
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { useMessages, useStore } from '../context.ts'
import { Icon } from './icon.tsx'

const shownMs = 7000

export const Notice = (): JSX.Element => {
  const { notice } = useStore()
  const m = useMessages()
  const sentence = notice.value
  useEffect(() => {
    if (!sentence) return undefined
    const timer = setTimeout(() => {
      notice.value = null
    }, shownMs)
    return () => clearTimeout(timer)
  }, [sentence])
  return (
    <div class="notice-place" role="status">
      {sentence && (
        <div class="notice">
          <p>{sentence(m)}</p>
          <button type="button" class="bare" aria-label={m.close} onClick={() => (notice.value = null)}>
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  )
}
