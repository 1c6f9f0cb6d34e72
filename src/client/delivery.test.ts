import { expect, test } from 'vitest'
import { candidate, offer } from '../../test/support/leg-world.ts'
import type { Saying } from '../core/leg.ts'
import { Delivery } from './delivery.ts'

const found: Saying = { type: 'candidate', candidate }
const described: Saying = { type: 'description', description: offer }
const accept: Saying = { type: 'accept', description: null }
const prepare: Saying = { type: 'prepare', description: offer }

const newDelivery = (counts = true) => {
  const sent: string[] = []
  const timers: (() => void)[] = []
  const way: ConstructorParameters<typeof Delivery>[0] = {
    platform: {
      after(_ms, run) {
        timers.push(run)
        return () => timers.splice(timers.indexOf(run), 1)
      }
    },
    send: (message) => sent.push('seq' in message ? `${message.type} ${message.seq}` : message.type)
  }
  const bob = { id: 'bob', name: 'Bob', dialect: counts ? 'native' : 'mdn', busy: true }
  const delivery = new Delivery(way, 'call', bob)
  return { delivery, sent, timers }
}

test('what is said is counted', () => {
  const { delivery, sent } = newDelivery()
  delivery.say(found)
  delivery.say(described)
  expect(sent).toEqual(['candidate 1', 'description 2'])
})

test('what has not been received is said again, in order, and with what was held', () => {
  const { delivery, sent } = newDelivery()
  delivery.say(found)
  delivery.say(described)
  delivery.say(found)
  delivery.confirmed(1)
  delivery.hold()
  delivery.say(found)
  expect(sent.splice(0)).toEqual(['candidate 1', 'description 2', 'candidate 3'])
  delivery.sayAgain(false)
  expect(sent).toEqual(['description 2', 'candidate 3', 'candidate 4'])
})

test('what comes again is dropped, and confirmed again', () => {
  const { delivery, sent } = newDelivery()
  expect(delivery.takes({ type: 'description', seq: 1 })).toBe(true)
  expect(delivery.takes({ type: 'description', seq: 1 })).toBe(false)
  expect(sent).toEqual(['received 1', 'received 1'])
})

test('what comes out of order waits to be said again', () => {
  const { delivery, sent } = newDelivery()
  expect(delivery.takes({ type: 'description', seq: 2 })).toBe(false)
  expect(sent).toEqual([])
})

test('many candidates are confirmed at once, after a moment', () => {
  const { delivery, sent, timers } = newDelivery()
  for (const seq of [1, 2, 3]) expect(delivery.takes({ type: 'candidate', seq })).toBe(true)
  expect(sent).toEqual([])
  expect(timers).toHaveLength(1)
  timers[0]?.()
  expect(sent).toEqual(['received 3'])
})

test('nothing is confirmed to a server that does not know the call', () => {
  const { delivery, sent } = newDelivery()
  delivery.hold()
  expect(delivery.takes({ type: 'description', seq: 1 })).toBe(true)
  expect(sent).toEqual([])
  delivery.sayAgain(false)
  expect(sent).toEqual(['received 1'])
})

test('a caller that invites again is told what was prepared, received or not', () => {
  const { delivery, sent } = newDelivery()
  delivery.say(prepare)
  delivery.say(found)
  delivery.say(accept)
  delivery.confirmed(2)
  sent.splice(0)
  delivery.sayAgain(true)
  expect(sent.splice(0)).toEqual(['prepare 1', 'accept 3'])
  delivery.sayAgain(false)
  expect(sent).toEqual([])
})

test('what was prepared is not told twice', () => {
  const { delivery, sent } = newDelivery()
  delivery.say(prepare)
  sent.splice(0)
  delivery.sayAgain(true)
  expect(sent).toEqual(['prepare 1'])
})

test('a partner that does not count is told no numbers, and nothing twice', () => {
  const { delivery, sent } = newDelivery(false)
  delivery.say(found)
  delivery.hold()
  delivery.say(described)
  delivery.sayAgain(false)
  delivery.sayAgain(false)
  expect(sent).toEqual(['candidate', 'description'])
  expect(delivery.takes({ type: 'candidate' })).toBe(true)
})

test('no more is kept than a partner could want', () => {
  const { delivery, sent } = newDelivery()
  for (let said = 0; said < 300; said += 1) delivery.say(found)
  sent.splice(0)
  delivery.sayAgain(false)
  expect(sent).toHaveLength(256)
  expect(sent[0]).toBe('candidate 45')
})

test('nothing is confirmed after the end', () => {
  const { delivery, timers } = newDelivery()
  delivery.takes({ type: 'candidate', seq: 1 })
  delivery.close()
  expect(timers).toEqual([])
})
