/** Certificates for tests, made as the server makes its own. */
import { generateKeyPairSync } from 'node:crypto'
import { type CertificatePair, makeCertificate } from '../../src/server/tls-certificate.ts'

/** One that is valid now. */
export const certificateFor = async (
  names: readonly string[] = ['localhost', '127.0.0.1'],
  now = Date.now()
): Promise<CertificatePair> => {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const cert = await makeCertificate({ names, key, now })
  return { cert, key: key.export({ type: 'pkcs8', format: 'pem' }).toString() }
}
