/** What a client's readers take and refuse, held against schemas that say the same. */
import * as fc from 'fast-check'
import type * as v from 'valibot'
import { expect, test } from 'vitest'
import {
  controlMessage,
  endReason,
  fileMessage,
  refusalCode,
  serverHeader,
  stamp
} from '../../test/support/client-schemas.ts'
import type { Decoded } from '../core/codec.ts'
import { decodeControl, decodeFileMessage, maxTextLength } from './channel.ts'
import { readHeader, readStamp } from './native-client.ts'
import { parseAs } from './parse.ts'

/** The schemas of a wire's messages. */
type Messages = readonly {
  readonly entries: { readonly type: { readonly literal: string } } & Readonly<Record<string, unknown>>
}[]

const words = ['', 'offer', 'answer', 'pranswer', 'rollback', ...endReason.options, ...refusalCode.options]
const rarely = fc.constantFrom(maxTextLength, maxTextLength + 1).map((length) => 'x'.repeat(length))
const short = fc.oneof(
  fc.constantFrom(...words, 'a:b', 'ab'.repeat(32), 'AB'.repeat(32), 'ab'.repeat(31)),
  fc.constantFrom(63, 64, 65, 127, 128, 255, 256).map((length) => 'x'.repeat(length)),
  fc.string()
)
const texts = fc.oneof({ weight: 30, arbitrary: short }, { weight: 1, arbitrary: rarely })
const numbers = fc.oneof(
  fc.integer({ min: -2, max: 3 }),
  fc.constantFrom(65_535, 65_536, 0xffff_ffff, 0x1_0000_0000, Number.MAX_SAFE_INTEGER, 2 ** 53, 1e300, 0.5),
  fc.double({ noNaN: true, noDefaultInfinity: true })
)
const simple = fc.oneof(texts, numbers, fc.boolean(), fc.constant(null))
const peer = fc.record({ id: texts, name: texts, dialect: texts, busy: fc.boolean() })
const iceServer = fc.record({
  urls: fc.array(texts, { maxLength: 3 }),
  username: texts,
  credential: texts
})

/** What would do for a field of this name, in one message or another. */
const fields: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  you: peer,
  from: peer,
  peers: fc.array(peer, { maxLength: 3 }),
  joined: fc.array(peer, { maxLength: 3 }),
  changed: fc.array(peer, { maxLength: 3 }),
  left: fc.array(texts, { maxLength: 3 }),
  iceServers: fc.array(iceServer, { maxLength: 3 }),
  asked: texts,
  lobby: texts,
  call: texts,
  sdpType: texts,
  mid: fc.option(texts),
  ufrag: fc.option(texts),
  reason: texts,
  code: texts,
  about: texts,
  text: texts,
  hash: texts,
  nonce: texts,
  name: texts,
  media: texts,
  seq: numbers,
  n: numbers,
  ack: numbers,
  line: fc.option(numbers),
  resumeMs: numbers,
  sentAt: numbers,
  file: numbers,
  size: numbers,
  prepares: fc.boolean(),
  direct: fc.boolean(),
  audio: fc.boolean(),
  video: fc.boolean()
}

/** Now and then something else, or a whole that is larger than it need be. */
const wrong = fc.oneof(simple, fc.jsonValue(), fc.array(peer), fc.array(fc.record({ id: texts })))
const rarelyWrong = (field: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: field }, { weight: 1, arbitrary: wrong })

const messageOf = ({ entries: { type, ...entries } }: Messages[number]): fc.Arbitrary<unknown> => {
  const names = Object.keys(entries)
  return fc
    .record({
      type: fc.oneof({ weight: 30, arbitrary: fc.constant(type.literal) }, { weight: 1, arbitrary: wrong }),
      fields: fc.record(
        Object.fromEntries(names.map((name) => [name, rarelyWrong(fields[name] ?? fc.constant(name))]))
      ),
      missing: fc.constantFrom('', '', ...names),
      more: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 })
    })
    .map(({ type, fields, missing, more }) =>
      Object.fromEntries(Object.entries({ ...more, ...fields, type }).filter(([name]) => name !== missing))
    )
}

const anything = (messages: Messages): fc.Arbitrary<string> =>
  fc
    .oneof(
      { weight: 20, arbitrary: fc.oneof(...messages.map(messageOf)) },
      { weight: 1, arbitrary: fc.jsonValue() }
    )
    .map((value) => JSON.stringify(value))

/** That the two say the same of whatever comes, and that of either kind there is enough. */
const agree = (
  text: fc.Arbitrary<string>,
  read: (text: string) => Decoded<unknown>,
  schema: v.GenericSchema,
  numRuns = 4_000
): void => {
  const seen = { taken: 0, refused: 0 }
  fc.assert(
    fc.property(text, (text) => {
      const expected = parseAs(schema, JSON.parse(text))
      const actual = read(text)
      expect(actual).toStrictEqual(expected)
      seen[actual.ok ? 'taken' : 'refused'] += 1
    }),
    { numRuns }
  )
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(numRuns / 20)
}

const serverTypes: readonly string[] = serverHeader.options.map(({ entries }) => entries.type.literal)

/** For the schema, what is of a later version is no message. */
const readKnown = (text: string): Decoded<unknown> => {
  const header = readHeader(JSON.parse(text))
  return header.ok && header.message === null ? { ok: false, reason: 'bad field: type' } : header
}

test('a header of the server is read as its schema reads it', () => {
  agree(anything(serverHeader.options), readKnown, serverHeader)
})

test('of a later version is what has a type that the schema does not know, and nothing else', () => {
  const typed = fc.record({ type: fc.oneof(fc.constantFrom(...serverTypes, '__proto__'), fc.string()) })
  fc.assert(
    fc.property(typed, ({ type }) => {
      const header = readHeader({ type })
      expect(header.ok && header.message === null).toBe(!serverTypes.includes(type))
    })
  )
})

test('so is what a header says beside its message', () => {
  const stamped = fc.record({ n: rarelyWrong(numbers), ack: rarelyWrong(numbers) }, { requiredKeys: [] })
  const text = fc.oneof(stamped, fc.jsonValue()).map((value) => JSON.stringify(value))
  agree(text, (text) => readStamp(JSON.parse(text)), stamp)
})

test('so is what the other party says over the data channels', () => {
  agree(anything(controlMessage.options), decodeControl, controlMessage)
  agree(anything(fileMessage.options), decodeFileMessage, fileMessage)
})

test('a refusal names the field, however deep it is', () => {
  const urls = [{ urls: ['a', 7], username: '', credential: '' }]
  const header = { type: 'ice-servers', call: 'c', iceServers: urls }
  expect(readHeader(header)).toEqual({ ok: false, reason: 'bad field: iceServers.0.urls.1' })
  expect(readHeader(null)).toEqual({ ok: false, reason: 'not a message of this protocol' })
})
