import { RtpHeader, RtpPacket } from 'werift'
import { describe, expect, test } from 'vitest'
import { isBrokenRtp, isPlainAlert } from './datagrams.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

describe('RTP is broken', () => {
  test.each<[string, string, boolean]>([
    ['if its extension claims to be longer than the packet', '90 60 0001 00000000 00000001 bede ffff', true],
    ['if an extension of the other form does', '90 60 0001 00000000 00000001 1000 0002 10 00 00 00', true],
    ['if it ends before its extension', '90 60 0001 00000000 00000001 bede', true],
    ['if it ends before its sources', '82 60 0001 00000000 00000001 00000002', true],
    ['if it is no more than a beginning', '80 60', true],
    ['not if its extension fits', '90 60 0001 00000000 00000001 bede 0001 10 00 00 00', false],
    ['not without an extension', '80 60 0001 00000000 00000001 ff', false],
    ['not if it is RTCP, which has other fields there', '91 c8 0001 00000001', false],
    ['not if it is DTLS', '16 fefd 0000 000000000000 0000', false],
    ['not if it is nothing', '', false]
  ])('%s', (_what, hex, expected) => {
    expect(isBrokenRtp(bytes(hex))).toBe(expected)
  })

  test('never as werift writes it', () => {
    for (const extensions of [[], [{ id: 1, payload: Buffer.from([48]) }]]) {
      const header = new RtpHeader({ payloadType: 96, extension: extensions.length > 0, extensions })
      expect(isBrokenRtp(new RtpPacket(header, Buffer.from([1, 2, 3])).serialize())).toBe(false)
    }
  })
})

test('an alert is plain if it belongs to no encryption', () => {
  expect(isPlainAlert(bytes('15 fefd 0000 000000000000 0002 0100'))).toBe(true)
  expect(isPlainAlert(bytes('15 fefd 0001 000000000000 0002 0100'))).toBe(false)
  expect(isPlainAlert(bytes('16 fefd 0000 000000000000 0002 0100'))).toBe(false)
})
