/**
 * The names and addresses that other devices may reach this machine by, for its certificate and for
 * whoever has to type one of them.
 */
import { isIP, isIPv4, isIPv6 } from 'node:net'
import type { networkInterfaces } from 'node:os'
import { isLoopbackHost } from './network.ts'

export interface CertificateNames {
  /** A certificate without one of these is of no use any more. */
  readonly lasting: readonly string[]
  /** Named if they are here when a certificate is made. */
  readonly passing: readonly string[]
}

/** For containers and virtual machines on this one: no other device is there, and they come and go. */
const withinMachine = /^(?:docker|br-|veth|virbr|vmnet|vboxnet|cni|vEthernet)/

/** IPv4 first, which people can type. */
export const deviceAddresses = (interfaces: ReturnType<typeof networkInterfaces>): readonly string[] => {
  const addresses = Object.entries(interfaces)
    .filter(([name]) => !withinMachine.test(name))
    .flatMap(([, entries = []]) => entries)
    .filter(({ internal, address }) => !internal && !/^(?:fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address)
  return [...addresses.filter(isIPv4), ...addresses.filter(isIPv6)]
}

/** What may stand in a certificate for a host. */
const hostName = /^(?=.{1,253}$)[a-z\d](?:[a-z\d-]{0,62})(?:\.[a-z\d][a-z\d-]{0,62})*$/

/**
 * `further` are names that its user has given. IPv6 addresses change by themselves, often daily: where
 * there is IPv4, they are no reason to ask everybody anew whether they trust the certificate.
 */
export const certificateNames = (
  hostname: string,
  addresses: readonly string[],
  further: readonly string[] = []
): CertificateNames => {
  const own = hostname.toLowerCase()
  const hosts = ['localhost', own, `${own.split('.', 1)[0]}.local`].filter((name) => hostName.test(name))
  const four = addresses.filter(isIPv4)
  const six = addresses.filter(isIPv6)
  const [steady, fleeting] = four.length > 0 ? [four, six] : [six, []]
  return {
    lasting: [...new Set([...hosts, '127.0.0.1', '::1', ...steady, ...further])],
    passing: fleeting
  }
}

const shortest = (name: string): string =>
  isIPv6(name) ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name

/** As `X509Certificate` shows the subject's other names. */
export const namesIn = (subjectAltName: string | undefined): readonly string[] =>
  Array.from((subjectAltName ?? '').matchAll(/(?:DNS|IP Address):([^,\s]+)/g), ([, name = '']) =>
    shortest(name)
  )

/** Of the names in a certificate, those that somebody on another device can open. */
export const namesElsewhere = (names: readonly string[]): readonly string[] =>
  names.filter((name) => !name.includes('*') && !isLoopbackHost(name))

/** Of those, the addresses: whether a name is known in a network, its router decides. */
export const addressesElsewhere = (names: readonly string[]): readonly string[] => {
  const addresses = namesElsewhere(names).filter((name) => isIP(name) !== 0)
  const four = addresses.filter(isIPv4)
  return four.length > 0 ? four : addresses
}
