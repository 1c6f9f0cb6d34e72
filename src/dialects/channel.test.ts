import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type ControlMessage,
  type FileMessage,
  decodeControl,
  decodeFileMessage,
  maxTextLength,
  readPiece,
  writePiece
} from './channel.ts'

const hash = 'ab'.repeat(32)

test.each<ControlMessage>([
  { type: 'muted', audio: true, video: false },
  { type: 'screen', mid: '3' },
  { type: 'screen', mid: null },
  { type: 'text', text: 'Hello\n안녕' },
  { type: 'commit', hash },
  { type: 'nonce', nonce: hash },
  { type: 'reveal', nonce: hash }
])('$type is read as it was written', (message) => {
  expect(decodeControl(JSON.stringify(message))).toEqual({ ok: true, message })
})

test.each<FileMessage>([
  { type: 'offer', file: 1, name: 'a.txt', size: 5, media: 'text/plain' },
  { type: 'accept', file: 1 },
  { type: 'decline', file: 1 },
  { type: 'done', file: 1 },
  { type: 'cancel', file: 1 }
])('$type is read as it was written', (message) => {
  expect(decodeFileMessage(JSON.stringify(message))).toEqual({ ok: true, message })
})

test.each<[string, unknown]>([
  ['binary', new ArrayBuffer(4)],
  ['no JSON', '{'],
  ['a type that there is not', '{"type":"shout"}'],
  ['half a state', '{"type":"muted","audio":true}'],
  ['a text beyond bounds', JSON.stringify({ type: 'text', text: 'a'.repeat(maxTextLength + 1) })],
  ['a hash that is none', '{"type":"commit","hash":"xyz"}'],
  ['a nonce that is too short', '{"type":"nonce","nonce":"ab"}']
])('%s is no control message', (_what, data) => {
  expect(decodeControl(data).ok).toBe(false)
})

test.each<[string, unknown]>([
  ['binary', new ArrayBuffer(4)],
  ['a negative size', '{"type":"offer","file":1,"name":"a","size":-1,"media":""}'],
  ['half a byte', '{"type":"offer","file":1,"name":"a","size":0.5,"media":""}'],
  [
    'a name beyond bounds',
    JSON.stringify({ type: 'offer', file: 1, name: 'a'.repeat(256), size: 1, media: '' })
  ],
  ['a number beyond four bytes', '{"type":"accept","file":4294967296}']
])('%s is no message about a file', (_what, data) => {
  expect(decodeFileMessage(data).ok).toBe(false)
})

test('whatever comes is read or refused, and nothing throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(typeof decodeControl(text).ok).toBe('boolean')
      expect(typeof decodeFileMessage(text).ok).toBe('boolean')
    })
  )
})

test('a piece of a file keeps its number and its bytes', () => {
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.uint8Array(), (file, bytes) => {
      expect(readPiece(writePiece(file, bytes).buffer)).toEqual({ file, bytes })
    })
  )
})

test('a frame that is too short for a number is no piece', () => {
  expect(readPiece(new ArrayBuffer(3))).toBeNull()
})
