import { describe, expect, test } from 'vitest'
import { type PlainRequest, httpsLocation } from './to-https.ts'

/** Chromium opens a page on another machine. */
const opening: PlainRequest = {
  method: 'GET',
  url: '/l/garden?x=1',
  headers: {
    host: '192.168.1.5:8888',
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'upgrade-insecure-requests': '1'
  },
  remoteAddress: '192.168.1.9'
}

const withHeaders = (headers: PlainRequest['headers']): PlainRequest => ({
  ...opening,
  headers: { ...opening.headers, ...headers }
})

const here = 'https://192.168.1.5:8888/l/garden?x=1'

describe('sent to HTTPS is', () => {
  test.each<[string, PlainRequest, string]>([
    ['a page in Chromium', opening, here],
    ['a page that says that it is one', withHeaders({ 'sec-fetch-mode': 'navigate', accept: '*/*' }), here],
    [
      'a page in a browser that asks for HTML and says no more',
      { ...opening, headers: { host: '192.168.1.5:8888', accept: 'text/html, */*' } },
      here
    ],
    ['a look at the head of a page', { ...opening, method: 'HEAD' }, here],
    ['a page by name', withHeaders({ host: 'Den.local:8888' }), 'https://Den.local:8888/l/garden?x=1'],
    ['a page by IPv6', withHeaders({ host: '[fd00::5]:8888' }), 'https://[fd00::5]:8888/l/garden?x=1'],
    [
      'a page on the port that is not shown',
      withHeaders({ host: 'calls.example' }),
      'https://calls.example:80/l/garden?x=1'
    ],
    [
      'a path that looks like a host, to a path',
      { ...opening, url: '//evil.example/' },
      'https://192.168.1.5:8888//evil.example/'
    ]
  ])('%s', (_what, request, location) => {
    expect(httpsLocation(request)).toBe(location)
  })
})

describe('served as it asks is', () => {
  test.each<[string, PlainRequest]>([
    ['this machine', { ...opening, remoteAddress: '127.0.0.1' }],
    ['this machine over a socket for both families', { ...opening, remoteAddress: '::ffff:127.0.0.1' }],
    ['this machine over IPv6', { ...opening, remoteAddress: '::1' }],
    ['a message', { ...opening, method: 'POST' }],
    ['a program', { ...opening, headers: { host: '192.168.1.5:8888', accept: '*/*' } }],
    ['a program that says nothing', { ...opening, headers: { host: '192.168.1.5:8888' } }],
    ['a script of a page', withHeaders({ 'sec-fetch-mode': 'no-cors' })],
    ['a request of a page’s script', withHeaders({ 'sec-fetch-mode': 'cors' })],
    ['a device that names no host', { ...opening, headers: { accept: 'text/html' } }],
    ['a host that is none', withHeaders({ host: 'evil.example/?' })],
    ['a host with a name before it', withHeaders({ host: 'ada@evil.example' })],
    ['a request of a proxy’s kind', { ...opening, url: 'http://evil.example/' }],
    ['what came through a proxy over HTTPS', withHeaders({ 'x-forwarded-proto': 'https' })],
    ['what came through a proxy', withHeaders({ 'x-forwarded-for': '192.168.1.9' })],
    ['what came through a proxy of the standard', withHeaders({ forwarded: 'for=192.168.1.9' })]
  ])('%s', (_what, request) => {
    expect(httpsLocation(request)).toBeNull()
  })
})
