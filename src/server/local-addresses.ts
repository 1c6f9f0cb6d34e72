/**
 * The addresses of this machine, as text and as bytes: the relay listens on each of them by itself.
 */
import { lookup } from 'node:dns/promises'
import { isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'

/** How soon a new address of this machine is answered at. */
export const followMs = 5_000

const hextets = (text: string): readonly number[] =>
  text === '' ? [] : text.split(':').map((hextet) => Number.parseInt(hextet, 16))

/**
 * An address as the system writes it, as its bytes. An IPv4 address is one also where it came in by a
 * socket for both families.
 */
export const addressBytes = (address: string): Uint8Array => {
  const text = address.replace(/^::ffff:(?=[\d.]+$)/, '').replace(/%.*$/, '')
  if (isIPv4(text)) return Uint8Array.from(text.split('.').map(Number))
  const [head = '', tail = ''] = text.split('::')
  const [left, right] = [hextets(head), hextets(tail)]
  const middle = Array.from({ length: 8 - left.length - right.length }, () => 0)
  return Uint8Array.from([...left, ...middle, ...right].flatMap((hextet) => [hextet >> 8, hextet & 0xff]))
}

/** Of this machine now; link-local ones are nobody's way to a server. */
const localAddresses = (family: 'IPv4' | 'any'): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .filter((local) => !local.address.startsWith('fe80:') && (family === 'any' || local.family === family))
    .map(({ address }) => address)

/** Where to listen now, each time it is asked, for a host as the user has named it. */
export const addressesOf = async (host: string): Promise<() => readonly string[]> => {
  if (host === '' || host === '::') return () => localAddresses('any')
  if (host === '0.0.0.0') return () => localAddresses('IPv4')
  const { address } = await lookup(host)
  return () => [address]
}
