/**
 * Credentials for somebody else's relay: coturn, eturnal, or any other TURN server that shares a secret with
 * this one ("TURN REST API", draft-uberti-behave-turn-rest). It is never talked to: the secret is all it takes.
 */
import { isIP, isIPv4, isIPv6 } from 'node:net'
import type { IceServer } from '../core/signal.ts'
import { mint } from '../turn/credentials.ts'
import { nodePlatform } from './node-platform.ts'
import type { IceService } from './relay-service.ts'

const turnUrl = /^turns?:(?<host>[\w.-]+|\[[\da-f:.]+\])(?::(?<port>\d{1,5}))?(?:\?transport=(?:udp|tcp))?$/i
const label = /^(?!-)[\w-]{1,63}(?<!-)$/

const isHost = (host: string): boolean => {
  if (host.startsWith('[')) return isIPv6(host.slice(1, -1))
  // What ends in a number is an IPv4 address or a mistake.
  if (/(?:^|\.)\d+\.?$/.test(host)) return isIPv4(host)
  return (
    isIP(host) === 0 &&
    host.length < 254 &&
    host
      .replace(/\.$/, '')
      .split('.')
      .every((part) => label.test(part))
  )
}

/** RFC 7065, as far as browsers take it: one that they refuse would end every call. */
export const isTurnUrl = (url: string): boolean => {
  const { host = '', port = '3478' } = turnUrl.exec(url)?.groups ?? {}
  return isHost(host) && Number(port) > 0 && Number(port) < 65_536
}

export interface ExternalTurnSettings {
  readonly turnUrl: readonly string[]
  readonly turnSecret: string
}

/** How long a credential is good for a first allocation. */
const credentialMs = 600_000

/**
 * The call in a user name is for whoever reads the log of that server. Clients may call theirs what they like, but a
 * space or a quotation mark is a bad request to coturn.
 */
const plain = (call: string): string => call.replaceAll(/[^\w.-]/g, '_')

/** `now` is the time of day: it is another machine's clock that the credentials are held against. */
export const externalTurn = (
  { turnUrl: urls, turnSecret }: ExternalTurnSettings,
  now: () => number = Date.now
): IceService => ({
  iceServers(call, peer): readonly IceServer[] {
    const expiresAt = Math.ceil((now() + credentialMs) / 1_000)
    const { username, password } = mint({ expiresAt, call: plain(call), peer }, turnSecret, nodePlatform)
    return [{ urls, username, credential: password }]
  },
  // Nobody tells that server; the call's credentials come to their end by themselves.
  callEnded() {}
})
