import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reliable } from './reliable.ts'

describe('what is sent', () => {
  test('is numbered, and kept until it is acknowledged', () => {
    const end = new Reliable<string>()
    expect([end.send('a'), end.send('b'), end.send('c')]).toEqual([1, 2, 3])
    expect(end.unacknowledged).toBe(3)
    expect(end.acknowledged(2)).toBe(true)
    expect(end.since(0)).toEqual([{ n: 3, item: 'c' }])
    expect(end.unacknowledged).toBe(1)
  })

  test('is sent again from where the other end is, in the same order and under the same numbers', () => {
    const end = new Reliable<string>()
    for (const item of ['a', 'b', 'c']) end.send(item)
    expect(end.since(1)).toEqual([
      { n: 2, item: 'b' },
      { n: 3, item: 'c' }
    ])
    expect(end.since(3)).toEqual([])
  })

  test('takes room until it is acknowledged', () => {
    const end = new Reliable<string>((item) => item.length)
    end.send('four')
    end.send('twelve')
    expect(end.size).toBe(10)
    end.acknowledged(1)
    expect(end.size).toBe(6)
    expect(new Reliable().size).toBe(0)
  })

  test('counts one each where no size is asked', () => {
    const end = new Reliable<string>()
    end.send('twelve')
    expect(end.size).toBe(1)
  })

  test('an acknowledgment of what was never sent is no acknowledgment', () => {
    const end = new Reliable<string>()
    end.send('a')
    expect(end.acknowledged(2)).toBe(false)
    expect(end.unacknowledged).toBe(1)
  })

  test('an acknowledgment that comes again changes nothing', () => {
    const end = new Reliable<string>()
    end.send('a')
    end.send('b')
    expect([end.acknowledged(2), end.acknowledged(1), end.acknowledged(0)]).toEqual([true, true, true])
    expect(end.since(0)).toEqual([])
    expect(end.send('c')).toBe(3)
  })
})

describe('what comes', () => {
  test('is taken once, in order', () => {
    const end = new Reliable()
    expect([1, 2, 2, 1, 4, 3].map((n) => end.receive(n))).toEqual([
      'next',
      'next',
      'duplicate',
      'duplicate',
      'gap',
      'next'
    ])
    expect(end.ack).toBe(3)
  })

  test('is owed an acknowledgment until one leaves', () => {
    const end = new Reliable()
    end.receive(1)
    end.receive(2)
    expect(end.owed).toBe(2)
    expect(end.takeAck()).toBe(2)
    expect(end.owed).toBe(0)
  })
})

// Two ends and a wire that is cut wherever it likes

type Name = 'a' | 'b'
type Frame = { readonly n: number | null; readonly ack: number; readonly item: number }
type Step =
  | { readonly type: 'send' | 'arrive' | 'acknowledge'; readonly at: Name }
  /** What is on its way is lost, but for so much of it that comes after the two have said where they are. */
  | { readonly type: 'cut'; readonly arrived: number }

const otherThan = (name: Name): Name => (name === 'a' ? 'b' : 'a')

class TwoEnds {
  readonly ends: Readonly<Record<Name, Reliable<number>>>
  readonly sent = { a: 0, b: 0 }
  readonly arrived: Record<Name, number[]> = { a: [], b: [] }
  /** On its way to that end. */
  #wire: Record<Name, Frame[]> = { a: [], b: [] }

  constructor(make: () => Reliable<number>) {
    this.ends = { a: make(), b: make() }
  }

  take(step: Step): void {
    if (step.type === 'cut') this.#cut(step.arrived)
    else if (step.type === 'arrive') this.#arrive(step.at)
    else if (step.type === 'send') this.#send(step.at)
    else this.#wire[otherThan(step.at)].push({ n: null, ack: this.ends[step.at].takeAck(), item: 0 })
  }

  /** The wire holds from now on. */
  finish(): void {
    this.#cut(0)
    for (const at of ['a', 'b'] as const) while (this.#wire[at].length > 0) this.#arrive(at)
    for (const at of ['a', 'b'] as const) this.take({ type: 'acknowledge', at })
    for (const at of ['a', 'b'] as const) while (this.#wire[at].length > 0) this.#arrive(at)
  }

  #send(at: Name): void {
    const item = ++this.sent[at]
    const end = this.ends[at]
    this.#wire[otherThan(at)].push({ n: end.send(item), ack: end.takeAck(), item })
  }

  #arrive(at: Name): void {
    const frame = this.#wire[at].shift()
    if (frame === undefined) return
    const end = this.ends[at]
    if (!end.acknowledged(frame.ack)) throw new Error(`${at} is told ${frame.ack}`)
    if (frame.n === null) return
    const came = end.receive(frame.n)
    if (came === 'gap') throw new Error(`${at} misses something before ${frame.n}`)
    if (came === 'next') this.arrived[at].push(frame.item)
  }

  #cut(arrived: number): void {
    const acks = { a: this.ends.a.takeAck(), b: this.ends.b.takeAck() }
    for (const at of ['a', 'b'] as const) for (let more = arrived; more > 0; more -= 1) this.#arrive(at)
    this.#wire = { a: [], b: [] }
    for (const at of ['a', 'b'] as const) {
      const end = this.ends[at]
      if (!end.acknowledged(acks[otherThan(at)])) throw new Error('cut off from what was sent')
      for (const { n, item } of end.since(acks[otherThan(at)])) {
        this.#wire[otherThan(at)].push({ n, ack: end.ack, item })
      }
    }
  }
}

const name = fc.constantFrom<Name>('a', 'b')
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constantFrom('send', 'arrive'), at: name }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('acknowledge'), at: name }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('cut'), arrived: fc.nat(3) }) }
)

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1)

const everythingArrives = (make: () => Reliable<number>) =>
  fc.check(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const world = new TwoEnds(make)
      for (const each of steps) world.take(each)
      world.finish()
      expect(world.arrived).toEqual({ a: upTo(world.sent.b), b: upTo(world.sent.a) })
      expect([world.ends.a.unacknowledged, world.ends.b.unacknowledged]).toEqual([0, 0])
    }),
    { numRuns: 1_000, seed: 7 }
  )

describe('over a wire that is cut anywhere and loses what is on its way', () => {
  test('everything arrives once and in order, and nothing is kept in the end', () => {
    expect(everythingArrives(() => new Reliable()).failed).toBe(false)
  })

  test.each<[string, () => Reliable<number>]>([
    [
      'takes what has come already',
      () =>
        new (class extends Reliable<number> {
          override receive(n: number) {
            super.receive(n)
            return 'next' as const
          }
        })()
    ],
    [
      'forgets the last that was sent',
      () =>
        new (class extends Reliable<number> {
          override since(ack: number) {
            return super.since(ack).slice(0, -1)
          }
        })()
    ],
    [
      'sends again what has arrived, under new numbers',
      () =>
        new (class extends Reliable<number> {
          override since(ack: number) {
            return super.since(ack).map(({ item }) => ({ n: this.send(item), item }))
          }
        })()
    ]
  ])('and an end that %s is found out', (_fault, make) => {
    expect(everythingArrives(make).failed).toBe(true)
  })
})
