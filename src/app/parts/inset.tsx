/** A small picture in a corner of the call, to be dragged, or sent by arrow keys, to another corner. */
import type { ComponentChildren, JSX, TargetedPointerEvent } from 'preact'
import { useRef } from 'preact/hooks'
import { signal } from '@preact/signals'
import { useMessages } from '../context.ts'

interface Corner {
  readonly right: boolean
  readonly bottom: boolean
}

/** Stays where it was put for the calls to come. */
export const corner = signal<Corner>({ right: true, bottom: true })

const moves: Readonly<Record<string, Partial<Corner>>> = {
  ArrowLeft: { right: false },
  ArrowRight: { right: true },
  ArrowUp: { bottom: false },
  ArrowDown: { bottom: true }
}

export const Inset = ({ children }: { readonly children: ComponentChildren }): JSX.Element => {
  const m = useMessages()
  const drag = useRef<{ readonly x: number; readonly y: number } | null>(null)
  const { right, bottom } = corner.value
  const begin = (event: TargetedPointerEvent<HTMLButtonElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId)
    drag.current = { x: event.clientX, y: event.clientY }
  }
  const move = (event: TargetedPointerEvent<HTMLButtonElement>): void => {
    if (!drag.current) return
    const [x, y] = [event.clientX - drag.current.x, event.clientY - drag.current.y]
    event.currentTarget.style.translate = `${x}px ${y}px`
  }
  const end = (event: TargetedPointerEvent<HTMLButtonElement>): void => {
    if (!drag.current) return
    drag.current = null
    const box = event.currentTarget.getBoundingClientRect()
    event.currentTarget.style.translate = ''
    corner.value = {
      right: box.left + box.width / 2 > innerWidth / 2,
      bottom: box.top + box.height / 2 > innerHeight / 2
    }
  }
  return (
    <button
      type="button"
      class="inset"
      data-right={right}
      data-bottom={bottom}
      aria-label={m.yourPictureMoves}
      onPointerDown={begin}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
      onKeyDown={({ key }) => (corner.value = { ...corner.value, ...moves[key] })}
    >
      {children}
    </button>
  )
}
