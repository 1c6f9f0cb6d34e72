/** A video element that shows a stream. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { RefObject } from 'preact'

interface PictureProps {
  readonly stream: MediaStream | null
  readonly label: string
  /** One's own picture: mirrored, as people know themselves, and silent. */
  readonly own?: boolean
  readonly element?: RefObject<HTMLVideoElement | null>
  /** The browser wants a click before it plays sound. */
  readonly onBlocked?: () => void
}

export const Picture = ({ stream, label, own = false, element, onBlocked }: PictureProps): JSX.Element => {
  const inner = useRef<HTMLVideoElement>(null)
  const ref = element ?? inner
  useEffect(() => {
    const video = ref.current
    if (!video) return
    video.srcObject = stream
    if (!stream) return
    video.play().catch((error: unknown) => {
      // A newer stream interrupts the play of an older one, which is no loss.
      if (error instanceof Error && error.name === 'NotAllowedError') onBlocked?.()
    })
  }, [stream])
  return (
    <video ref={ref} class="picture" data-own={own} muted={own} aria-label={label} autoplay playsInline />
  )
}
