/**
 * By which addresses others reach this machine: those its user names, else those of its own that are
 * routed everywhere. No service is asked, so an address that only a NAT in front of it knows has to be named.
 */
import { BlockList, isIP, isIPv4 } from 'node:net'

/** What an address is good for, as one for others to reach a server at. */
type Reach = 'global' | 'private' | 'none'

type Subnets = readonly (readonly [network: string, prefix: number])[]

const blockList = (family: 'ipv4' | 'ipv6', subnets: Subnets): BlockList => {
  const list = new BlockList()
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, family)
  return list
}

/** The special-purpose registries of RFC 6890, as IANA keeps them, and multicast: nobody's server is there. */
const nowhere4 = blockList('ipv4', [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3]
])

/** Of one site, of one provider's customers, or of a laboratory: RFC 1918, 6598 and 2544. */
const private4 = blockList('ipv4', [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15]
])

/** All that is given to networks so far. */
const global6 = blockList('ipv6', [['2000::', 3]])

/** And what of it is not: protocol assignments with Teredo and ORCHID, documents, and 6to4. */
const nowhere6 = blockList('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20]
])

const private6 = blockList('ipv6', [['fc00::', 7]])

const reach4 = (address: string): Reach => {
  if (nowhere4.check(address, 'ipv4')) return 'none'
  return private4.check(address, 'ipv4') ? 'private' : 'global'
}

const reach6 = (address: string): Reach => {
  if (private6.check(address, 'ipv6')) return 'private'
  return global6.check(address, 'ipv6') && !nowhere6.check(address, 'ipv6') ? 'global' : 'none'
}

/** `none`, too, for what is no address, and for one with a zone, which is known on its machine alone. */
export const reachOf = (address: string): Reach => {
  if (isIP(address) === 0 || address.includes('%')) return 'none'
  return isIPv4(address) ? reach4(address) : reach6(address)
}

/** The first of each family: more ways to the same server only make clients try more. */
const firstOfEach = (addresses: readonly string[]): readonly string[] =>
  [addresses.find(isIPv4), addresses.find((address) => !isIPv4(address))].filter(
    (address) => address !== undefined
  )

export interface PublicAddresses {
  readonly addresses: readonly string[]
  /** By the user, and not found here. */
  readonly named: boolean
}

/** `listening` are the addresses of this machine at which the server can be had. */
export const publicAddresses = (named: readonly string[], listening: readonly string[]): PublicAddresses =>
  named.length > 0
    ? { addresses: named, named: true }
    : { addresses: firstOfEach(listening.filter((address) => reachOf(address) === 'global')), named: false }

/** How one client reaches this server. */
export interface WayHere {
  /** By which name or address, as in a URL, without the port; empty if it did not say. */
  readonly host: string
  /** Through an HTTP proxy, which passes on nothing but HTTP. */
  readonly proxied: boolean
}

/** As a URL has it. */
const urlHost = (address: string): string => (address.includes(':') ? `[${address}]` : address)

/**
 * The hosts at which a client should find what is not HTTP, three at most. First the one that it came by:
 * `localhost` stays `localhost`, and who shares a network with the server need not leave it. An address that
 * the user has named is for everybody; one that was found is for those who did not come straight to it.
 */
export const hostsFor = (
  { host, proxied }: WayHere,
  { addresses, named }: PublicAddresses
): readonly string[] => {
  const further = named || proxied || host === '' ? addresses : []
  return [...new Set([host, ...further.map(urlHost)])].filter((name) => name !== '')
}

/**
 * By which ways a client may come, the best first: what takes no UDP may still let TCP pass, or nothing but TLS.
 * Five at most, for every one is tried from each of the client's networks. Over TCP the client has
 * come this far, unless that was to a proxy; TLS wants the name that the certificate has.
 */
export const turnUrls = (
  hosts: readonly string[],
  { port, hasTls, proxied }: { readonly port: number; readonly hasTls: boolean; readonly proxied: boolean }
): readonly string[] => {
  const [first = '', second = first] = hosts
  const udp = hosts.map((host) => `turn:${host}:${port}?transport=udp`)
  const tcp = `turn:${proxied ? second : first}:${port}?transport=tcp`
  return hasTls ? [...udp, tcp, `turns:${first}:${port}?transport=tcp`] : [...udp, tcp]
}
