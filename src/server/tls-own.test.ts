import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { SettingsError } from './settings.ts'
import type { CertificateNames } from './tls-names.ts'
import { ownCertificate, stateFolder } from './tls-own.ts'

const parent = mkdtempSync(join(tmpdir(), 'patchcord-tls-'))
afterAll(() => rmSync(parent, { recursive: true }))

const dayMs = 86_400_000
const here: CertificateNames = { lasting: ['den.local', '192.168.1.5'], passing: ['fd00::2'] }

let folder = ''
let now = 0
let names = here
beforeEach(() => {
  folder = join(mkdtempSync(join(parent, 'state-')), 'patchcord')
  now = Date.UTC(2030, 0, 1)
  names = here
})

const source = () => ownCertificate({ folder, names: () => names, now: () => now })

/** What the server would show from now on; fails when there is nothing new. */
const found = async (from = source()) => {
  const pair = await from.look()
  if (pair === null) throw new Error('nothing new')
  return { ...pair, x509: new X509Certificate(pair.cert) }
}

const file = (name: string) => join(folder, name)

describe('a certificate of the server’s own', () => {
  test('names the machine, is for servers, and fits its key', async () => {
    const { x509, key } = await found()
    expect(x509.subjectAltName).toBe('DNS:den.local, IP Address:192.168.1.5, IP Address:FD00:0:0:0:0:0:0:2')
    expect(x509.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(x509.ca).toBe(false)
    expect(x509.verify(x509.publicKey)).toBe(true)
    expect(readFileSync(file('tls-key.pem'), 'utf8')).toBe(key)
  })

  test('lasts no longer than Apple’s devices accept', async () => {
    const { x509 } = await found()
    const days = (Date.parse(x509.validTo) - Date.parse(x509.validFrom)) / dayMs
    expect(days).toBeLessThanOrEqual(398)
    expect(Date.parse(x509.validTo) - now).toBe(397 * dayMs)
  })

  test('is nobody else’s to read', async () => {
    await found()
    // Windows knows no such modes: there, folders of a user are the user's.
    expect(statSync(file('tls-key.pem')).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600)
  })

  test('is the same after a restart', async () => {
    const before = await found()
    now += dayMs
    expect((await found()).cert).toBe(before.cert)
  })

  test('is news only once', async () => {
    const one = source()
    await found(one)
    expect(await one.look()).toBeNull()
  })

  test.each<[string, () => void]>([
    ['the machine has another address', () => (names = { ...here, lasting: ['den.local', '192.168.1.6'] })],
    ['the machine has another name', () => (names = { ...here, lasting: ['study.local', '192.168.1.5'] })],
    ['its end is near', () => (now += 368 * dayMs)],
    ['the clock was wrong when it was made', () => (now -= 2 * dayMs)]
  ])('is made anew when %s, with the key it had', async (_why, change) => {
    const one = source()
    const before = await found(one)
    change()
    const after = await found(one)
    expect(after.x509.serialNumber).not.toBe(before.x509.serialNumber)
    expect(after.key).toBe(before.key)
    expect(after.x509.subjectAltName).toContain(names.lasting[1])
  })

  test.each<[string, () => void]>([
    ['an address is gone', () => (names = { ...here, lasting: ['192.168.1.5'] })],
    ['an address changes that changes by itself', () => (names = { ...here, passing: ['fd00::3'] })],
    ['its end is not near yet', () => (now += 366 * dayMs)]
  ])('stays when %s', async (_why, change) => {
    const one = source()
    await found(one)
    change()
    expect(await one.look()).toBeNull()
  })

  test.each<[string, string, string]>([
    ['a certificate', 'tls-cert.pem', 'nonsense'],
    ['a key', 'tls-key.pem', 'nonsense'],
    [
      'a key of another kind',
      'tls-key.pem',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    ],
    [
      'the key of another certificate',
      'tls-key.pem',
      generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString()
    ]
  ])('is made anew where %s cannot be used', async (_what, name, content) => {
    const before = await found()
    writeFileSync(file(name), content)
    const after = await found()
    expect(after.x509.serialNumber).not.toBe(before.x509.serialNumber)
    expect((await found()).cert).toBe(after.cert)
  })

  test('is missed in one sentence where it cannot be kept', async () => {
    const blocked = join(parent, 'a-file')
    writeFileSync(blocked, '')
    folder = join(blocked, 'patchcord')
    const error = await source()
      .look()
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(SettingsError)
    expect(String(error)).toMatch(/--state-dir: .*cannot be kept in .*a-file.*ENOTDIR.*\.$/)
  })
})

describe('it is kept', () => {
  test.each<[string, string, NodeJS.ProcessEnv, NodeJS.Platform, string]>([
    ['where it is told', '/srv/state', { XDG_STATE_HOME: '/x' }, 'linux', '/srv/state'],
    ['in the state folder of the system', '', { XDG_STATE_HOME: '/x' }, 'linux', '/x/patchcord'],
    ['at home', '', {}, 'linux', '/people/ada/.local/state/patchcord'],
    [
      'at home, if the other is relative',
      '',
      { XDG_STATE_HOME: 'x' },
      'darwin',
      '/people/ada/.local/state/patchcord'
    ],
    ['in Windows’ own place', '', { LOCALAPPDATA: '/local' }, 'win32', '/local/patchcord'],
    ['in Windows’ own place, though it is not said', '', {}, 'win32', '/people/ada/AppData/Local/patchcord']
  ])('%s', (_where, given, env, platform, folder) => {
    expect(stateFolder(given, { env, platform }, '/people/ada').replaceAll('\\', '/')).toBe(folder)
  })
})
