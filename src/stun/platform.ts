/**
 * The hashes, text conversions and randomness that STUN and TURN need and that a pure folder does not have.
 */
import type { Hashes } from './integrity.ts'

export interface Platform extends Hashes {
  utf8(text: string): Uint8Array
  /** Malformed UTF-8 becomes replacement characters; never throws. */
  text(bytes: Uint8Array): string
  /** From a source that nobody can predict. */
  random(length: number): Uint8Array
  base64(bytes: Uint8Array): string
}
