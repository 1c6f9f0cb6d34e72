import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { formatAddress, readXorAddress, writeXorAddress } from './address.ts'
import {
  type Hashes,
  type IntegrityKey,
  appendFingerprint,
  appendIntegrity,
  hasNoWrongFingerprint,
  integrityOf,
  isIntegral
} from './integrity.ts'
import { ATTRIBUTE, METHOD, find, readMessage, writeMessage } from './message.ts'

const hashes: Hashes = {
  md5: (data) => createHash('md5').update(data).digest(),
  sha256: (data) => createHash('sha256').update(data).digest(),
  hmacSha1: (key, data) => createHmac('sha1', key).update(data).digest(),
  hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest()
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString()

/** RFC 5769, sections 2.1 to 2.4, and RFC 8489, appendix B.1. */
const vectors = {
  request: bytes(`
    000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74
    002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020
    000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf`),
  ipv4: bytes(`
    0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220
    002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96`),
  ipv6: bytes(`
    010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220
    002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed41
    80280004c8fb0b4c`),
  longTerm: bytes(`
    000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b90000
    0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f726700
    00080014f67024656dd64a3e02b8e0712e85c9a28ca89666`),
  sha256: bytes(`
    000100882112a44278ad3433c6ad72c029da412e001e00204a3cf38fef6992bda952c67804
    17da0f24819415569e60b205c46e41407f1704001500296f624d61744a6f733241414143662f2f
    3439396b39353464364f4c33346f4c394653547679363473410000000014000b6578616d706c652e6f726700
    001c0020fd8c273860d2e18ebca4c89b6973befa7ee8ecc69e9642db326fab65a0b955ba`)
}

const read = (vector: Uint8Array) => {
  const message = readMessage(vector)
  if (message === null) throw new Error('the vector is a message')
  return message
}

const short: IntegrityKey = { algorithm: 'sha1', key: Buffer.from('VOkJxbRl1RmTxUk/WvJxBt') }
const longKey = Buffer.from('マトリックス:example.org:TheMatrIX')

test('the sample request is whole, and only with its password', () => {
  const message = read(vectors.request)
  expect(message).toMatchObject({ class: 'request', method: METHOD.binding })
  expect(text(find(message, ATTRIBUTE.software))).toBe('STUN test client')
  expect(text(find(message, ATTRIBUTE.username))).toBe('evtj:h6vY')
  expect(isIntegral(message, short, hashes)).toBe(true)
  expect(isIntegral(message, { ...short, key: Buffer.from('another') }, hashes)).toBe(false)
  expect(hasNoWrongFingerprint(message)).toBe(true)
})

test.each([
  ['IPv4', vectors.ipv4, '192.0.2.1:32853'],
  ['IPv6', vectors.ipv6, '[2001:db8:1234:5678:11:2233:4455:6677]:32853']
])('the sample %s response tells the mapped address', (_family, vector, expected) => {
  const message = read(vector)
  expect(message.class).toBe('success')
  expect(isIntegral(message, short, hashes)).toBe(true)
  expect(hasNoWrongFingerprint(message)).toBe(true)
  const value = find(message, ATTRIBUTE.xorMappedAddress) ?? new Uint8Array()
  const address = readXorAddress(value, message.transactionId)
  expect(address && formatAddress(address)).toBe(expected)
  expect(address && writeXorAddress(address, message.transactionId)).toEqual(value)
})

test('the sample request with long-term credentials is whole', () => {
  const message = read(vectors.longTerm)
  expect(integrityOf(message)).toBe('sha1')
  expect(text(find(message, ATTRIBUTE.realm))).toBe('example.org')
  expect(isIntegral(message, { algorithm: 'sha1', key: hashes.md5(longKey) }, hashes)).toBe(true)
})

test('the sample request with SHA-256 is whole, and its user hash is that of the user and realm', () => {
  const message = read(vectors.sha256)
  expect(integrityOf(message)).toBe('sha256')
  expect(find(message, ATTRIBUTE.userhash)).toEqual(
    Uint8Array.from(hashes.sha256(Buffer.from('マトリックス:example.org')))
  )
  expect(isIntegral(message, { algorithm: 'sha256', key: hashes.md5(longKey) }, hashes)).toBe(true)
})

test('what was read can be written again, byte for byte but for the padding', () => {
  const { class: kind, method, transactionId, attributes } = read(vectors.longTerm)
  const unsigned = writeMessage({ class: kind, method, transactionId, attributes: attributes.slice(0, -1) })
  expect(appendIntegrity(unsigned, { algorithm: 'sha1', key: hashes.md5(longKey) }, hashes)).toEqual(
    vectors.longTerm
  )
})

test('a fingerprint is right when written and wrong when a byte has changed', () => {
  const message = writeMessage({
    class: 'request',
    method: METHOD.binding,
    transactionId: new Uint8Array(12),
    attributes: []
  })
  const marked = appendFingerprint(message)
  expect(hasNoWrongFingerprint(read(marked))).toBe(true)
  marked[9] = 1
  expect(hasNoWrongFingerprint(read(marked))).toBe(false)
})
