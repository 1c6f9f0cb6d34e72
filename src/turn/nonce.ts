/**
 * Nonces that the server need not remember: each says until when it is good, and carries a proof that
 * it was made here for this address. RFC 8489, section 9.2, with its nonce cookie.
 */
import type { Platform } from '../stun/platform.ts'

/** "obMatJos2" and the security features in base64: bit 0, password algorithms. */
const cookie = 'obMatJos2gAAA'
/** Short, for whoever names a forged source address has the nonce sent there. */
const proofBytes = 9

export interface NonceMaker {
  /** For a client address, as bytes of any form that is always the same for it. */
  make(address: Uint8Array, now: number): Uint8Array
  check(nonce: Uint8Array, address: Uint8Array, now: number): 'good' | 'stale'
}

export const nonceMaker = (secret: Uint8Array, lifetimeMs: number, platform: Platform): NonceMaker => {
  const write = (until: string, address: Uint8Array): string => {
    const bytes = platform.utf8(until)
    const signed = new Uint8Array(bytes.length + address.length)
    signed.set(bytes)
    signed.set(address, bytes.length)
    const proof = platform.hmacSha256(secret, signed).subarray(0, proofBytes)
    return `${cookie}${until}${platform.base64(proof)}`
  }
  return {
    make: (address, now) => platform.utf8(write(Math.ceil((now + lifetimeMs) / 1_000).toString(36), address)),
    check(nonce, address, now) {
      const text = platform.text(nonce)
      const until = text.slice(cookie.length, -platform.base64(new Uint8Array(proofBytes)).length)
      const isOurs = text === write(until, address)
      return isOurs && Number.parseInt(until, 36) * 1_000 > now ? 'good' : 'stale'
    }
  }
}
