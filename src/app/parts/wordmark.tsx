/** The sign of the product: two jacks and the cord that hangs between them. */
import type { JSX } from 'preact'

export const Wordmark = (): JSX.Element => (
  <span class="wordmark">
    <svg viewBox="0 0 44 28" aria-hidden="true" focusable="false">
      <path class="wordmark-cord" d="M8 9C8 30 36 30 36 9" />
      <circle class="wordmark-jack" cx="8" cy="8" r="5.5" />
      <circle class="wordmark-jack" cx="36" cy="8" r="5.5" />
    </svg>
    Patchcord
  </span>
)
