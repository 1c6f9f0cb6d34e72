/**
 * Runs a plan and its pairs: gives them the clock, opens their clients, a bounded number at a time, and carries what
 * they say to each other, one event after the other.
 */
import type { ClientHandlers, LoadClient } from './client.ts'
import { type Pair, type PairEffect, type PairEvent, type PairTimer, newPair } from './pair-state.ts'
import { stepPair } from './pair.ts'
import {
  type Plan,
  type PlanEffect,
  type PlanEvent,
  type PlanOptions,
  type Why,
  newPlan,
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
  /** From 0 to 1. */
  random(): number
  newCallId(): string
  open(pair: number, side: Side, handlers: ClientHandlers): LoadClient
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

/** Clients that connect and sign in at the same time: a server takes no more at once, whoever has thousands. */
const maxOpening = 200

export class LoadRunner {
  readonly #world: World
  readonly #tally: Tally
  readonly #mediaPairs: number
  readonly #pairs = new Map<number, Running>()
  readonly #events: (() => void)[] = []
  /** Clients that wait for their turn to be opened, in their order. */
  readonly #waiting = new Set<string>()
  #opening = 0
  #plan: Plan
  #draining = false
  #stopWaking: (() => void) | null = null
  #over: (why: Why) => void = () => {}

  constructor(
    world: World,
    {
      tally,
      plan,
      mediaPairs
    }: { readonly tally: Tally; readonly plan: PlanOptions; readonly mediaPairs: number }
  ) {
    this.#world = world
    this.#tally = tally
    this.#mediaPairs = mediaPairs
    this.#plan = newPlan(plan)
  }

  get phase(): Plan['phase'] {
    return this.#plan.phase
  }

  /** Resolves when it is over. */
  run(): Promise<Why> {
    return new Promise((resolve) => {
      this.#over = resolve
      this.#tellPlan({ type: 'started', now: this.#world.now() })
    })
  }

  /** Ends it early; again, and it does not wait for calls to end. */
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
    this.#take(() => {
      const [plan, effects] = stepPlan(this.#plan, event)
      this.#plan = plan
      for (const effect of effects) this.#performPlan(effect)
    })
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
        return this.#begin(effect.pair)
      case 'stop-pair':
        return this.#tell(effect.pair, { type: 'stopped', now: this.#world.now() })
      case 'grant': {
        const call = { ...effect.call, id: this.#world.newCallId() }
        return this.#tell(effect.pair, { type: 'granted', call })
      }
      case 'stop-all':
        this.#tally.stopMeasuring()
        return this.#tellAll({ type: 'stopped', now: this.#world.now() })
      case 'drop-all':
        return this.#tellAll({ type: 'dropped' })
      case 'wake-at':
        return this.#wakeAt(effect.at)
      case 'over':
        this.#stopWaking?.()
        return this.#over(effect.why)
      default:
        return unreachable(effect)
    }
  }

  #begin(number: number): void {
    const kind = number < this.#mediaPairs ? 'media' : 'lean'
    this.#pairs.set(number, { pair: newPair, kind, seats: new Map(), timers: new Map() })
    this.#tell(number, { type: 'begun' })
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
        this.#waiting.add(`${number} ${effect.side}`)
        return this.#openNext()
      case 'close':
        return this.#close(number, running, effect.side)
      case 'say':
        return running.seats.get(effect.side)?.client.say(effect.said)
      case 'want-call':
        return this.#tellPlan({ type: 'call-wanted', pair: number, now: this.#world.now() })
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
    this.#tally.note(note, kind)
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
    for (const waiting of this.#waiting) {
      if (this.#opening >= maxOpening) return
      this.#waiting.delete(waiting)
      const [number = '', side] = waiting.split(' ')
      this.#open(Number(number), side === 'caller' ? 'caller' : 'callee')
    }
  }

  #open(number: number, side: Side): void {
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
      welcomed: (id, tookMs) => {
        this.#tell(number, { type: 'welcomed', side, id, tookMs })
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
