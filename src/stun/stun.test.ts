import { createHash, createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAddress, readXorAddress, writeXorAddress } from './address.ts'
import { read8, read16, read32 } from './bytes.ts'
import {
  ERROR,
  errorCode,
  readErrorCode,
  readUnknownAttributes,
  unknownAttributes,
  unknownRequired
} from './error.ts'
import {
  type Hashes,
  appendFingerprint,
  appendIntegrity,
  covered,
  hasNoWrongFingerprint,
  integrityOf,
  isIntegral
} from './integrity.ts'
import { ATTRIBUTE, METHOD, type StunMessage, append, find, readMessage, writeMessage } from './message.ts'

const hashes: Hashes = {
  md5: (data) => createHash('md5').update(data).digest(),
  sha256: (data) => createHash('sha256').update(data).digest(),
  hmacSha1: (key, data) => createHmac('sha1', key).update(data).digest(),
  hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest()
}

const transactionId = Uint8Array.from({ length: 12 }, (_, at) => at)
const request: StunMessage = { class: 'request', method: METHOD.binding, transactionId, attributes: [] }

const read = (bytes: Uint8Array) => {
  const message = readMessage(bytes)
  if (message === null) throw new Error('this is a message')
  return message
}

const message = fc.record<StunMessage>({
  class: fc.constantFrom('request', 'indication', 'success', 'error'),
  method: fc.integer({ min: 0, max: 0xfff }),
  transactionId: fc.uint8Array({ minLength: 12, maxLength: 12 }),
  attributes: fc.array(
    fc.record({ type: fc.integer({ min: 0, max: 0xffff }), value: fc.uint8Array({ maxLength: 40 }) }),
    { maxLength: 8 }
  )
})

describe('bytes', () => {
  test('are numbers, and zeros beyond their end', () => {
    const bytes = Uint8Array.of(0x81, 2, 3, 4)
    expect([read8(bytes, 0), read16(bytes, 1), read32(bytes, 0)]).toEqual([0x81, 0x0203, 0x81020304])
    expect([read8(bytes, 4), read16(bytes, 3), read32(bytes, 3)]).toEqual([0, 0x0400, 0x04000000])
  })
})

describe('a message', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(message, (written) => {
        const { bytes: _, attributes, ...header } = read(writeMessage(written))
        expect(header).toEqual({
          class: written.class,
          method: written.method,
          transactionId: written.transactionId
        })
        expect(attributes.map(({ type, value }) => ({ type, value }))).toEqual(written.attributes)
      })
    )
  })

  test('can be anything: reading never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(readMessage(bytes)).toBeNull()
      })
    )
  })

  test('can be broken anywhere: reading what is left never throws, nor does looking at it', () => {
    const key = { algorithm: 'sha1', key: Uint8Array.of(1) } as const
    fc.assert(
      fc.property(message, fc.nat(60), fc.integer({ min: 0, max: 255 }), (written, at, byte) => {
        const bytes = appendFingerprint(appendIntegrity(writeMessage(written), key, hashes))
        bytes[at] = byte
        const broken = readMessage(bytes)
        if (broken === null) return
        hasNoWrongFingerprint(broken)
        isIntegral(broken, key, hashes)
        for (const { value } of broken.attributes) {
          readXorAddress(value, transactionId)
          readErrorCode(value)
        }
      })
    )
  })

  test.each([
    ['is longer than it says', (bytes: Uint8Array) => Uint8Array.of(...bytes, 0, 0, 0, 0)],
    ['is shorter than it says', (bytes: Uint8Array) => bytes.subarray(0, -4)],
    ['begins with the bits of another protocol', (bytes: Uint8Array) => bytes.with(0, 0x40)],
    ['has another cookie', (bytes: Uint8Array) => bytes.with(4, 0)],
    ['has an attribute that goes beyond its end', (bytes: Uint8Array) => bytes.with(23, 5)],
    ['is no multiple of four', (bytes: Uint8Array) => Uint8Array.of(...bytes.with(3, 9), 0)]
  ])('is none when it %s', (_how, change) => {
    const bytes = writeMessage({
      ...request,
      attributes: [{ type: 0x8022, value: Uint8Array.of(1, 2, 3, 4) }]
    })
    expect(readMessage(bytes)).not.toBeNull()
    expect(readMessage(change(bytes))).toBeNull()
  })

  test('means the first of two attributes of a type', () => {
    const attributes = [1, 2].map((value) => ({ type: ATTRIBUTE.realm, value: Uint8Array.of(value) }))
    expect(find({ ...request, attributes }, ATTRIBUTE.realm)).toEqual(Uint8Array.of(1))
    expect(find(request, ATTRIBUTE.realm)).toBeUndefined()
  })
})

describe('an address', () => {
  test('is read as it was written, in both families', () => {
    const address = fc.oneof(
      ...[4, 16].map((length) => fc.uint8Array({ minLength: length, maxLength: length }))
    )
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 65_535 }), (address, port) => {
        expect(readXorAddress(writeXorAddress({ address, port }, transactionId), transactionId)).toEqual({
          address,
          port
        })
      })
    )
  })

  test.each([
    ['of a family there is not', [0, 3, 0, 0, 1, 2, 3, 4]],
    ['of that family with sixteen bytes', [0, 3, 0, 0, ...Array.from({ length: 16 }, () => 1)]],
    ['that is cut short', [0, 2, 0, 0, 1, 2, 3, 4]],
    ['that is too long', [0, 1, 0, 0, 1, 2, 3, 4, 5]],
    ['of nothing', []]
  ])('%s is none', (_what, value) => {
    expect(readXorAddress(Uint8Array.from(value), transactionId)).toBeNull()
  })

  test('is written for people', () => {
    expect(formatAddress({ address: Uint8Array.of(192, 0, 2, 1), port: 80 })).toBe('192.0.2.1:80')
    expect(formatAddress({ address: new Uint8Array(16).with(15, 1), port: 80 })).toBe('[0:0:0:0:0:0:0:1]:80')
  })
})

describe('an error', () => {
  test.each(Object.values(ERROR))('%i is read as it was written', (code) => {
    expect(readErrorCode(errorCode(code).value)).toBe(code)
  })

  test.each([[[]], [[0, 0, 4]], [[0, 0, 2, 1]], [[0, 0, 4, 100]]])('of %j is none', (value) => {
    expect(readErrorCode(Uint8Array.from(value))).toBeNull()
  })

  test('names the attributes that would have to be understood, and only those', () => {
    const attributes = [0x0024, ATTRIBUTE.realm, 0x8022, 0xc001, 0x0025].map((type) => ({
      type,
      value: new Uint8Array()
    }))
    const unknown = unknownRequired({ ...request, attributes })
    expect(unknown).toEqual([0x0024, 0x0025])
    expect(readUnknownAttributes(unknownAttributes(unknown).value)).toEqual(unknown)
  })
})

describe('a proof', () => {
  const key = Uint8Array.of(1, 2, 3)
  const plain = writeMessage(request)

  test.each(['sha1', 'sha256'] as const)('of %s holds, and no other does', (algorithm) => {
    const signed = read(appendIntegrity(plain, { algorithm, key }, hashes))
    expect(integrityOf(signed)).toBe(algorithm)
    expect(isIntegral(signed, { algorithm, key }, hashes)).toBe(true)
    expect(isIntegral(signed, { algorithm, key: Uint8Array.of(1) }, hashes)).toBe(false)
    expect(isIntegral(read(plain), { algorithm, key }, hashes)).toBe(false)
  })

  test('that is cut short proves nothing', () => {
    const short = read(append(plain, { type: ATTRIBUTE.messageIntegrity, value: Uint8Array.of(1) }))
    expect(isIntegral(short, { algorithm: 'sha1', key }, hashes)).toBe(false)
  })

  test('covers what is before it', () => {
    const signed = appendIntegrity(
      append(plain, { type: ATTRIBUTE.data, value: key }),
      { algorithm: 'sha1', key },
      hashes
    )
    const more = read(append(signed, { type: ATTRIBUTE.realm, value: key }))
    expect(covered(more).attributes.map(({ type }) => type)).toEqual([ATTRIBUTE.data])
    expect(covered(read(plain)).attributes).toEqual([])
    expect(integrityOf(read(plain))).toBeNull()
  })
})

describe('a fingerprint', () => {
  const marked = appendFingerprint(writeMessage(request))

  test('may be absent', () => {
    expect(hasNoWrongFingerprint(read(writeMessage(request)))).toBe(true)
  })

  test('is the last attribute', () => {
    expect(hasNoWrongFingerprint(read(append(marked, { type: 0x8022, value: new Uint8Array() })))).toBe(false)
  })

  test('has four bytes', () => {
    const value = marked.subarray(-4)
    const long = append(writeMessage(request), {
      type: ATTRIBUTE.fingerprint,
      value: Uint8Array.of(...value, 0)
    })
    expect(hasNoWrongFingerprint(read(long))).toBe(false)
  })
})
