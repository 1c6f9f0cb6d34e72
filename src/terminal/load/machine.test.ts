import { expect, test } from 'vitest'
import { insistOnDescriptors, openFileLimit } from './machine.ts'

test.each([
  [2_000, 0, 'native', 4_064],
  [2_000, 0, 'mdn', 4_064],
  [100, 0, 'peerconnection', 864],
  [100, 0, 'rooms', 464],
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
