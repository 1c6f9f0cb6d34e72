/** The TLS of the server: which certificate the next connection is shown, and that it stays a good one. */
import { X509Certificate } from 'node:crypto'
import { hostname, networkInterfaces } from 'node:os'
import { type SecureContext, createSecureContext } from 'node:tls'
import type { Logger } from 'pino'
import { SettingsError, type Settings } from './settings.ts'
import type { CertificatePair, CertificateSource } from './tls-certificate.ts'
import { certificateFiles } from './tls-files.ts'
import {
  addressesElsewhere,
  certificateNames,
  deviceAddresses,
  namesElsewhere,
  namesIn
} from './tls-names.ts'
import { ownCertificate, stateFolder } from './tls-own.ts'

export interface Tls {
  /** For the next connection. */
  readonly context: () => SecureContext
  /** By which names and addresses other devices may reach this machine without a further warning. */
  readonly namesElsewhere: () => readonly string[]
  /** Looks for no other certificate any more. */
  readonly close: () => void
}

interface Shown {
  readonly context: SecureContext
  readonly certificate: X509Certificate
}

const shown = (pair: CertificatePair): Shown => {
  try {
    return {
      context: createSecureContext({ ...pair, honorCipherOrder: true }),
      certificate: new X509Certificate(pair.cert)
    }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new SettingsError(`--tls-cert: the certificate cannot be used (${problem}).`, { cause: error })
  }
}

interface TlsOptions {
  readonly source: CertificateSource
  /** Which of the names in a certificate are for other devices. */
  readonly elsewhere?: (names: readonly string[]) => readonly string[]
  readonly log: Logger
  readonly lookMs?: number
}

/** Rejects with a `SettingsError` if there is nothing to begin with. */
export const tlsFrom = async (options: TlsOptions): Promise<Tls> => {
  const { source, log, elsewhere = namesElsewhere, lookMs = 5_000 } = options
  let complaint = ''
  const look = async (): Promise<Shown | null> => {
    const pair = await source.look()
    if (pair === null) return null
    const found = shown(pair)
    complaint = ''
    const { validTo } = found.certificate
    if (Date.parse(validTo) < Date.now()) log.warn(`The certificate for https has ended: ${validTo}.`)
    return found
  }
  const first = await look()
  if (first === null) throw new Error('a source has a certificate to begin with')
  let current = first
  let looking = false
  const lookAgain = async (): Promise<void> => {
    if (looking) return
    looking = true
    try {
      const found = await look()
      if (found !== null) log.info({ until: found.certificate.validTo }, 'new certificate')
      current = found ?? current
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error
      if (error.message !== complaint) log.warn(`The certificate from before stays. ${error.message}`)
      complaint = error.message
    } finally {
      looking = false
    }
  }
  const clock = setInterval(() => void lookAgain(), lookMs).unref()
  return {
    context: () => current.context,
    namesElsewhere: () => elsewhere(namesIn(current.certificate.subjectAltName)),
    close: () => clearInterval(clock)
  }
}

/** The TLS that the settings ask for, or `null`. Rejects with a `SettingsError`. */
export const tlsOf = async (settings: Settings, log: Logger): Promise<Tls | null> => {
  const { tls, tlsCert, tlsKey, stateDir, publicIp } = settings
  if (tlsCert !== '' || tlsKey !== '') return tlsFrom({ source: certificateFiles(tlsCert, tlsKey), log })
  if (tls === 'off') return null
  const source = ownCertificate({
    folder: stateFolder(stateDir, process),
    names: () => certificateNames(hostname(), deviceAddresses(networkInterfaces()), publicIp),
    now: Date.now
  })
  return tlsFrom({ source, elsewhere: addressesElsewhere, log })
}
