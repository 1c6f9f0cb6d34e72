/**
 * The sentences behind the codes: what a person is told when something is refused.
 */
import type { Refusal, RefusalCode } from './signal.ts'

const sentences: Readonly<Record<RefusalCode, string>> = {
  'bad-message': 'That is no message of this protocol.',
  'not-signed-in': 'Sign in first.',
  'already-signed-in': 'This connection is signed in already.',
  'bad-name': 'A lobby name has 1 to 64 letters, digits, dots, dashes or underscores.',
  'unknown-peer': 'Nobody of that name or id is here.',
  'unknown-call': 'There is no such call, or it is not yours.',
  'not-allowed': 'That cannot be done now.',
  'already-in-call': 'You are in a call already.',
  'rate-limited': 'Too many messages: wait a moment.',
  'too-large': 'That message is too large.',
  'too-slow': 'This connection reads too slowly to keep up.',
  'lobby-full': 'This lobby is full.',
  'too-many-connections': 'Too many connections: try again later.',
  'unknown-session': 'There is no such session: sign in.',
  stale: 'A later attempt has resumed this session.'
}

/** A refusal with its usual sentence, or with a more exact one. */
export const refusal = (code: RefusalCode, details: Partial<Omit<Refusal, 'code'>> = {}): Refusal => ({
  code,
  reason: sentences[code],
  ...details
})
