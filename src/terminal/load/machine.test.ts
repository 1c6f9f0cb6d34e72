import { expect, test } from 'vitest'
import { areOwn, insistOnDescriptors, openFileLimit, warningAbout } from './machine.ts'

test.each([
  [2_000, 0, 'native', 4_064],
  [2_000, 0, 'mdn', 4_064],
  [100, 0, 'peerconnection', 864],
  [100, 10, 'native', 644]
] as const)(
  '%i pairs, %i of them with media, speaking %s, need %i open files',
  (pairs, media, protocol, needed) => {
    const options = { pairs, media, protocol }
    expect(() => insistOnDescriptors(options, needed)).not.toThrow()
    expect(() => insistOnDescriptors(options, needed - 1)).toThrow(
      `--pairs: ${pairs} pairs need about ${needed} open files, and this process may have ${needed - 1}: raise that with “ulimit -n ${needed}”, or ask for fewer.`
    )
  }
)

test('this process may open some files', () => {
  expect(openFileLimit()).toBeGreaterThan(64)
})

test.each([
  [[], true],
  [['127.0.0.1'], true],
  [['127.8.8.8', '::1'], true],
  [['::ffff:127.0.0.1'], true],
  [['192.0.2.2'], true],
  [['192.0.2.3'], false],
  [['127.0.0.1', '192.0.2.3'], false],
  [['2001:db8::1'], false]
])('%j: this machine is %s', (addresses, own) => {
  expect(areOwn(addresses, ['127.0.0.1', '192.0.2.2'])).toBe(own)
})

test('a server on this machine is loaded without a word, another with one', async () => {
  expect(await warningAbout('http://localhost:8888')).toBeNull()
  expect(await warningAbout('http://[::1]:8888')).toBeNull()
  expect(await warningAbout('https://192.0.2.77')).toBe(
    '192.0.2.77 is not this machine: load only servers that are yours to load.'
  )
})
