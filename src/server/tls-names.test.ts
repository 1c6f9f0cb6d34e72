import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, test } from 'vitest'
import {
  addressesElsewhere,
  certificateNames,
  deviceAddresses,
  namesElsewhere,
  namesIn
} from './tls-names.ts'

const local = (address: string, internal = false): NetworkInterfaceInfo => ({
  address,
  internal,
  netmask: '255.255.255.0',
  mac: '00:00:00:00:00:00',
  cidr: null,
  ...(address.includes(':') ? { family: 'IPv6', scopeid: 0 } : { family: 'IPv4' })
})

test('other devices reach this machine by the addresses of its networks, IPv4 first', () => {
  const interfaces = {
    lo: [local('127.0.0.1', true), local('::1', true)],
    wlan0: [local('fe80::1'), local('fd00::2'), local('192.168.1.5')],
    eth0: [local('169.254.7.7'), local('10.0.0.5')],
    gone: undefined
  }
  expect(deviceAddresses(interfaces)).toEqual(['192.168.1.5', '10.0.0.5', 'fd00::2'])
})

test.each(['docker0', 'br-1f2e3d', 'veth12ab', 'virbr0', 'vmnet8', 'vEthernet (WSL)'])(
  'no other device is in the network of %s',
  (name) => {
    expect(deviceAddresses({ [name]: [local('172.17.0.1')] })).toEqual([])
  }
)

describe('a certificate names', () => {
  test('the host, its name in the local network, its addresses, and itself', () => {
    expect(certificateNames('Den.home.example', ['192.168.1.5', 'fd00::2'], ['203.0.113.7'])).toEqual({
      lasting: [
        'localhost',
        'den.home.example',
        'den.local',
        '127.0.0.1',
        '::1',
        '192.168.1.5',
        '203.0.113.7'
      ],
      passing: ['fd00::2']
    })
  })

  test('each once', () => {
    expect(certificateNames('den.local', ['192.168.1.5'], ['192.168.1.5']).lasting).toEqual([
      'localhost',
      'den.local',
      '127.0.0.1',
      '::1',
      '192.168.1.5'
    ])
  })

  test('IPv6 addresses for good where there is nothing else', () => {
    expect(certificateNames('den', ['fd00::2'])).toMatchObject({
      lasting: expect.arrayContaining(['fd00::2']),
      passing: []
    })
  })

  test.each(['', '사무실', 'two words', '-x', 'a'.repeat(64)])(
    'no host called “%s”, which no certificate can',
    (hostname) => {
      expect(certificateNames(hostname, []).lasting).toEqual(['localhost', '127.0.0.1', '::1'])
    }
  )
})

test('the names in a certificate are read', () => {
  const shown =
    'DNS:calls.example, DNS:*.calls.example, IP Address:192.168.1.5, IP Address:FD00:0:0:0:0:0:0:2'
  expect(namesIn(shown)).toEqual(['calls.example', '*.calls.example', '192.168.1.5', 'fd00::2'])
  expect(namesIn(undefined)).toEqual([])
})

const named = ['localhost', '127.0.0.1', '::1', '*.example', 'calls.example', '192.168.1.5', 'fd00::2']

test('to other devices, a certificate’s names without a star and without this machine’s own mean something', () => {
  expect(namesElsewhere(named)).toEqual(['calls.example', '192.168.1.5', 'fd00::2'])
})

test('addresses of IPv4 are shown, and others where there are none', () => {
  expect(addressesElsewhere(named)).toEqual(['192.168.1.5'])
  expect(addressesElsewhere(['::1', 'fd00::2', 'den.local'])).toEqual(['fd00::2'])
})
