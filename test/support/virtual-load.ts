/** A world for a run of load without sockets and without waiting: its clock is moved by hand, and its server always answers. */
import type { ClientHandlers, LoadClient } from '../../src/terminal/load/client.ts'
import type { World } from '../../src/terminal/load/runner.ts'
import { type Fault, type News, type Said, type Side, partnerOf } from '../../src/terminal/load/words.ts'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** How long everything takes on its way. */
export const wayMs = 5

export class VirtualLoad implements World {
  readonly clients = new Map<string, VirtualClient>()
  /** The most that were connecting at a time. */
  mostOpening = 0
  opened = 0
  /** While it is set, nobody comes in. */
  refusing: Fault | null = null
  /** While it is false, nobody is answered at all. */
  answers = true
  readonly #timers = new Set<Timer>()
  #now = 0
  #calls = 0

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  random(): number {
    return 0.5
  }

  newCallId(): string {
    this.#calls += 1
    return `call-${this.#calls}`
  }

  open(pair: number, side: Side, handlers: ClientHandlers): LoadClient {
    const client = new VirtualClient(this, `${pair} ${side}`, handlers)
    this.opened += 1
    this.clients.set(client.id, client)
    this.mostOpening = Math.max(this.mostOpening, this.waiting)
    return client
  }

  get waiting(): number {
    return [...this.clients.values()].filter(({ signedIn }) => !signedIn).length
  }

  /** Timers that nobody has called off. */
  get timers(): number {
    return this.#timers.size
  }

  /** Lets time pass, and all that is due in it happen, in its order. */
  pass(ms: number): void {
    const until = this.#now + ms
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#timers.delete(next)
      this.#now = next.at
      next.run()
    }
    this.#now = until
  }

  #next(until: number): Timer | undefined {
    const [first] = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
    return first
  }
}

export class VirtualClient implements LoadClient {
  readonly id: string
  readonly said: Said['type'][] = []
  signedIn = false
  readonly #world: VirtualLoad
  readonly #handlers: ClientHandlers
  readonly #partner: string

  constructor(world: VirtualLoad, id: string, handlers: ClientHandlers) {
    this.#world = world
    this.id = id
    this.#handlers = handlers
    const [pair = '', side] = id.split(' ')
    this.#partner = `${pair} ${partnerOf(side === 'caller' ? 'caller' : 'callee')}`
    world.after(wayMs, () => {
      if (!this.#isHere || !world.answers) return
      if (world.refusing !== null) return this.lose(world.refusing)
      this.signedIn = true
      handlers.welcomed(id)
    })
  }

  get #isHere(): boolean {
    return this.#world.clients.get(this.id) === this
  }

  say({ type, call }: Said): void {
    this.said.push(type)
    switch (type) {
      case 'invite':
        return this.#tell({ type: 'rung', call, from: this.id })
      case 'answer':
        this.#tell({ type: 'ringing', call })
        return this.#tell({ type: 'accepted', call })
      case 'probe':
        return this.#tell({ type: 'relayed', call })
      case 'hang-up':
        return this.#tell({ type: 'ended', call, reason: 'hung-up' })
      default:
    }
  }

  close(): void {
    this.#world.clients.delete(this.id)
  }

  lose(fault: Fault): void {
    if (!this.#isHere) return
    this.close()
    this.#handlers.gone(fault)
  }

  #tell(news: News): void {
    this.#world.after(wayMs, () => {
      const partner = this.#world.clients.get(this.#partner)
      if (this.#world.answers && partner?.signedIn) partner.#handlers.heard(news)
    })
  }
}
