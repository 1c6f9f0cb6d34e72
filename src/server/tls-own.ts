/**
 * The certificate of `--tls auto`: made for this machine, kept in a folder, and made anew when the machine
 * has other names or the certificate nears its end. Its key stays the same as long as it can be read.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { isIP } from 'node:net'
import { SettingsError } from './settings.ts'
import { type CertificatePair, type CertificateSource, makeCertificate } from './tls-certificate.ts'
import type { CertificateNames } from './tls-names.ts'

interface Surroundings {
  readonly env: NodeJS.ProcessEnv
  readonly platform: NodeJS.Platform
}

/** Where programs of this system keep what they would miss, but nobody else would. */
export const stateFolder = (given: string, { env, platform }: Surroundings, home = homedir()): string => {
  if (given !== '') return given
  const { LOCALAPPDATA = '', XDG_STATE_HOME = '' } = env
  if (platform === 'win32') return join(LOCALAPPDATA || join(home, 'AppData', 'Local'), 'patchcord')
  // Relative ones are to be ignored: XDG Base Directory Specification.
  return join(isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : join(home, '.local', 'state'), 'patchcord')
}

const renewBeforeMs = 30 * 86_400_000

const names = (certificate: X509Certificate, name: string): boolean =>
  (isIP(name) === 0 ? certificate.checkHost(name, { subject: 'never' }) : certificate.checkIP(name)) !==
  undefined

/** Whether a certificate of ours can go on. */
export const isStillGood = (
  certificate: X509Certificate,
  { lasting }: CertificateNames,
  now: number
): boolean =>
  Date.parse(certificate.validFrom) <= now &&
  Date.parse(certificate.validTo) - renewBeforeMs > now &&
  lasting.every((name) => names(certificate, name))

export interface OwnCertificateOptions {
  readonly folder: string
  /** Of the machine at this time. */
  readonly names: () => CertificateNames
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What the file holds, or `null` if that is nothing that can be used. */
const readAs = async <T>(file: string, make: (text: string) => T): Promise<T | null> => {
  try {
    return make(await readFile(file, 'utf8'))
  } catch {
    return null
  }
}

/** Nobody ever reads half of it, nor anybody else a key. */
const keep = async (file: string, text: string): Promise<void> => {
  const draft = `${file}.${process.pid}`
  await writeFile(draft, text, { mode: 0o600 })
  await rename(draft, file)
}

const keyOf = (text: string): KeyObject | null => {
  const key = createPrivateKey(text)
  return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : null
}

export const ownCertificate = (options: OwnCertificateOptions): CertificateSource => {
  const { folder, now } = options
  const [certFile, keyFile] = [join(folder, 'tls-cert.pem'), join(folder, 'tls-key.pem')]
  let current: X509Certificate | null = null

  const renew = async (wanted: CertificateNames): Promise<CertificatePair> => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const kept = await readAs(keyFile, keyOf)
    const key = kept ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
    if (kept === null) await keep(keyFile, pem)
    else await chmod(keyFile, 0o600)
    const cert = await makeCertificate({ names: [...wanted.lasting, ...wanted.passing], key, now: now() })
    await keep(certFile, cert)
    return { cert, key: pem }
  }

  const kept = async (wanted: CertificateNames): Promise<CertificatePair | null> => {
    const cert = await readAs(certFile, (text) => new X509Certificate(text))
    const key = await readAs(keyFile, keyOf)
    if (cert === null || key === null || !cert.checkPrivateKey(key)) return null
    if (!isStillGood(cert, wanted, now())) return null
    return { cert: cert.toString(), key: key.export({ type: 'pkcs8', format: 'pem' }).toString() }
  }

  return {
    async look() {
      const wanted = options.names()
      if (current !== null && isStillGood(current, wanted, now())) return null
      try {
        const pair = (await kept(wanted)) ?? (await renew(wanted))
        current = new X509Certificate(pair.cert)
        return pair
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error)
        throw new SettingsError(
          `--state-dir: the certificate of --tls auto cannot be kept in ${folder} (${problem}).`,
          { cause: error }
        )
      }
    }
  }
}
