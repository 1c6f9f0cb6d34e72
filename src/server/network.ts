/**
 * Whom an address stands for, where addresses are counted.
 */
import { isIP, isIPv6 } from 'node:net'

/** Of IPv6 the first 64 bits: one host may have all the rest for itself. */
export const networkOf = (address: string): string => {
  if (!isIPv6(address) || address.includes('.')) return address
  const [left = [], right = []] = address.split('::').map((half) => half.split(':').filter(Boolean))
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}

/** This machine itself; behind a proxy, or on a socket without an address, everybody. */
export const isLoopback = (address: string): boolean =>
  address === '::1' || /^(::ffff:)?127\./.test(address) || isIP(address) === 0

/** Whether a server that listens on this host can be reached by this machine alone. */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && isLoopback(host))

/** Counts connections by the network they come from. */
export const addressBook = (limit: number) => {
  const counts = new Map<string, number>()
  const of = (address: string): number => counts.get(networkOf(address)) ?? 0
  return {
    isFull: (address: string): boolean => !isLoopback(address) && of(address) >= limit,
    add(address: string): void {
      counts.set(networkOf(address), of(address) + 1)
    },
    remove(address: string): void {
      const rest = of(address) - 1
      if (rest > 0) counts.set(networkOf(address), rest)
      else counts.delete(networkOf(address))
    }
  }
}
