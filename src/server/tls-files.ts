/** The certificate of `--tls-cert` and `--tls-key`, read anew when one of the files has changed. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { SettingsError } from './settings.ts'
import type { CertificateSource } from './tls-certificate.ts'

type Flag = '--tls-cert' | '--tls-key'

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

const unreadable = (flag: Flag, file: string, error: unknown): SettingsError => {
  const code = codeOf(error)
  const why: Record<string, string> = {
    ENOENT: `there is no file ${file}`,
    EACCES: `this user may not read ${file}`,
    EISDIR: `${file} is a folder`
  }
  return new SettingsError(`${flag}: ${why[code] ?? `${file} cannot be read (${code})`}.`, { cause: error })
}

const read = async (flag: Flag, file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw unreadable(flag, file, error)
  }
}

/** Changes with a file's content, and when a link leads to another file. */
const markOf = async (flag: Flag, file: string): Promise<string> => {
  try {
    const { dev, ino, size, mtimeMs } = await stat(file)
    return [dev, ino, size, mtimeMs].join()
  } catch (error) {
    throw unreadable(flag, file, error)
  }
}

const parsed = <T>(complaint: string, parse: () => T): T => {
  try {
    return parse()
  } catch (error) {
    throw new SettingsError(complaint, { cause: error })
  }
}

export const certificateFiles = (certFile: string, keyFile: string): CertificateSource => {
  if (keyFile === '') throw new SettingsError('--tls-key: the key that belongs to --tls-cert is missing.')
  if (certFile === '')
    throw new SettingsError('--tls-cert: the certificate that --tls-key belongs to is missing.')
  let seen = ''
  return {
    async look() {
      const marks = [await markOf('--tls-cert', certFile), await markOf('--tls-key', keyFile)].join(' ')
      if (marks === seen) return null
      // Of what is broken, only the next change is news.
      seen = marks
      const cert = await read('--tls-cert', certFile)
      const key = await read('--tls-key', keyFile)
      const certificate = parsed(
        `--tls-cert: ${certFile} is no certificate in PEM form.`,
        () => new X509Certificate(cert)
      )
      const privateKey = parsed(
        `--tls-key: ${keyFile} is no private key in PEM form without a passphrase.`,
        () => createPrivateKey(key)
      )
      if (!certificate.checkPrivateKey(privateKey)) {
        throw new SettingsError(`--tls-key: ${keyFile} is not the key of the certificate in ${certFile}.`)
      }
      return { cert, key }
    }
  }
}
