/**
 * The hashes and text conversions that STUN and TURN need and that a pure folder does not have.
 */
import type { Hashes } from './integrity.ts'

export interface Platform extends Hashes {
  utf8(text: string): Uint8Array
  /** Malformed UTF-8 becomes replacement characters; never throws. */
  text(bytes: Uint8Array): string
  base64(bytes: Uint8Array): string
}
