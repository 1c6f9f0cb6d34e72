import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Entry, Mailbox, type Message, type Note } from './mailbox.ts'

const limits = { messages: 3, size: 100, notes: 3 }

const said = (from: number, body = 'hello'): Message => ({ type: 'message', from, body })
const came = (about: number): Note => ({ type: 'note', about, body: 'came', present: true, known: false })
const renamed = (about: number): Note => ({ ...came(about), body: 'renamed', known: true })
const went = (about: number): Note => ({ ...came(about), body: 'went', present: false, known: true })

const filled = (...entries: readonly Entry[]): Mailbox => {
  const mailbox = new Mailbox(limits)
  for (const entry of entries) mailbox.put(entry)
  return mailbox
}

const drain = (mailbox: Mailbox): readonly Entry[] => {
  const taken: Entry[] = []
  for (let entry = mailbox.take(); entry !== undefined; entry = mailbox.take()) taken.push(entry)
  return taken
}

test('an empty mailbox gives nothing', () => {
  expect(filled().take()).toBeUndefined()
})

test.each<[string, Entry[], boolean, boolean]>([
  ['nothing', [], true, false],
  ['a note', [came(1)], false, false],
  ['a message', [said(1)], false, true],
  ['both', [came(1), said(2)], false, true]
])('with %s in it, a mailbox says so', (_what, put, ...says) => {
  const { isEmpty, isUrgent } = filled(...put)
  expect([isEmpty, isUrgent]).toEqual(says)
})

test('messages keep their order', () => {
  const messages = [said(1, 'a'), said(2, 'b'), said(1, 'c')]
  expect(drain(filled(...messages))).toEqual(messages)
})

test.each<[string, Entry[], Entry[]]>([
  ['messages go before notes', [came(1), went(2), said(3)], [said(3), came(1), went(2)]],
  ['a peer is announced before it is heard', [came(1), came(2), said(2)], [came(2), said(2), came(1)]],
  ['its new name too', [renamed(2), said(2)], [renamed(2), said(2)]],
  ['that it has gone waits until all it said is told', [went(2), said(2)], [said(2), went(2)]],
  ['a newer note replaces an older', [renamed(1), came(2), went(1)], [went(1), came(2)]],
  ['coming and going untold is no news', [came(1), came(2), went(1)], [came(2)]],
  ['nor is it with a new name between', [came(1), renamed(1), went(1)], []],
  ['who was known, left and came back has a new line', [went(1), came(1)], [{ ...came(1), known: true }]],
  ['the oldest notes are dropped when there are too many', [1, 2, 3, 4].map(came), [2, 3, 4].map(came)],
  ['and when there are far too many', [1, 2, 3, 4, 5, 6, 7, 8].map(came), [6, 7, 8].map(came)],
  [
    'but not because of one who changes often',
    [came(1), ...Array.from({ length: 20 }, () => renamed(2))],
    [came(1), renamed(2)]
  ]
])('%s', (_promise, put, taken) => {
  expect(drain(filled(...put))).toEqual(taken)
})

describe('bounds', () => {
  test('a message too many does not fit, and leaves the others as they were', () => {
    const mailbox = filled(said(1), said(1), said(1))
    expect(mailbox.put(said(1))).toBe(false)
    expect(drain(mailbox)).toHaveLength(3)
  })

  test('nor does one that is too long for the rest of the space', () => {
    const mailbox = filled(said(1, 'x'.repeat(60)))
    expect(mailbox.put(said(1, 'x'.repeat(41)))).toBe(false)
    expect(mailbox.put(said(1, 'x'.repeat(40)))).toBe(true)
  })

  test('what was taken makes room', () => {
    const mailbox = filled(said(1, 'x'.repeat(100)))
    mailbox.take()
    expect(mailbox.put(said(1, 'x'.repeat(100)))).toBe(true)
  })

  test('what was put back fills it again', () => {
    const mailbox = filled(said(1, 'x'.repeat(100)))
    const taken = mailbox.take()
    if (taken) mailbox.putBack(taken)
    expect(mailbox.put(said(1))).toBe(false)
  })

  test('a note always fits', () => {
    const mailbox = filled(said(1), said(1), said(1))
    expect(mailbox.put(came(2))).toBe(true)
  })
})

describe('an entry that did not arrive', () => {
  test('is the next to be taken', () => {
    const mailbox = filled(said(1, 'a'), said(1, 'b'))
    mailbox.take()
    mailbox.putBack(said(1, 'a'))
    expect(drain(mailbox)).toEqual([said(1, 'a'), said(1, 'b')])
  })

  test('is the first note again', () => {
    const mailbox = filled(came(1), came(2))
    mailbox.take()
    mailbox.putBack(came(1))
    expect(drain(mailbox)).toEqual([came(1), came(2)])
  })

  test('is replaced by what was noted since', () => {
    const mailbox = filled(went(2), renamed(1))
    mailbox.putBack(renamed(1))
    mailbox.put(went(1))
    expect(drain(mailbox)).toEqual([went(1), went(2)])
  })

  test('and said that a peer had come, is forgotten once it has gone', () => {
    const mailbox = filled(went(1))
    mailbox.putBack(came(1))
    expect(drain(mailbox)).toEqual([])
  })
})

const messages = (entries: readonly Entry[]) => entries.filter(({ type }) => type === 'message')

const anyEntry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ type: fc.constant('message'), from: fc.nat(3), body: fc.string() }),
  fc.constantFrom(came, renamed, went).chain((note) => fc.nat(3).map(note))
)

test('whatever happens, every message is taken once and in order', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(anyEntry, fc.constantFrom('take', 'lose'))), (steps) => {
      const mailbox = new Mailbox({ messages: 1000, size: 100_000, notes: 2 })
      const taken: Entry[] = []
      for (const step of steps) {
        if (typeof step === 'object') mailbox.put(step)
        else {
          const entry = mailbox.take()
          if (entry !== undefined && step === 'take') taken.push(entry)
          if (entry !== undefined && step === 'lose') mailbox.putBack(entry)
        }
      }
      taken.push(...drain(mailbox))
      const put = steps.filter((step) => typeof step === 'object')
      expect(messages(taken)).toEqual(messages(put))
    })
  )
})
