/** Where there are system calls for many datagrams, and where not. */
import { expect, test } from 'vitest'
import { loadSyscalls, systemError } from './syscalls.ts'

test.each([
  [{ platform: 'darwin', arch: 'arm64' } as const, 'not made for darwin on arm64'],
  [{ platform: 'win32', arch: 'x64' } as const, 'not made for win32 on x64'],
  [{ platform: 'linux', arch: 'ia32' } as const, 'not made for linux on ia32']
])('%o has none, and that is said', (system, reason) => {
  expect(() => loadSyscalls(system)).toThrow(reason)
})

test('an error reads as one of Node’s own', () => {
  expect(systemError('bind', -98)).toMatchObject({ message: 'bind EADDRINUSE', code: 'EADDRINUSE' })
})
