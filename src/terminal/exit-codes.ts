/** What a run of the terminal client leaves behind: why it has ended, as a number. Listed in docs/terminal.md. */
import type { EndReason } from './words.ts'

export const exitCodes = {
  /** Somebody hung up, or the person has quit. */
  ok: 0,
  /** It was called in a way that makes no sense. */
  usage: 1,
  /** A file, a pipe or a device could not be read or written. */
  media: 2,
  /** There is no server there. */
  unreachable: 3,
  /** The server, or what it speaks, does not want this client. */
  refused: 4,
  /** Nobody of that name is here. */
  nobody: 5,
  /** What it was given is no terminal, and it was not told to do without. */
  noTerminal: 6
} as const

export const exitCodeOf: Readonly<Record<EndReason, number>> = {
  'hung-up': exitCodes.ok,
  declined: 10,
  busy: 11,
  'no-answer': 12,
  cancelled: 13,
  failed: 14,
  left: 15,
  replaced: 16,
  'answered-elsewhere': 17
}
