/** One's own picture before a call, with the switches of camera and microphone. */
import type { JSX } from 'preact'
import { useMessages, useStore } from '../context.ts'
import { Level } from './level.tsx'
import { OwnPicture } from './own-picture.tsx'
import { Problems } from './problems.tsx'
import { MediaToggles } from './toggles.tsx'

export const Mirror = (): JSX.Element => {
  const { media } = useStore()
  const m = useMessages()
  return (
    <section class="mirror" aria-label={m.yourPicture}>
      <div class="mirror-glass">
        <OwnPicture />
        <div class="mirror-tools">
          <MediaToggles />
        </div>
        <Level track={media.audio.value} />
      </div>
      <Problems />
    </section>
  )
}
