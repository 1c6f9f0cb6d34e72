/** Node's hashes, text conversions and randomness, for what may not import them. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Platform } from '../stun/platform.ts'

export const nodePlatform: Platform = {
  md5: (data) => createHash('md5').update(data).digest(),
  sha256: (data) => createHash('sha256').update(data).digest(),
  hmacSha1: (key, data) => createHmac('sha1', key).update(data).digest(),
  hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
  utf8: (text) => Buffer.from(text),
  text: (bytes) => Buffer.from(bytes).toString(),
  base64: (bytes) => Buffer.from(bytes).toString('base64'),
  random: (length) => randomBytes(length)
}
