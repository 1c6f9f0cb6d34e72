import { expect, test } from 'vitest'
import { overOneWay } from './bundle.ts'

const section = (mid: string, ufrag: string, more: readonly string[] = []): readonly string[] => [
  `m=${mid === '0' ? 'audio' : 'video'} 9 UDP/TLS/RTP/SAVPF 96`,
  'c=IN IP4 0.0.0.0',
  `a=mid:${mid}`,
  ...more,
  `a=ice-ufrag:${ufrag}`,
  `a=ice-pwd:password of ${ufrag}`,
  'a=setup:actpass'
]

const sdp = (group: string, ...sections: readonly (readonly string[])[]): string =>
  ['v=0', 's=-', ...(group === '' ? [] : [`a=group:BUNDLE ${group}`]), ...sections.flat(), ''].join('\r\n')

const host = 'a=candidate:1 1 udp 1 192.0.2.1 5000 typ host'

test('each section of a bundle is on the way of its first one', () => {
  expect(
    overOneWay(sdp('0 1', section('0', 'first', [host]), section('1', 'other', ['a=sendonly', host])))
  ).toBe(
    sdp('0 1', section('0', 'first', [host]), [
      'm=video 9 UDP/TLS/RTP/SAVPF 96',
      'c=IN IP4 0.0.0.0',
      'a=mid:1',
      'a=sendonly',
      host,
      'a=ice-ufrag:first',
      'a=ice-pwd:password of first',
      'a=setup:actpass'
    ])
  )
})

test.each([
  ['has no bundle', sdp('', section('0', 'first'), section('1', 'other'))],
  ['bundles one section alone', sdp('0', section('0', 'first'), section('1', 'other'))],
  ['names a section that it has not', sdp('7 1', section('0', 'first'), section('1', 'other'))],
  ['says the same of all', sdp('0 1', section('0', 'first'), section('1', 'first'))],
  ['says it in one place', sdp('0 1', section('0', 'first'), ['m=video 0 UDP/TLS/RTP/SAVPF 96', 'a=mid:1'])],
  ['is none', 'v=0']
])('a description that %s stays as it is', (_what, text) => {
  expect(overOneWay(text)).toBe(text)
})
