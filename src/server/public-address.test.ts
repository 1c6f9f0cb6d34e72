import { describe, expect, test } from 'vitest'
import { hostsFor, publicAddresses, reachOf, turnUrls } from './public-address.ts'

describe('an address is', () => {
  test.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2000::1',
    '2001:200::1',
    '2620:fe::fe',
    '2a00:1450:4001:829::200e',
    '2A00::1'
  ])('for everybody: %s', (address) => {
    expect(reachOf(address)).toBe('global')
  })

  test.each([
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.1',
    '100.127.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '198.19.255.255',
    'fc00::1',
    'fdff::1'
  ])('for those who share its network: %s', (address) => {
    expect(reachOf(address)).toBe('private')
  })

  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '127.0.0.1',
    '169.254.1.1',
    '192.0.0.8',
    '192.0.2.1',
    '192.88.99.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:1.1.1.1',
    '::ffff:101:101',
    '64:ff9b::1.1.1.1',
    '100::1',
    '2001::1',
    '2001:1ff::1',
    '2001:db8::1',
    '2002:101:101::1',
    '3fff::1',
    '4000::1',
    'fe80::1',
    'fe80::1%eth0',
    '2620:fe::fe%eth0',
    'ff02::1',
    '',
    'localhost',
    'calls.example',
    '1.1.1',
    '1.1.1.1:80',
    '[2620:fe::fe]',
    '01.1.1.1'
  ])('for nobody: “%s”', (address) => {
    expect(reachOf(address)).toBe('none')
  })
})

describe('the addresses of this machine for others', () => {
  const own = [
    '127.0.0.1',
    '10.0.0.2',
    '9.9.9.9',
    '149.112.112.112',
    '::1',
    'fd00::2',
    '2620:fe::fe',
    '2620:fe::9'
  ]

  test('are the first of each family that is routed everywhere', () => {
    expect(publicAddresses([], own)).toEqual({ addresses: ['9.9.9.9', '2620:fe::fe'], named: false })
    expect(publicAddresses([], ['127.0.0.1', '10.0.0.2'])).toEqual({ addresses: [], named: false })
  })

  test('are those that the user names, and no others', () => {
    expect(publicAddresses(['8.8.8.8'], own)).toEqual({ addresses: ['8.8.8.8'], named: true })
  })
})

describe('a client looks for the relay', () => {
  const found = { addresses: ['9.9.9.9', '2620:fe::fe'], named: false }
  const named = { addresses: ['9.9.9.9'], named: true }

  test.each([
    ['where it found the server', { host: 'localhost', proxied: false }, found, ['localhost']],
    [
      'where it found the server, by its name',
      { host: 'calls.example', proxied: false },
      found,
      ['calls.example']
    ],
    [
      'also where the server is, if that was a proxy',
      { host: 'calls.example', proxied: true },
      found,
      ['calls.example', '9.9.9.9', '[2620:fe::fe]']
    ],
    [
      'where the server is, if it did not say',
      { host: '', proxied: false },
      found,
      ['9.9.9.9', '[2620:fe::fe]']
    ],
    ['nowhere, if nobody knows where', { host: '', proxied: true }, { addresses: [], named: false }, []],
    ['where the user says, too', { host: '192.168.1.2', proxied: false }, named, ['192.168.1.2', '9.9.9.9']],
    ['nowhere twice', { host: '9.9.9.9', proxied: false }, named, ['9.9.9.9']],
    [
      'nowhere twice, over IPv6',
      { host: '[2620:fe::fe]', proxied: true },
      found,
      ['[2620:fe::fe]', '9.9.9.9']
    ]
  ])('%s', (_promise, way, addresses, hosts) => {
    expect(hostsFor(way, addresses)).toEqual(hosts)
  })

  const port = 8_888

  test('over UDP first, then over TCP', () => {
    expect(turnUrls(['a.example'], { port, hasTls: false, proxied: false })).toEqual([
      'turn:a.example:8888?transport=udp',
      'turn:a.example:8888?transport=tcp'
    ])
  })

  test('over UDP everywhere, over TCP behind a proxy, and over TLS by its name', () => {
    expect(
      turnUrls(['a.example', '9.9.9.9', '[2620:fe::fe]'], { port, hasTls: true, proxied: true })
    ).toEqual([
      'turn:a.example:8888?transport=udp',
      'turn:9.9.9.9:8888?transport=udp',
      'turn:[2620:fe::fe]:8888?transport=udp',
      'turn:9.9.9.9:8888?transport=tcp',
      'turns:a.example:8888?transport=tcp'
    ])
    expect(turnUrls(['10.0.0.2', '9.9.9.9'], { port, hasTls: false, proxied: false })).toEqual([
      'turn:10.0.0.2:8888?transport=udp',
      'turn:9.9.9.9:8888?transport=udp',
      'turn:10.0.0.2:8888?transport=tcp'
    ])
  })
})
