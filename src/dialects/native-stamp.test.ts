/** What a header says beside its message, and the messages that are about the connection alone. */
import { describe, expect, test } from 'vitest'
import { frameText, nativeClientCodec, parseFrame, receiveFromServer } from './native-client.ts'
import { type Stamp, sessionFrame, stamped } from './native-frame.ts'
import { nativeCodec, receiveNative } from './native.ts'

const secret = 's'.repeat(22)

test('a stamp stands behind what the header says, and the body stays', () => {
  const frame = parseFrame('{"type":"text","to":"x"}\nhi\n')
  const text = frameText(stamped(frame, { n: 3, ack: 2 }))
  expect(text).toBe('{"type":"text","to":"x","n":3,"ack":2}\nhi\n')
  const received = receiveNative(parseFrame(text))
  expect(received).toMatchObject({ ok: true, message: { stamp: { n: 3, ack: 2 }, message: { ok: true } } })
})

test.each<[Stamp]>([[{ n: 1, ack: 0, secret, attempt: 1 }], [{ n: 7, ack: 9 }], [{ ack: 1 }]])(
  'what is stamped is read again: %j',
  (stamp) => {
    const frame = stamped({ ...parseFrame('{"type":"sign-in","name":"ada"}') }, stamp)
    const received = receiveNative(frame)
    expect(received.ok && received.message.stamp).toEqual(stamp)
    expect(nativeCodec.decode(frame)).toEqual({
      ok: true,
      message: { type: 'sign-in', name: 'ada', lobby: 'main' }
    })
  }
)

test('a message that cannot be read has its number all the same', () => {
  const received = receiveNative(parseFrame('{"type":"sing","n":4,"ack":1}'))
  expect(received).toEqual({
    ok: true,
    message: { stamp: { n: 4, ack: 1 }, message: { ok: false, reason: 'bad field: type' } }
  })
  expect(receiveNative(parseFrame('sing'))).toEqual({ ok: false, reason: 'not JSON' })
})

test('so has one of a later version, for a client', () => {
  const received = receiveFromServer(parseFrame('{"type":"sing","n":4,"ack":1}'))
  expect(received).toEqual({
    ok: true,
    message: { stamp: { n: 4, ack: 1 }, message: { ok: true, message: null } }
  })
})

describe('a message about the connection', () => {
  test.each([
    { type: 'resume', secret, attempt: 3, ack: 17 },
    { type: 'ack', ack: 17 },
    { type: 'ping' }
  ] as const)('is read by a server, and is nothing that a peer says: %j', (message) => {
    const frame = sessionFrame(message)
    const received = receiveNative(frame)
    expect(received.ok && received.message.message).toEqual({ ok: true, message })
    expect(nativeCodec.decode(frame)).toEqual({ ok: false, reason: 'bad field: type' })
  })

  test.each([{ type: 'resumed', ack: 9 }, { type: 'ack', ack: 17 }, { type: 'pong' }] as const)(
    'is read by a client, and is nothing to one that numbers nothing: %j',
    (message) => {
      const frame = sessionFrame(message)
      const received = receiveFromServer(frame)
      expect(received.ok && received.message.message).toEqual({ ok: true, message })
      expect(nativeClientCodec.decode(frame)).toEqual({ ok: true, message: null })
    }
  )

  test.each([
    ['{"type":"resume","attempt":1,"ack":0}', 'bad field: secret'],
    [`{"type":"resume","secret":"${secret}","ack":0}`, 'bad field: attempt'],
    [`{"type":"resume","secret":"${secret}","attempt":1}`, 'bad field: ack'],
    ['{"type":"ack"}', 'bad field: ack']
  ])('%s', (text, reason) => {
    const received = receiveNative(parseFrame(text))
    expect(received.ok && received.message.message).toEqual({ ok: false, reason })
  })
})
