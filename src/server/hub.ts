/**
 * The hub, the switchboard's runner: gives it the clock and the random ids, takes one input after the other,
 * and carries its outputs to the transports.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { refusal } from '../core/refusal.ts'
import type { PeerId, Refusal } from '../core/signal.ts'
import { type Input, type Output, Switchboard, type SwitchboardLimits } from '../core/switchboard.ts'
import { addressBook } from './network.ts'
import type { IceService } from './relay-service.ts'
import { steadyNow } from './steady-now.ts'
import type { Connection, Dialect, Hub, Outlet } from './transport.ts'

export interface HubLimits extends SwitchboardLimits {
  readonly maxConnections: number
  /** From one address; loopback does not count, for behind a proxy everybody comes from there. */
  readonly maxConnectionsPerAddress: number
}

export interface HubOptions {
  readonly limits: HubLimits
  /** Milliseconds since 1970, by a clock that nobody sets back: calls ring and rosters are told by it. */
  readonly now?: () => number
  /** Nobody is offered a relay without it. */
  readonly ice?: IceService
  /** A word on who came and went, for the log; of who has not said anything, none. */
  readonly onLifecycle?: (
    event: 'connected' | 'disconnected',
    details: { peer: PeerId; dialect: string }
  ) => void
}

/** How often a switchboard that waits for time is told that it has passed. */
const tickMs = 50
const maxNumber = 2 ** 31 - 1

const newId = (): string => randomBytes(16).toString('base64url')

/** Numbers that nobody else has at the moment, neither as number nor as key. */
const numberPool = () => {
  const used = new Set<number>()
  return {
    take(): number {
      let number = randomInt(1, maxNumber)
      while (used.has(number)) number = randomInt(1, maxNumber)
      used.add(number)
      return number
    },
    give(...numbers: readonly number[]): void {
      for (const number of numbers) used.delete(number)
    }
  }
}

/** A client of the hub, until either side has closed. */
interface Attached {
  readonly outlet: Outlet
  /** Gives back what the client held here. */
  release(): void
}

export class SwitchboardHub implements Hub {
  readonly #limits: HubLimits
  readonly #now: () => number
  readonly #onLifecycle: HubOptions['onLifecycle']
  readonly #ice: IceService | undefined
  readonly #switchboard: Switchboard
  readonly #attached = new Map<PeerId, Attached>()
  readonly #addresses: ReturnType<typeof addressBook>
  readonly #numbers = numberPool()
  readonly #inputs: Input[] = []
  #open = true
  #draining = false
  #clock: NodeJS.Timeout | undefined

  constructor({ limits, now = steadyNow, onLifecycle, ice }: HubOptions) {
    this.#limits = limits
    this.#now = now
    this.#onLifecycle = onLifecycle
    this.#ice = ice
    this.#switchboard = new Switchboard(limits, {
      newCallId: newId,
      iceServers: (peer, call) => {
        const way = this.#attached.get(peer)?.outlet.way
        return way === undefined ? [] : (ice?.iceServers(call, peer, way) ?? [])
      }
    })
    this.#addresses = addressBook(limits.maxConnectionsPerAddress)
  }

  get connections(): number {
    return this.#attached.size
  }

  connect({ name: dialect, abilities }: Dialect, address: string, outlet: Outlet): Connection | Refusal {
    if (this.#attached.size >= this.#limits.maxConnections || this.#addresses.isFull(address)) {
      return refusal('too-many-connections')
    }
    const peer = outlet.peer ?? newId()
    const number = this.#numbers.take()
    const key = this.#numbers.take()
    this.#addresses.add(address)
    const release = (): void => {
      this.#attached.delete(peer)
      this.#addresses.remove(address)
      this.#numbers.give(number, key)
      if (hasSpoken) this.#onLifecycle?.('disconnected', { peer, dialect })
    }
    let hasSpoken = false
    const attached: Attached = { outlet, release }
    // An id may come again, and what an earlier client of that id still says is not its successor's.
    const run = (input: Input): void => {
      if (this.#attached.get(peer) !== attached) return
      if (!hasSpoken) this.#onLifecycle?.('connected', { peer, dialect })
      hasSpoken = true
      this.#run(input)
    }
    this.#attached.set(peer, attached)
    this.#run({ type: 'connected', peer, number, key, dialect, abilities, now: this.#now() })
    return {
      receive: (message) => run({ type: 'received', peer, message, now: this.#now() }),
      malformed: (reason) => run({ type: 'malformed', peer, reason, now: this.#now() }),
      closed: () => {
        if (this.#attached.get(peer) !== attached) return
        release()
        this.#run({ type: 'disconnected', peer, now: this.#now() })
      }
    }
  }

  /**
   * Takes no more inputs, so that of a server that goes nobody hears that the others have left: calls
   * go on without it. Connections are the transports' to close.
   */
  close(): void {
    this.#open = false
    clearInterval(this.#clock)
  }

  /** One input at a time: its outputs all leave before the next is taken. */
  #run(input: Input): void {
    if (!this.#open) return
    this.#inputs.push(input)
    if (this.#draining) return
    this.#draining = true
    try {
      for (let next = this.#inputs.shift(); next; next = this.#inputs.shift()) {
        for (const output of this.#switchboard.handle(next)) this.#perform(output)
      }
    } finally {
      this.#draining = false
    }
    this.#keepTime()
  }

  #perform(output: Output): void {
    if (output.type === 'deliver') {
      this.#attached.get(output.to)?.outlet.deliver(output.message)
      return
    }
    if (output.type === 'call-ended') {
      this.#ice?.callEnded(output.call)
      return
    }
    const attached = this.#attached.get(output.peer)
    attached?.release()
    attached?.outlet.close(output.refusal)
  }

  /** The clock runs only while the switchboard waits for time. */
  #keepTime(): void {
    const { waits } = this.#switchboard
    if (waits === (this.#clock !== undefined)) return
    clearInterval(this.#clock)
    this.#clock = waits
      ? setInterval(() => this.#run({ type: 'time-passed', now: this.#now() }), tickMs)
      : undefined
    this.#clock?.unref()
  }
}
