/** What goes wrong for a caller of the SDK. */
import type { RefusalCode } from '../core/signal.ts'

/** Stable; the server's refusals keep their codes. */
export type CallErrorCode =
  | RefusalCode
  | 'aborted'
  | 'unreachable'
  | 'replaced'
  | 'unsupported'
  | 'not-connected'
  | 'no-media'
  | 'media-failed'
  | 'file-failed'

/** Its message is a sentence that says what to do; `cause` is what was caught, if anything was. */
export class CallError extends Error {
  readonly code: CallErrorCode

  constructor(code: CallErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CallError'
    this.code = code
  }
}

/** Media, or what a call shows, that cannot be had. */
export const mediaFailure = (message: string, cause?: unknown): CallError =>
  new CallError('media-failed', message, { cause })

/** Why a call is without a track of this kind. */
export const cannotSend = (kind: string): string => `Cannot send this ${kind} track: try another.`

/** What a caught value says about itself. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
