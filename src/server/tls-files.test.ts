import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { rename, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { certificateFor } from '../../test/support/certificates.ts'
import type { CertificatePair } from './tls-certificate.ts'
import { certificateFiles } from './tls-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchcord-tls-'))
afterAll(() => rmSync(folder, { recursive: true }))

let one: CertificatePair
let two: CertificatePair
beforeAll(async () => {
  one = await certificateFor()
  two = await certificateFor()
})

const cert = join(folder, 'cert.pem')
const key = join(folder, 'key.pem')
const write = (pair: CertificatePair): void => {
  writeFileSync(cert, pair.cert)
  writeFileSync(key, pair.key)
}

const complaintOf = async (source: { look(): Promise<unknown> }): Promise<string> => {
  const outcome = await source.look().catch((reason: unknown) => reason)
  return outcome instanceof Error ? outcome.message : `no complaint: ${String(outcome)}`
}

test('a certificate is news when it changes, and only then', async () => {
  write(one)
  const source = certificateFiles(cert, key)
  expect(await source.look()).toEqual(one)
  expect(await source.look()).toBeNull()
  write(two)
  expect(await source.look()).toEqual(two)
})

test('a link that leads to other files is a change', async () => {
  for (const [name, pair] of [['one', one] as const, ['two', two] as const]) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'cert.pem'), pair.cert)
    writeFileSync(join(folder, name, 'key.pem'), pair.key)
  }
  const live = join(folder, 'live')
  symlinkSync(join(folder, 'one'), live, 'junction')
  const source = certificateFiles(join(live, 'cert.pem'), join(live, 'key.pem'))
  expect(await source.look()).toEqual(one)
  await symlink(join(folder, 'two'), `${live}.new`, 'junction')
  await rename(`${live}.new`, live)
  expect(await source.look()).toEqual(two)
})

describe('one sentence says what is wrong:', () => {
  test('only one of the two files is given', () => {
    expect(() => certificateFiles(cert, '')).toThrow(
      '--tls-key: the key that belongs to --tls-cert is missing.'
    )
    expect(() => certificateFiles('', key)).toThrow(
      '--tls-cert: the certificate that --tls-key belongs to is missing.'
    )
  })

  test('a file is missing, or is none', async () => {
    write(one)
    const none = join(folder, 'none.pem')
    expect(await complaintOf(certificateFiles(none, key))).toBe(`--tls-cert: there is no file ${none}.`)
    expect(await complaintOf(certificateFiles(cert, none))).toBe(`--tls-key: there is no file ${none}.`)
    expect(await complaintOf(certificateFiles(folder, key))).toBe(`--tls-cert: ${folder} is a folder.`)
  })

  test('a file is not what it should be', async () => {
    write({ cert: one.key, key: one.key })
    expect(await complaintOf(certificateFiles(cert, key))).toBe(
      `--tls-cert: ${cert} is no certificate in PEM form.`
    )
    write({ cert: one.cert, key: one.cert })
    expect(await complaintOf(certificateFiles(cert, key))).toBe(
      `--tls-key: ${key} is no private key in PEM form without a passphrase.`
    )
  })

  test('the two do not fit', async () => {
    write({ cert: one.cert, key: two.key })
    const source = certificateFiles(cert, key)
    expect(await complaintOf(source)).toBe(`--tls-key: ${key} is not the key of the certificate in ${cert}.`)
    // Known by now; the rest of the change is news.
    expect(await source.look()).toBeNull()
    writeFileSync(key, one.key)
    expect(await source.look()).toEqual(one)
  })
})
