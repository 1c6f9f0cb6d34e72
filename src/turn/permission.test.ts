/** Whom a client may reach by the relay: the parties of its own call, and no other place in any notation. */
import { describe, expect, test } from 'vitest'
import { relayWorld } from '../../test/support/relay-world.ts'
import { type Said, channelData, sendIndication, transportAddress } from '../../test/support/turn-session.ts'
import { ERROR } from '../stun/error.ts'

const ipv6: readonly Said[] = [['requestedAddressFamily', Uint8Array.of(2, 0, 0, 0)]]

describe('a permission', () => {
  test.each([
    ['for nobody', []],
    ['for half an address', [['xorPeerAddress', Uint8Array.of(0, 1, 2)]]]
  ] as const)('%s is none', (_what, said) => {
    const { allocated } = relayWorld()
    expect(allocated('call', 'ada').ask('createPermission', said).code).toBe(ERROR.badRequest)
  })

  test('for a host of one’s own call and another is for neither', () => {
    const { allocated } = relayWorld()
    const ada = allocated('call', 'ada')
    const bob = allocated('call', 'bob')
    bob.permit(ada)
    const code = ada.ask('createPermission', [
      ['xorPeerAddress', bob.relayed],
      ['xorPeerAddress', transportAddress('10.0.0.1', 80)]
    ]).code
    expect(code).toBe(ERROR.forbidden)
    bob.say(sendIndication(ada.relayed, 'hello'))
    expect(ada.data).toEqual([])
  })

  const forbidden = [
    ['loopback', '127.0.0.1'],
    ['this host', '0.0.0.0'],
    ['a private network', '10.0.0.1'],
    ['another private network', '192.168.1.1'],
    ['shared address space', '100.64.0.1'],
    ['the metadata of clouds', '169.254.169.254'],
    ['the metadata of another cloud', '100.100.100.200'],
    ['the metadata of a third', '192.0.0.192'],
    ['an address beside one’s own', '198.51.100.0'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['a public host', '203.0.113.7'],
    ['IPv6 loopback', '0:0:0:0:0:0:0:1'],
    ['IPv6 unspecified', '0:0:0:0:0:0:0:0'],
    ['IPv4-mapped loopback', '0:0:0:0:0:ffff:7f00:1'],
    ['IPv4-compatible loopback', '0:0:0:0:0:0:7f00:1'],
    ['IPv4-mapped metadata', '0:0:0:0:0:ffff:a9fe:a9fe'],
    ['IPv4-compatible metadata', '0:0:0:0:0:0:a9fe:a9fe'],
    ['IPv4-translated loopback', '0:0:0:0:ffff:0:7f00:1'],
    ['IPv4-mapped private network', '0:0:0:0:0:ffff:a00:1'],
    ['IPv4-mapped virtual address', '0:0:0:0:0:ffff:c633:6401'],
    ['6to4 loopback', '2002:7f00:1:0:0:0:0:1'],
    ['6to4 metadata', '2002:a9fe:a9fe:0:0:0:0:1'],
    ['6to4 private network', '2002:a00:1:0:0:0:0:1'],
    ['NAT64 loopback', '64:ff9b:0:0:0:0:7f00:1'],
    ['NAT64 metadata', '64:ff9b:0:0:0:0:a9fe:a9fe'],
    ['NAT64 metadata of local use', '64:ff9b:1:0:0:0:a9fe:a9fe'],
    ['ISATAP', 'fe80:0:0:0:0:5efe:7f00:1'],
    ['IPv6 metadata', 'fd00:ec2:0:0:0:0:0:254'],
    ['site-local', 'fec0:0:0:0:0:0:0:1'],
    ['IPv6 multicast', 'ff02:0:0:0:0:0:0:1'],
    ['discard-only, but not one’s own host', '100:0:0:0:0:0:0:1'],
    ['Teredo', '2001:0:7f00:1:0:0:0:1'],
    ['IPv6 link-local', 'fe80:0:0:0:0:0:0:1'],
    ['unique local', 'fd00:0:0:0:0:0:0:1']
  ] as const

  describe.each(['datagrams', 'a stream'])('over %s', (transport) => {
    const isStream = transport === 'a stream'

    test.each(forbidden)('for %s (%s) is refused, and so is a channel, and nothing passes', (_what, host) => {
      const { allocated, relay } = relayWorld()
      const said = host.includes(':') ? ipv6 : []
      const ada = allocated('call', 'ada', { said, isStream })
      const bob = allocated('call', 'bob', { said, isStream })
      ada.permit(bob)
      for (const port of [bob.relayed.port, 80]) {
        const address = transportAddress(host, port)
        expect(ada.ask('createPermission', [['xorPeerAddress', address]]).code).toBe(ERROR.forbidden)
        expect(ada.bind(0x4000, address).code).toBe(ERROR.forbidden)
        ada.say(sendIndication(address, 'hello'))
        ada.say(channelData(0x4000, 'hello'))
      }
      expect(bob.received).toEqual([])
      expect(relay.counts.dropped).toBe(4)
    })

    test('of another family than the address has bytes is none', () => {
      const { allocated } = relayWorld()
      const ada = allocated('call', 'ada', { isStream })
      const mapped = Uint8Array.of(0, 2, ...Array.from({ length: 6 }, () => 0))
      const long = Uint8Array.of(0, 1, ...Array.from({ length: 18 }, () => 0))
      for (const value of [mapped, long]) {
        expect(ada.ask('createPermission', [['xorPeerAddress', value]]).code).toBe(ERROR.badRequest)
      }
    })
  })

  test('for an address of the other family is refused as that', () => {
    const { allocated } = relayWorld()
    const ada = allocated('call', 'ada')
    const bob = allocated('call', 'bob', { said: ipv6 })
    expect(ada.permit(bob).code).toBe(ERROR.peerAddressFamilyMismatch)
    expect(bob.permit(ada).code).toBe(ERROR.peerAddressFamilyMismatch)
    ada.permit(ada)
    ada.say(sendIndication({ ...ada.relayed, port: bob.relayed.port }, 'hello'))
    expect(bob.received).toEqual([])
    expect(ada.bind(0x4000, { ...ada.relayed, port: bob.relayed.port }).code).toBe(ERROR.forbidden)
  })

  test('for another call’s address opens nothing', () => {
    const { allocated } = relayWorld()
    const ada = allocated('call', 'ada')
    for (let other = 0; other < 600; other += 1) {
      const eve = allocated(`call ${other}`, 'eve')
      const isSameHost = eve.relayed.address.every((byte, at) => byte === ada.relayed.address[at])
      expect(ada.permit(eve).code).toBe(isSameHost ? 0 : ERROR.forbidden)
      expect(ada.bind(0x4000, eve).code).toBe(ERROR.forbidden)
      eve.permit(eve)
      ada.say(sendIndication(eve.relayed, 'hello'))
      expect(eve.received).toEqual([])
    }
  })
})
