import { describe, expect, test } from 'vitest'
import { type WayIn, type Ways, wayIn } from './front-door.ts'

const all: Ways = { secure: false, tls: true, turn: true }

describe('the first byte of a client tells', () => {
  test.each<[string, number, Partial<Ways>, WayIn]>([
    ['a TLS handshake', 0x16, {}, 'tls'],
    ['a TLS handshake where there is no TLS', 0x16, { tls: false }, 'none'],
    ['TLS within TLS', 0x16, { secure: true }, 'none'],
    ['a STUN request', 0x00, {}, 'turn'],
    ['a STUN message of another class', 0x01, {}, 'turn'],
    ['a STUN message of the highest methods', 0x03, {}, 'turn'],
    ['a STUN request within TLS', 0x00, { secure: true }, 'turn'],
    ['a STUN request where there is no relay', 0x00, { turn: false }, 'none'],
    ['a GET', 0x47, {}, 'http'],
    ['a POST within TLS', 0x50, { secure: true }, 'http'],
    ['a GET where there is nothing else', 0x47, { tls: false, turn: false }, 'http'],
    ['what no protocol begins with', 0x04, {}, 'http'],
    ['channel data', 0x40, {}, 'http'],
    ['a TLS alert', 0x15, {}, 'http'],
    ['the last of all bytes', 0xff, {}, 'http']
  ])('%s', (_what, byte, ways, way) => {
    expect(wayIn(byte, { ...all, ...ways })).toBe(way)
  })
})
