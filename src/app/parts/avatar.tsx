/** A peer's face where there is no picture: initials in a color of their own. */
import type { JSX } from 'preact'
import { initials, tint } from '../format.ts'

export const Avatar = ({ name }: { readonly name: string }): JSX.Element => (
  <span class="avatar" data-tint={tint(name)} aria-hidden="true">
    {initials(name)}
  </span>
)
