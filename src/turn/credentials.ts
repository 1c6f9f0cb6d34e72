/**
 * Credentials that are good for one peer in one call for a few minutes: the "TURN REST API"
 * (draft-uberti-behave-turn-rest), which coturn, eturnal and others understand as well. Nothing is
 * stored: the user name says everything, and the password proves that we made it.
 */
import type { Platform } from '../stun/platform.ts'

export interface Grant {
  /** Seconds since 1970. */
  readonly expiresAt: number
  /** Neither may contain a colon. */
  readonly call: string
  readonly peer: string
}

export interface Credentials {
  readonly username: string
  readonly password: string
}

export const passwordOf = (username: string, secret: string, platform: Platform): string =>
  platform.base64(platform.hmacSha1(platform.utf8(secret), platform.utf8(username)))

export const mint = ({ expiresAt, call, peer }: Grant, secret: string, platform: Platform): Credentials => {
  const username = `${expiresAt}:${call}:${peer}`
  return { username, password: passwordOf(username, secret, platform) }
}

/** What a user name claims; `null` if it is not of our form. */
export const readGrant = (username: string): Grant | null => {
  const [, expiresAt, call, peer] = /^(\d{1,12}):([^:]{1,64}):([^:]{1,64})$/.exec(username) ?? []
  return expiresAt === undefined || call === undefined || peer === undefined
    ? null
    : { expiresAt: Number(expiresAt), call, peer }
}

/** The key of the long-term mechanism: RFC 8489, sections 9.2.2 and 18.5.1. */
export const longTermKey = (
  { username, password }: Credentials,
  { realm, algorithm }: { readonly realm: string; readonly algorithm: 'md5' | 'sha256' },
  platform: Platform
): Uint8Array => platform[algorithm](platform.utf8(`${username}:${realm}:${password}`))
