import { describe, expect, test } from 'vitest'
import { originOf, originPolicy } from './origin.ts'

describe('without exceptions', () => {
  const isAllowed = originPolicy([])
  test.each<[string, string | undefined, string | undefined]>([
    ['a page of the same host', 'https://calls.example', 'calls.example'],
    ['a page of the same host on another port', 'http://calls.example:3000', 'calls.example:8888'],
    ['a page of the same host in other letters', 'http://Calls.Example', 'calls.example:8888'],
    ['a page of the same IPv6 address', 'http://[::1]:3000', '[::1]:8888'],
    ['a client that is no browser', undefined, 'calls.example'],
    ['a client that sends no host either', undefined, undefined]
  ])('%s may connect', (_who, origin, host) => {
    expect(isAllowed(origin, host)).toBe(true)
  })

  test.each<[string, string, string | undefined]>([
    ['a page of another host', 'https://evil.example', 'calls.example'],
    ['a page of a host below it', 'https://www.calls.example', 'calls.example'],
    ['a page whose host only ends like it', 'https://evilcalls.example', 'calls.example'],
    ['a page of a file or a sandbox', 'null', 'calls.example'],
    ['a page of something that is no host', 'about:blank', 'about'],
    ['a page when the request names no host', 'https://calls.example', undefined],
    ['a page when the host is no host', 'https://calls.example', 'calls example'],
    ['a page that is none', '', '']
  ])('%s may not', (_who, origin, host) => {
    expect(isAllowed(origin, host)).toBe(false)
  })
})

test('an origin that is allowed by name may connect from anywhere, and no other', () => {
  const isAllowed = originPolicy(['https://app.example', 'null'])
  expect(isAllowed('https://app.example', 'calls.example')).toBe(true)
  expect(isAllowed('null', 'calls.example')).toBe(true)
  expect(isAllowed('http://app.example', 'calls.example')).toBe(false)
})

test('a star allows every page', () => {
  expect(originPolicy(['*'])('https://evil.example', 'calls.example')).toBe(true)
})

test.each([
  ['says which', { origin: 'https://a.example', 'sec-fetch-site': 'cross-site' }, 'https://a.example'],
  ['is of another site and does not say which', { 'sec-fetch-site': 'cross-site' }, 'null'],
  ['is the user, or of this site', { 'sec-fetch-site': 'none' }, undefined],
  ['is no page', {}, undefined]
])('a page that %s', (_what, headers, origin) => {
  expect(originOf(headers)).toBe(origin)
})
