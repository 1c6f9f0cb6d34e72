import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { METHOD, writeMessage } from '../stun/message.ts'
import { channelData } from '../../test/support/turn-session.ts'
import { Backlog, type Cut, StreamCutter } from './stream.ts'

const maxBytes = 4_096

/** A stream in pieces, and all that is cut out of it. */
const cut = (pieces: readonly Uint8Array[], max = maxBytes): Cut => {
  const cutter = new StreamCutter()
  const cuts = pieces.map((piece) => cutter.take(piece, max))
  return { messages: cuts.flatMap(({ messages }) => messages), isBroken: cuts.at(-1)?.isBroken ?? false }
}

const piecesOf = (stream: Uint8Array, places: readonly number[]): readonly Uint8Array[] => {
  const ends = [...places.map((place) => place % (stream.length + 1)), stream.length].toSorted(
    (a, b) => a - b
  )
  return ends.map((end, at) => stream.slice(ends[at - 1] ?? 0, end))
}

const joined = (messages: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(messages.flatMap((m) => [...m]))

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const onStream = (bytes: Uint8Array): Uint8Array => joined([bytes, new Uint8Array(-bytes.length & 3)])

const stun = (value: Uint8Array): Uint8Array =>
  writeMessage({
    class: 'request',
    method: METHOD.allocate,
    transactionId: new Uint8Array(12).fill(7),
    attributes: [{ type: 0x8022, value }]
  })

const message = fc.oneof(
  fc.uint8Array({ maxLength: 700 }).map(stun),
  fc
    .tuple(fc.integer({ min: 0x4000, max: 0x7fff }), fc.string({ maxLength: 700 }))
    .map(([number, text]) => onStream(channelData(number, text)))
)
const places = fc.array(fc.nat(), { maxLength: 20 })

describe('a stream', () => {
  test('gives the same messages, whatever pieces it comes in', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), places, (messages, places) => {
        const stream = joined(messages)
        const expected = { messages: messages.map(hex), isBroken: false }
        for (const pieces of [piecesOf(stream, places), [...stream].map((byte) => Uint8Array.of(byte))]) {
          const { messages, isBroken } = cut(pieces)
          expect({ messages: messages.map(hex), isBroken }).toEqual(expected)
        }
      })
    )
  })

  test('of anything at all breaks at the same place, whatever pieces it comes in', () => {
    const anything = fc
      .array(fc.oneof(message, fc.uint8Array({ maxLength: 40 })), { maxLength: 6 })
      .map(joined)
    fc.assert(
      fc.property(anything, places, (stream, places) => {
        const whole = cut([stream])
        const { messages, isBroken } = cut(piecesOf(stream, places))
        expect(isBroken).toBe(whole.isBroken)
        expect(joined(messages)).toEqual(joined(whole.messages))
        expect(messages.length).toBe(whole.messages.length)
      })
    )
  })

  test.each([
    ['an RTP packet', [0x80]],
    ['a STUN message whose length is none', [0, 1, 0, 3]],
    ['a STUN message without its cookie', [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x43]],
    ['ChannelData beyond the bound', [0x40, 0, 0x0f, 0xfd]],
    ['a STUN message beyond the bound', [0, 1, 0x0f, 0xf0, 0x21, 0x12, 0xa4, 0x42]]
  ])('that goes on with %s is broken as soon as that can be seen, and for good', (_what, bytes) => {
    const first = onStream(channelData(0x4000, 'hello'))
    const cutter = new StreamCutter()
    const begun = bytes.slice(0, -1)
    expect(cutter.take(Uint8Array.of(...first, ...begun), maxBytes)).toEqual({
      messages: [first],
      isBroken: false
    })
    expect(cutter.take(Uint8Array.from(bytes.slice(begun.length)), maxBytes).isBroken).toBe(true)
    expect(cutter.take(first, maxBytes)).toEqual({ messages: [], isBroken: true })
  })

  test('holds no more for a message than has come of it, twice over', () => {
    const cutter = new StreamCutter()
    const data = onStream(channelData(0x4000, 'x'.repeat(60_000)))
    cutter.take(data.subarray(0, 5), 65_540)
    const { messages } = cutter.take(data.subarray(5), 65_540)
    expect(messages).toEqual([data])
    expect(messages[0]?.buffer.byteLength).toBeLessThanOrEqual(2 * data.length)
  })
})

describe('a client that reads too slowly', () => {
  const media = onStream(channelData(0x4000, 'hello'))
  const indication = writeMessage({
    class: 'indication',
    method: METHOD.data,
    transactionId: new Uint8Array(12),
    attributes: []
  })
  const answer = stun(new Uint8Array())

  test.each([
    ['everything', 256 * 1_024 - 1, ['send', 'send', 'send']],
    ['answers but no data', 256 * 1_024, ['drop', 'drop', 'send']],
    ['nothing', 512 * 1_024, ['drop', 'drop', 'drop']]
  ])('is sent %s when %i bytes wait', (_what, waiting, expected) => {
    const backlog = new Backlog()
    expect([media, indication, answer].map((bytes) => backlog.admit(bytes, waiting, 0))).toEqual(expected)
  })

  test('is let go when it does not catch up', () => {
    const backlog = new Backlog()
    const admit = (waiting: number, now: number) => backlog.admit(media, waiting, now)
    expect(admit(300_000, 1_000)).toBe('drop')
    expect(admit(300_000, 10_999)).toBe('drop')
    expect(admit(0, 11_000)).toBe('send')
    expect(admit(300_000, 11_001)).toBe('drop')
    expect(admit(300_000, 21_000)).toBe('drop')
    expect(admit(300_000, 21_001)).toBe('close')
  })
})
