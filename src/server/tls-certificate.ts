/** What a certificate is here, and how one is made that nobody else vouches for. */
import { createPublicKey, type KeyObject, randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import { addressBytes } from './local-addresses.ts'

/** A certificate and its key in PEM form. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

/** Where the current certificate comes from. */
export interface CertificateSource {
  /** The certificate when there is a new one, else `null`. Rejects with a `SettingsError`. */
  look(): Promise<CertificatePair | null>
}

interface Wanted {
  /** Host names and addresses. */
  readonly names: readonly string[]
  /** On the curve P-256. */
  readonly key: KeyObject
  /** Milliseconds since 1970. */
  readonly now: number
}

const dayMs = 86_400_000
/** Apple's devices take none that lasts longer than 825 days, and from public authorities 398. */
const validDays = 397

/** Of RFC 5280: subject, key usage, extended key usage and its value for servers. */
const oid = {
  commonName: '2.5.4.3',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1'
} as const

/** Tags of a GeneralName: RFC 5280, section 4.2.1.6. */
const dnsName = 2
const ipAddress = 7
/** The first bit of KeyUsage. */
const digitalSignature = 0x80

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const

/** Positive and in its shortest form: RFC 5280, section 4.1.2.2. */
const serialNumber = (): Uint8Array => {
  const bytes = randomBytes(16)
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f)
  return Uint8Array.from(bytes)
}

const pem = (der: ArrayBuffer): string => {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

/** In PEM form. Rejects when the key is of another kind. */
export const makeCertificate = async ({ names, key, now }: Wanted): Promise<string> => {
  // Few servers ever need these.
  const [asn1, pki] = await Promise.all([import('asn1js'), import('pkijs')])
  const { subtle } = webcrypto
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const publicKey = await subtle.importKey('spki', spki, algorithm, true, ['verify'])
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' })
  const privateKey = await subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])

  const extension = (extnID: string, critical: boolean, value: { toBER(): ArrayBuffer }) =>
    new pki.Extension({ extnID, critical, extnValue: value.toBER() })
  const nameOf = (name: string) =>
    isIP(name) === 0
      ? new pki.GeneralName({ type: dnsName, value: name })
      : new pki.GeneralName({
          type: ipAddress,
          value: new asn1.OctetString({ valueHex: Uint8Array.from(addressBytes(name)) })
        })
  const usage = new asn1.BitString({ valueHex: Uint8Array.of(digitalSignature), unusedBits: 7 })

  const certificate = new pki.Certificate()
  certificate.version = 2
  certificate.serialNumber = new asn1.Integer({ valueHex: serialNumber() })
  for (const { typesAndValues } of [certificate.issuer, certificate.subject]) {
    const value = new asn1.Utf8String({ value: 'Patchcord' })
    typesAndValues.push(new pki.AttributeTypeAndValue({ type: oid.commonName, value }))
  }
  // The clocks of other devices may be behind.
  certificate.notBefore.value = new Date(now - dayMs)
  certificate.notAfter.value = new Date(now + validDays * dayMs)
  certificate.extensions = [
    extension(oid.basicConstraints, true, new pki.BasicConstraints({ cA: false }).toSchema()),
    extension(oid.keyUsage, true, usage),
    extension(oid.extKeyUsage, false, new pki.ExtKeyUsage({ keyPurposes: [oid.serverAuth] }).toSchema()),
    extension(oid.subjectAltName, false, new pki.GeneralNames({ names: names.map(nameOf) }).toSchema())
  ]
  await certificate.subjectPublicKeyInfo.importKey(publicKey)
  await certificate.sign(privateKey, 'SHA-256')
  return pem(certificate.toSchema(true).toBER())
}
