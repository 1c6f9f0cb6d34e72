import { describe, expect, test } from 'vitest'
import { formatAddress } from '../stun/address.ts'
import { ERROR, readUnknownAttributes } from '../stun/error.ts'
import { relayWorld } from '../../test/support/relay-world.ts'
import { channelData, transportAddress, udp } from '../../test/support/turn-session.ts'

const minuteMs = 60_000

describe('Allocate', () => {
  test('gives an address where nobody listens, and says how long', () => {
    const { client } = relayWorld()
    const ada = client('call', 'ada')
    const reply = ada.allocate()
    expect(formatAddress(reply.address('xorRelayedAddress'))).toMatch(/^198\.51\.100\.\d+:\d{5}$/)
    expect(reply.address('xorMappedAddress')).toEqual(ada.remote)
    expect(reply.number('lifetime')).toBe(600)
  })

  test('gives every allocation an address of its own, and those of a call the same host', () => {
    const { allocated } = relayWorld()
    const all = Array.from({ length: 300 }, (_, at) => allocated(`call ${at >> 1}`, 'ada').relayed)
    expect(new Set(all.map(formatAddress)).size).toBe(all.length)
    for (let at = 0; at < all.length; at += 2) expect(all[at]?.address).toEqual(all[at + 1]?.address)
  })

  test('gives an IPv6 address to whoever asks for one, and no family that there is not', () => {
    const { client } = relayWorld()
    const ask = (family: number) =>
      client('call', 'ada').allocate(['requestedAddressFamily', Uint8Array.of(family, 0, 0, 0)])
    expect(formatAddress(ask(2).address('xorRelayedAddress'))).toMatch(
      /^\[100:0:0:0:0:0:c633:64[\da-f]{2}]:\d{5}$/
    )
    expect(ask(1).address('xorRelayedAddress').address).toHaveLength(4)
    expect(ask(3).code).toBe(ERROR.addressFamilyNotSupported)
  })

  test.each([
    [undefined, 600],
    [60, 600],
    [0, 600],
    [1_800, 1_800],
    [1_000_000, 3_600]
  ])('that asks for %s seconds gets %i', (asked, given) => {
    const { client } = relayWorld()
    const reply = client('call', 'ada').allocate(
      ...(asked === undefined ? [] : [['lifetime', asked] as const])
    )
    expect(reply.number('lifetime')).toBe(given)
  })

  test('gives an even port to whoever asks for one', () => {
    const { client } = relayWorld()
    for (let tries = 0; tries < 10; tries += 1) {
      const { port } = client('call', 'ada')
        .allocate(['evenPort', Uint8Array.of(0)])
        .address('xorRelayedAddress')
      expect(port % 2).toBe(0)
    }
  })

  const pair = ['evenPort', Uint8Array.of(0x80)] as const

  test('keeps the port behind for whoever shows the token, once and in the same call', () => {
    const { client } = relayWorld()
    const reply = client('call', 'ada').allocate(pair)
    const { address, port } = reply.address('xorRelayedAddress')
    const token = ['reservationToken', reply.bytes('reservationToken')] as const
    expect(reply.bytes('reservationToken')).toHaveLength(8)
    expect(client('another', 'ada').allocate(token).code).toBe(ERROR.insufficientCapacity)
    expect(client('call', 'ada').allocate(['reservationToken', new Uint8Array(8)]).code).toBe(
      ERROR.insufficientCapacity
    )
    expect(client('call', 'ada').allocate(token).address('xorRelayedAddress')).toEqual({
      address,
      port: port + 1
    })
    expect(client('call', 'ada').allocate(token).code).toBe(ERROR.insufficientCapacity)
  })

  test('keeps it for half a minute, and no longer than its own', () => {
    const { client, relay, clock } = relayWorld()
    const tokenOf = () => {
      const ada = client('call', 'ada')
      return { ada, token: ['reservationToken', ada.allocate(pair).bytes('reservationToken')] as const }
    }
    const late = tokenOf()
    clock.now += 30_000
    relay.passTime(clock.now)
    expect(client('call', 'ada').allocate(late.token).code).toBe(ERROR.insufficientCapacity)
    const gone = tokenOf()
    gone.ada.ask('refresh', [['lifetime', 0]])
    expect(client('call', 'ada').allocate(gone.token).code).toBe(ERROR.insufficientCapacity)
  })

  test.each([
    ['without a transport', [], ERROR.badRequest],
    ['with half a transport', [['requestedTransport', Uint8Array.of(17)]], ERROR.badRequest],
    ['for TCP', [['requestedTransport', Uint8Array.of(6, 0, 0, 0)]], ERROR.unsupportedTransport],
    ['with half a lifetime', [udp, ['lifetime', Uint8Array.of(0, 1)]], ERROR.badRequest],
    [
      'with a token and parity',
      [udp, ['reservationToken', new Uint8Array(8)], ['evenPort', Uint8Array.of(0)]],
      ERROR.badRequest
    ],
    [
      'with a token and a family',
      [udp, ['reservationToken', new Uint8Array(8)], ['requestedAddressFamily', Uint8Array.of(1, 0, 0, 0)]],
      ERROR.badRequest
    ]
  ] as const)('%s is refused', (_how, said, code) => {
    const { client } = relayWorld()
    const ada = client('call', 'ada')
    const reply = ada.ask('allocate', said)
    expect(reply.code).toBe(code)
    expect(ada.session.trusts(reply)).toBe(true)
  })

  test('may ask not to fragment: on the way between two allocations nothing does', () => {
    const { client } = relayWorld()
    expect(client('call', 'ada').allocate(['dontFragment', new Uint8Array()]).code).toBe(0)
  })

  test('with something unknown that must be understood is refused by name', () => {
    const { client } = relayWorld()
    const ada = client('call', 'ada')
    const reply = ada.allocate([0x0066, 'what?'])
    expect(reply.code).toBe(ERROR.unknownAttribute)
    expect(readUnknownAttributes(reply.bytes('unknownAttributes'))).toEqual([0x0066])
    expect(ada.allocation).toBeNull()
  })

  test('is answered again when its answer was lost, and refused when it is another', () => {
    const { client, credentials, relay } = relayWorld()
    const ada = client('call', 'ada')
    ada.session.learn(ada.askOnce('allocate', [udp]))
    const bytes = ada.session.write('allocate', [udp])
    expect(ada.say(bytes)).toEqual(ada.say(bytes))
    expect(relay.allocations).toBe(1)
    expect(ada.allocate().code).toBe(ERROR.allocationMismatch)
    const { transactionId } = ada.allocation ?? {}
    ada.session.credentials = credentials('call', 'eve')
    expect(ada.ask('allocate', [udp], transactionId ? { transactionId } : {}).code).toBe(
      ERROR.allocationMismatch
    )
  })
})

const from = (host: number) => ({ host: `192.0.2.${host}` })

describe('quotas', () => {
  const plenty = { allocations: 1_000, bytesPerSecond: 1_000_000 }
  const scarce = { allocations: 2, bytesPerSecond: 1_000_000 }
  test('a call has only so many allocations', () => {
    const { client, allocated } = relayWorld({ allowances: { call: scarce, peer: plenty, address: plenty } })
    const ada = allocated('call', 'ada')
    allocated('call', 'bob')
    expect(client('call', 'cyd').allocate().code).toBe(ERROR.allocationQuotaReached)
    expect(client('another', 'cyd').allocate().code).toBe(0)
    ada.ask('refresh', [['lifetime', 0]])
    expect(client('call', 'cyd').allocate().code).toBe(0)
  })

  test('a peer has only so many, whatever the call', () => {
    const { client, allocated } = relayWorld({ allowances: { call: plenty, peer: scarce, address: plenty } })
    allocated('one', 'ada')
    allocated('two', 'ada')
    expect(client('three', 'ada').allocate().code).toBe(ERROR.allocationQuotaReached)
    expect(client('three', 'bob').allocate().code).toBe(0)
  })

  test('an address has only so many, and an IPv6 address is its whole network', () => {
    const { client, allocated } = relayWorld({ allowances: { call: plenty, peer: plenty, address: scarce } })
    for (const peer of ['ada', 'bob']) allocated('call', peer, from(1))
    expect(client('call', 'cyd', from(1)).allocate().code).toBe(ERROR.allocationQuotaReached)
    expect(client('call', 'cyd', from(2)).allocate().code).toBe(0)
    for (const host of ['2001:db8:0:0:0:0:0:1', '2001:db8:0:0:1:0:0:1']) allocated('call', 'ada', { host })
    expect(client('call', 'ada', { host: '2001:db8:0:0:2:0:0:1' }).allocate().code).toBe(
      ERROR.allocationQuotaReached
    )
    expect(client('call', 'ada', { host: '2001:db8:0:1:0:0:0:1' }).allocate().code).toBe(0)
  })

  test('the relay has only so many', () => {
    const { client, allocated } = relayWorld({ allocations: 1 })
    allocated('call', 'ada')
    expect(client('call', 'bob').allocate().code).toBe(ERROR.insufficientCapacity)
  })

  test('a call passes on only so many bytes a second', () => {
    const tight = { allocations: 10, bytesPerSecond: 200 }
    const { pair, clock, relay } = relayWorld({ allowances: { call: tight, peer: plenty, address: plenty } })
    const { ada, bob } = pair()
    ada.bind(0x4000, bob)
    const say = () => ada.say(channelData(0x4000, 'x'.repeat(150)))
    say()
    say()
    expect(bob.received).toHaveLength(1)
    expect(relay.counts.dropped).toBe(1)
    clock.now += 1_000
    say()
    expect(bob.received).toHaveLength(2)
  })

  test('packets with nothing in them are not free', () => {
    const tight = { allocations: 10, bytesPerSecond: 1_000 }
    const { pair, relay } = relayWorld({ allowances: { call: tight, peer: plenty, address: plenty } })
    const { ada, bob } = pair()
    ada.bind(0x4000, bob)
    for (let at = 0; at < 50; at += 1) ada.say(channelData(0x4000, ''))
    expect(bob.received).toHaveLength(10)
    expect(relay.counts.dropped).toBe(40)
  })
})

describe('Refresh', () => {
  test('keeps an allocation, which else ends', () => {
    const { allocated, relay, clock } = relayWorld()
    const ada = allocated('call', 'ada')
    const bob = allocated('call', 'bob')
    clock.now += 9 * minuteMs
    expect(ada.ask('refresh').number('lifetime')).toBe(600)
    clock.now += minuteMs
    relay.passTime(clock.now)
    expect([ada.releases, bob.releases, relay.allocations]).toEqual([0, 1, 1])
    expect(bob.ask('refresh').code).toBe(ERROR.allocationMismatch)
    clock.now += 9 * minuteMs
    relay.passTime(clock.now)
    expect([ada.releases, relay.allocations]).toEqual([1, 0])
  })

  test('of zero ends it, and says what the call has used', () => {
    const { pair, relayed } = relayWorld()
    const { ada, bob } = pair()
    ada.bind(0x4000, bob)
    ada.say(Uint8Array.of(0x40, 0, 0, 3, 1, 2, 3))
    expect(ada.ask('refresh', [['lifetime', 0]]).number('lifetime')).toBe(0)
    expect(relayed).toEqual([])
    bob.ask('refresh', [['lifetime', 0]])
    expect(relayed).toEqual([{ id: 'a call', packets: 1, bytes: 3 }])
  })

  test.each([
    ['with half a lifetime', ['lifetime', Uint8Array.of(1)], ERROR.badRequest],
    [
      'of another family',
      ['requestedAddressFamily', Uint8Array.of(2, 0, 0, 0)],
      ERROR.peerAddressFamilyMismatch
    ],
    ['of its own family', ['requestedAddressFamily', Uint8Array.of(1, 0, 0, 0)], 0]
  ] as const)('%s is answered as it should', (_how, said, code) => {
    const { allocated } = relayWorld()
    expect(allocated('call', 'ada').ask('refresh', [said]).code).toBe(code)
  })

  test('is for the one who has made the allocation', () => {
    const { allocated, credentials } = relayWorld()
    const ada = allocated('call', 'ada')
    ada.session.credentials = credentials('call', 'eve')
    expect(ada.ask('refresh', [['lifetime', 0]]).code).toBe(ERROR.wrongCredentials)
  })

  test('of an IPv6 allocation need not name the family', () => {
    const { allocated } = relayWorld()
    const ada = allocated('call', 'ada', { said: [['requestedAddressFamily', Uint8Array.of(2, 0, 0, 0)]] })
    expect(ada.ask('refresh').code).toBe(0)
  })
})

describe('the end of a call', () => {
  test('ends its allocations, and its credentials with them', () => {
    const { pair, allocated, client, relay, clock, relayed } = relayWorld()
    const { ada, bob } = pair('over')
    const cyd = allocated('on', 'cyd')
    relay.endCall('over', clock.now)
    expect([ada.releases, bob.releases, cyd.releases]).toEqual([1, 1, 0])
    expect(relayed.map(({ id }) => id)).toEqual(['over'])
    expect(ada.allocate().code).toBe(ERROR.unauthorized)
    clock.now += 5 * minuteMs
    relay.passTime(clock.now)
    expect(client('over', 'ada').allocate().code).toBe(ERROR.unauthorized)
    clock.now += 6 * minuteMs
    relay.passTime(clock.now)
    expect(ada.allocate().code).toBe(ERROR.unauthorized)
    expect(client('over', 'ada').allocate().code).toBe(0)
  })

  test('is not that of a client that goes: its allocation alone ends', () => {
    const { pair, relay } = relayWorld()
    const { ada, bob } = pair()
    relay.leave(ada)
    relay.leave(ada)
    expect([ada.releases, bob.releases, relay.allocations]).toEqual([1, 0, 1])
  })

  test('of one that has no allocations ends its credentials, too', () => {
    const { client, relay, clock } = relayWorld()
    const ada = client('over', 'ada')
    relay.endCall('over', clock.now)
    expect(ada.allocate().code).toBe(ERROR.unauthorized)
  })

  test('is not the end of the credentials’ time: a call that goes on needs no new ones', () => {
    const { allocated, client, clock } = relayWorld({ credentialMs: minuteMs })
    const ada = allocated('call', 'ada')
    const bob = client('call', 'bob')
    const late = client('another', 'bob')
    clock.now += 2 * minuteMs
    expect(ada.ask('refresh').code).toBe(0)
    expect(bob.allocate().code).toBe(0)
    expect(late.allocate().code).toBe(ERROR.unauthorized)
  })
})

test('an address of the relay is not worth a way in: no permission for the server’s own address', () => {
  const { allocated } = relayWorld()
  const ada = allocated('call', 'ada')
  const said = [['xorPeerAddress', transportAddress('192.0.2.9', 8_888)]] as const
  expect(ada.ask('createPermission', said).code).toBe(ERROR.forbidden)
})
