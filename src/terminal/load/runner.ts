/**
 * Runs a plan and its pairs: gives them the clock, opens their clients, a bounded number at a time, and carries what
 * they say to each other, one event after the other.
 */
import type { ClientHandlers, LoadClient } from './client.ts'
import { type Pair, type PairEffect, type PairEvent, type PairTimer, newPair } from './pair-state.ts'
import { stepPair } from './pair.ts'
import {
  type Course,
  type Plan,
  type PlanEffect,
  type PlanEvent,
  type PlanOptions,
  newPlan,
  progressOf,
  stepPlan
} from './plan.ts'
import type { PairKind, Tally } from './tally.ts'
import { unreachable } from '../../core/codec.ts'
import type { Note, Side } from './words.ts'

/** What a runner needs of the world; tests have one of their own. */
export interface World {
  /** Milliseconds by a clock that nobody sets back. */
  now(): number
  /** Runs something once, later; what it answers with calls that off. */
  after(ms: number, run: () => void): () => void
  /** From 0 up to, but not including, 1. */
  random(): number
  newCallId(): string
  readonly open: (pair: number, side: Side, handlers: ClientHandlers) => LoadClient
}

interface Seat {
  readonly client: LoadClient
  /** Not signed in yet: it counts among those that are being opened. */
  opening: boolean
}

/** A pair with what it has here. */
interface Running {
  pair: Pair
  readonly kind: PairKind
  readonly seats: Map<Side, Seat>
  readonly timers: Map<PairTimer, () => void>
}

export interface RunnerOptions {
  readonly tally: Tally
  readonly plan: PlanOptions
  /** On average: each call takes between half of that and one and a half. */
  readonly talkMs: number
  /** The first so many pairs have media. */
  readonly mediaPairs: number
}

/**
 * Clients that connect and sign in at the same time. Whoever waits for that waits in this process; it counts all the
 * same, for it is the server that takes its time.
 */
const maxOpening = 200

export class LoadRunner {
  readonly #world: World
  readonly #options: RunnerOptions
  readonly #pairs = new Map<number, Running>()
  readonly #events: (() => void)[] = []
  /** Pairs that a call can be placed on, the longest waiting first. */
  readonly #free = new Set<number>()
  /** Clients that wait for their turn to be opened, in their order, and since when they were to be there. */
  readonly #waiting = new Map<string, number>()
  #opening = 0
  #plan: Plan
  #draining = false
  #stopWaking: (() => void) | null = null
  #over: (course: Course) => void = () => {}

  constructor(world: World, options: RunnerOptions) {
    this.#world = world
    this.#options = options
    this.#plan = newPlan(options.plan)
  }

  get phase(): Plan['phase'] {
    return this.#plan.phase
  }

  /** Of the phase, from 0 to 1. */
  get progress(): number {
    return progressOf(this.#plan, this.#world.now())
  }

  /** Resolves when it is over. */
  run(): Promise<Course> {
    return new Promise((resolve) => {
      this.#over = resolve
      this.#tellPlan({ type: 'started', now: this.#world.now() })
    })
  }

  /** Ends it early. */
  interrupt(): void {
    this.#tellPlan({ type: 'interrupted', now: this.#world.now() })
  }

  /** One event at a time: what follows from it is done before the next. */
  #take(run: () => void): void {
    this.#events.push(run)
    if (this.#draining) return
    this.#draining = true
    try {
      for (let next = this.#events.shift(); next; next = this.#events.shift()) next()
    } finally {
      this.#draining = false
    }
  }

  #tellPlan(event: PlanEvent): void {
    this.#take(() => this.#stepPlan(event))
  }

  #stepPlan(event: PlanEvent): void {
    const [plan, effects] = stepPlan(this.#plan, event)
    this.#plan = plan
    for (const effect of effects) this.#performPlan(effect)
  }

  #tell(number: number, event: PairEvent): void {
    this.#take(() => {
      const running = this.#pairs.get(number)
      if (running === undefined) return
      const [pair, effects] = stepPair(running.pair, event)
      running.pair = pair
      for (const effect of effects) this.#perform(number, running, effect)
    })
  }

  // The plan

  #performPlan(effect: PlanEffect): void {
    switch (effect.type) {
      case 'begin-pair':
        return this.#begin(effect)
      case 'place-call':
        return this.#place(effect.dueAt)
      case 'stop-all':
        this.#options.tally.stopMeasuring()
        return this.#tellAll({ type: 'stopped', now: this.#world.now() })
      case 'drop-all':
        return this.#tellAll({ type: 'dropped' })
      case 'wake-at':
        return this.#wakeAt(effect.at)
      case 'over':
        this.#stopWaking?.()
        return this.#over(this.#plan.course)
      default:
        return unreachable(effect)
    }
  }

  #begin({ pair, dueAt }: Extract<PlanEffect, { type: 'begin-pair' }>): void {
    const kind = pair < this.#options.mediaPairs ? 'media' : 'lean'
    this.#pairs.set(pair, { pair: newPair, kind, seats: new Map(), timers: new Map() })
    this.#tell(pair, { type: 'begun', dueAt })
  }

  #place(dueAt: number): void {
    const [pair] = this.#free
    if (pair === undefined) return
    this.#free.delete(pair)
    const id = this.#world.newCallId()
    const talkMs = this.#options.talkMs * (0.5 + this.#world.random())
    const hangsUp = this.#world.random() < 0.5 ? 'caller' : 'callee'
    this.#tell(pair, { type: 'placed', call: { id, dueAt, talkMs, hangsUp }, now: this.#world.now() })
  }

  #setFree(pair: number, isFree: boolean): void {
    this.#take(() => {
      const now = this.#world.now()
      // A call may have been placed on it meanwhile.
      if (!isFree && !this.#free.delete(pair)) return
      if (isFree) this.#free.add(pair)
      this.#stepPlan({ type: isFree ? 'pair-freed' : 'pair-taken', now })
    })
  }

  #tellAll(event: PairEvent): void {
    for (const number of this.#pairs.keys()) this.#tell(number, event)
  }

  #wakeAt(at: number): void {
    this.#stopWaking?.()
    // Node's timers take no more than 31 bits, and may be early by a fraction.
    const afterMs = Math.min(2 ** 31 - 1, Math.max(0, Math.ceil(at - this.#world.now())))
    this.#stopWaking = this.#world.after(afterMs, () => {
      const now = this.#world.now()
      if (now < at) this.#wakeAt(at)
      else this.#tellPlan({ type: 'woke', now })
    })
  }

  // Pairs

  #perform(number: number, running: Running, effect: PairEffect): void {
    switch (effect.type) {
      case 'open':
        this.#waiting.set(`${number} ${effect.side}`, effect.dueAt)
        return this.#openNext()
      case 'close':
        return this.#close(number, running, effect.side)
      case 'say':
        return running.seats.get(effect.side)?.client.say(effect.said)
      case 'free':
      case 'taken':
        return this.#setFree(number, effect.type === 'free')
      case 'set-timer':
        return this.#setTimer(number, running, effect)
      case 'clear-timer':
        running.timers.get(effect.timer)?.()
        running.timers.delete(effect.timer)
        return
      case 'note':
        return this.#note(effect.note, running.kind)
      case 'done':
        this.#pairs.delete(number)
        return this.#tellPlan({ type: 'pair-done', now: this.#world.now() })
      default:
        return unreachable(effect)
    }
  }

  #note(note: Note, kind: PairKind): void {
    this.#options.tally.note(note, kind)
    this.#tellPlan({ type: 'noted', note, now: this.#world.now() })
  }

  #setTimer(
    number: number,
    { timers }: Running,
    { timer, afterMs, spread }: Extract<PairEffect, { type: 'set-timer' }>
  ): void {
    timers.get(timer)?.()
    const ms = spread ? afterMs * (0.5 + this.#world.random() / 2) : afterMs
    timers.set(
      timer,
      this.#world.after(ms, () => {
        timers.delete(timer)
        this.#tell(number, { type: 'timer-fired', timer, now: this.#world.now() })
      })
    )
  }

  // Clients

  #openNext(): void {
    for (const [waiting, dueAt] of this.#waiting) {
      if (this.#opening >= maxOpening) return
      this.#waiting.delete(waiting)
      const [number = '', side] = waiting.split(' ')
      this.#open(Number(number), side === 'caller' ? 'caller' : 'callee', dueAt)
    }
  }

  #open(number: number, side: Side, dueAt: number): void {
    const running = this.#pairs.get(number)
    if (running === undefined) return
    this.#opening += 1
    const settle = (): void => {
      if (!seat.opening) return
      seat.opening = false
      this.#opening -= 1
      this.#openNext()
    }
    const client = this.#world.open(number, side, {
      welcomed: (id) => {
        this.#tell(number, { type: 'welcomed', side, id, tookMs: this.#world.now() - dueAt })
        settle()
      },
      heard: (news) => this.#tell(number, { type: 'heard', side, news, now: this.#world.now() }),
      gone: (fault) => {
        running.seats.delete(side)
        this.#tell(number, { type: 'gone', side, fault })
        settle()
      }
    })
    const seat: Seat = { client, opening: true }
    running.seats.set(side, seat)
  }

  #close(number: number, { seats }: Running, side: Side): void {
    this.#waiting.delete(`${number} ${side}`)
    const seat = seats.get(side)
    if (seat === undefined) return
    seats.delete(side)
    seat.client.close()
    if (!seat.opening) return
    seat.opening = false
    this.#opening -= 1
    this.#openNext()
  }
}
