/**
 * For pages that know no other way to tell a person something than a line of chat, and that put what
 * they are sent into their HTML as it is.
 */
import type { EndReason, Refusal } from '../core/signal.ts'

/** Text that starts no tag, whatever a page does with it. */
export const inert = (text: string): string => text.replaceAll('<', '&lt;')

const endings: Readonly<Record<EndReason, ((name: string) => string) | null>> = {
  'hung-up': (name) => `${name} hung up.`,
  left: (name) => `${name} left.`,
  busy: (name) => `${name} is in another call.`,
  declined: (name) => `The call with ${name} was declined.`,
  'no-answer': (name) => `The call with ${name} was not answered.`,
  cancelled: (name) => `${name} cancelled the call.`,
  failed: (name) => `The call with ${name} failed.`,
  'answered-elsewhere': (name) => `The call with ${name} was answered on another device.`,
  // The call goes on in another.
  replaced: null
}

/** How a call with `name` ended, or `null` where there is nothing to say. */
export const endedLine = (name: string, reason: EndReason): string | null => endings[reason]?.(name) ?? null

/** Nothing is said of what comes in floods. */
export const isWorthALine = ({ code, about }: Refusal): boolean =>
  code !== 'rate-limited' && about !== 'candidate'
