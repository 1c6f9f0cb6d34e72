/** The command as a person starts it: what it says, and how it ends when it cannot start. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundled } from '../support/bundled.ts'
import { certificateFor } from '../support/certificates.ts'
import { listening } from '../support/listening.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchcord-cli-'))
const file = (name: string): string => join(folder, name)
let program: Awaited<ReturnType<typeof bundled>>

beforeAll(async () => {
  program = await bundled(new URL('../../src/server/cli.ts', import.meta.url))
  const [one, two] = [await certificateFor(['calls.example']), await certificateFor()]
  writeFileSync(file('cert.pem'), one.cert)
  writeFileSync(file('key.pem'), one.key)
  writeFileSync(file('other-key.pem'), two.key)
  writeFileSync(file('text.pem'), 'no certificate')
})
afterAll(async () => {
  await program[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const start = (args: readonly string[]): ChildProcess => spawn(process.execPath, [program.file, ...args])

const textOf = (stream: ChildProcess['stdout']): (() => string) => {
  let text = ''
  stream?.on('data', (chunk) => (text += String(chunk)))
  return () => text
}

describe('one sentence says what to change, and the exit code is 1:', () => {
  test.each<[string, readonly string[], string]>([
    [
      'a missing certificate',
      ['--tls-cert', 'none.pem', '--tls-key', 'key.pem'],
      '--tls-cert: there is no file none.pem.'
    ],
    [
      'a missing key',
      ['--tls-cert', 'cert.pem', '--tls-key', 'none.pem'],
      '--tls-key: there is no file none.pem.'
    ],
    [
      'no certificate',
      ['--tls-cert', 'text.pem', '--tls-key', 'key.pem'],
      '--tls-cert: text.pem is no certificate in PEM form.'
    ],
    [
      'the key of another certificate',
      ['--tls-cert', 'cert.pem', '--tls-key', 'other-key.pem'],
      '--tls-key: other-key.pem is not the key of the certificate in cert.pem.'
    ],
    [
      'a certificate alone',
      ['--tls-cert', 'cert.pem'],
      '--tls-key: the key that belongs to --tls-cert is missing.'
    ],
    [
      'a key alone',
      ['--tls-key', 'key.pem'],
      '--tls-cert: the certificate that --tls-key belongs to is missing.'
    ],
    ['a word that is none', ['--tls', 'on'], '--tls: off or auto is due.'],
    [
      'a state folder that is none',
      ['--tls', 'auto', '--state-dir', 'text.pem/state'],
      '--state-dir: the certificate of --tls auto cannot be kept in text.pem/state'
    ]
  ])('%s', async (_what, args, sentence) => {
    const child = spawn(process.execPath, [program.file, '--port', '0', ...args], { cwd: folder })
    const errors = textOf(child.stderr)
    const [code] = await once(child, 'close')
    expect(errors()).toContain(`patchcord: ${sentence}`)
    expect(errors().trimEnd()).not.toContain('\n')
    expect(code).toBe(1)
  })

  test('a port that is taken', async () => {
    const other = createServer()
    const port = await listening(other)
    const child = start([
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--tls',
      'auto',
      '--state-dir',
      folder
    ])
    const errors = textOf(child.stderr)
    const [code] = await once(child, 'close')
    expect(errors()).toBe(
      `patchcord: Something else listens on 127.0.0.1, port ${port} already: stop it, or choose another with --port.\n`
    )
    expect(code).toBe(1)
    other.close()
  })
})

test('with a certificate it says where other devices open it, and goes when it is asked to', async () => {
  const files = ['--tls-cert', file('cert.pem'), '--tls-key', file('key.pem')]
  const child = start(['--port', '0', ...files])
  const said = textOf(child.stdout)
  await expect
    .poll(said, { timeout: 10_000 })
    .toMatch(
      /^Patchcord is ready: open http:\/\/localhost:(\d+)\nOn other devices, open https:\/\/calls\.example:\1\n$/
    )
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  expect(code).toBe(0)
})
