/** Whatever comes over the native wire is read or refused, at both ends. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bodyOf } from '../core/signal.ts'
import { frameText, nativeClientCodec, parseFrame } from './native-client.ts'
import { nativeCodec } from './native.ts'

describe('whatever comes', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc
      .record(
        {
          type: fc.constantFrom(
            'sign-in',
            'invite',
            'prepare',
            'accept',
            'ice-restart',
            'received',
            'rejoin',
            'resume',
            'ack',
            'description',
            'candidate',
            'text',
            'hang-up',
            'roster'
          ),
          call: fc.jsonValue(),
          to: fc.jsonValue(),
          name: fc.jsonValue(),
          reason: fc.jsonValue(),
          line: fc.jsonValue(),
          n: fc.jsonValue(),
          ack: fc.jsonValue(),
          seq: fc.jsonValue(),
          secret: fc.jsonValue()
        },
        { requiredKeys: ['type'] }
      )
      .map((value) => JSON.stringify(value))
  )

  test('nothing throws, and a refusal has a reason', () => {
    fc.assert(
      fc.property(anything, fc.string(), (header, body) => {
        for (const codec of [nativeCodec, nativeClientCodec]) {
          const decoded = codec.decode({ header, body: bodyOf(body) })
          if (!decoded.ok) expect(decoded.reason).toMatch(/^(not JSON|not a message|bad field: )/)
        }
      }),
      { numRuns: 1_000 }
    )
  })

  test('a frame is read as it was written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (header, body) => {
        const frame = parseFrame(frameText({ header: JSON.stringify(header), body: bodyOf(body) }))
        expect([frame.header, frame.body.text()]).toEqual([JSON.stringify(header), body])
      })
    )
  })

  test('what cannot be is a bug, and throws', () => {
    expect(() => nativeCodec.encode(JSON.parse('{"type":"new"}'))).toThrow('unreachable')
  })
})
