/**
 * What lies between the hosts of a network: delay, loss, walls, and cables that are out. No I/O:
 * packets and times go in, packets come out when they are due.
 */

/** Of each direction between two hosts. */
export interface Impairment {
  readonly delayMs: number
  /** Comes on top of the delay, evenly spread; the packets of one direction keep their order. */
  readonly jitterMs: number
  /** The share of packets that is lost, 0 to 1. */
  readonly loss: number
  /** 0: as fast as can be. */
  readonly kilobitsPerSecond: number
}

export type Pair = readonly [string, string]

export type Protocol = 'udp' | 'tcp'

export interface Delivery {
  readonly host: string
  readonly packet: Buffer
}

/** What became of all packets so far. */
export interface Counts {
  readonly delivered: number
  readonly lost: number
  readonly blocked: number
  /** Came in faster than the rate lets out. */
  readonly overflowed: number
}

/** One direction between two hosts. Its packets leave in the order they came. */
interface Lane {
  readonly to: string
  readonly waiting: { readonly at: number; readonly packet: Buffer }[]
  /** When the last packet will have been put on the wire, which takes time where there is a rate. */
  freeAt: number
}

/** Where a rate holds packets back, they wait no longer than this, as in a router with a small buffer. */
const maxQueueMs = 200

const protocols = new Map<number | undefined, Protocol>([
  [6, 'tcp'],
  [17, 'udp']
])

const none: Impairment = { delayMs: 0, jitterMs: 0, loss: 0, kilobitsPerSecond: 0 }

const isIpv4 = (packet: Buffer): boolean => packet.length >= 20 && packet.readUInt8(0) >> 4 === 4

const destination = (packet: Buffer): string => packet.subarray(16, 20).join('.')

const keyOf = ([a, b]: Pair): string => [a, b].sort().join(' ')

export class Wire {
  readonly #random: () => number
  /** Each host by its address. */
  readonly #hosts = new Map<string, string>()
  readonly #unplugged = new Set<string>()
  readonly #walls = new Map<string, Set<Protocol | 'all'>>()
  readonly #pairs = new Map<string, Partial<Impairment>>()
  readonly #lanes = new Map<string, Lane>()
  readonly #counts = { delivered: 0, lost: 0, blocked: 0, overflowed: 0 }
  #everywhere = none

  constructor(random: () => number) {
    this.#random = random
  }

  get counts(): Counts {
    return { ...this.#counts }
  }

  /** When the next packet is due; `null` if none waits. */
  get nextAt(): number | null {
    const due = [...this.#lanes.values()].flatMap(({ waiting: [first] }) => first?.at ?? [])
    return due.length === 0 ? null : Math.min(...due)
  }

  /** The one address of a host; what is for its former one reaches nobody. */
  setAddress(host: string, address: string): void {
    for (const [former, owner] of this.#hosts) {
      if (owner === host) this.#hosts.delete(former)
    }
    this.#hosts.set(address, host)
  }

  setPlugged(host: string, plugged: boolean): void {
    if (plugged) this.#unplugged.delete(host)
    else this.#unplugged.add(host)
  }

  /** Without a pair it is for all, and what was said of single pairs about the same is forgotten. */
  impair(change: Partial<Impairment>, between?: Pair): void {
    if (between) {
      const key = keyOf(between)
      this.#pairs.set(key, { ...this.#pairs.get(key), ...change })
      return
    }
    this.#everywhere = { ...this.#everywhere, ...change }
    for (const [key, own] of this.#pairs) {
      const kept = Object.entries(own).filter(([name]) => !(name in change))
      this.#pairs.set(key, Object.fromEntries(kept))
    }
  }

  block(between: Pair, protocol: Protocol | 'all'): void {
    const key = keyOf(between)
    this.#walls.set(key, new Set([...(this.#walls.get(key) ?? []), protocol]))
  }

  /** Takes away the wall of that name; another that was put there as well stays. */
  unblock(between: Pair, protocol: Protocol | 'all'): void {
    this.#walls.get(keyOf(between))?.delete(protocol)
  }

  /** A packet leaves a host. It keeps the buffer. */
  send(from: string, packet: Buffer, now: number): void {
    if (!isIpv4(packet)) return
    const to = this.#hosts.get(destination(packet))
    if (to === undefined || to === from) return
    if (this.#isBlocked([from, to], packet)) {
      this.#counts.blocked += 1
      return
    }
    const impairment = { ...this.#everywhere, ...this.#pairs.get(keyOf([from, to])) }
    if (this.#random() < impairment.loss) {
      this.#counts.lost += 1
      return
    }
    this.#enqueue(this.#lane(from, to), packet, { impairment, now })
  }

  /** The packets that have arrived by now. */
  arrivals(now: number): Delivery[] {
    const arrived: Delivery[] = []
    for (const { to, waiting } of this.#lanes.values()) {
      for (let [first] = waiting; first !== undefined && first.at <= now; [first] = waiting) {
        waiting.shift()
        if (this.#unplugged.has(to)) this.#counts.blocked += 1
        else arrived.push({ host: to, packet: first.packet })
      }
    }
    this.#counts.delivered += arrived.length
    return arrived
  }

  #isBlocked([from, to]: Pair, packet: Buffer): boolean {
    if (this.#unplugged.has(from) || this.#unplugged.has(to)) return true
    const walls = this.#walls.get(keyOf([from, to]))
    if (walls === undefined) return false
    const protocol = protocols.get(packet.readUInt8(9))
    return walls.has('all') || (protocol !== undefined && walls.has(protocol))
  }

  #lane(from: string, to: string): Lane {
    const key = `${from} ${to}`
    const lane = this.#lanes.get(key) ?? { to, waiting: [], freeAt: 0 }
    this.#lanes.set(key, lane)
    return lane
  }

  #enqueue(
    lane: Lane,
    packet: Buffer,
    { impairment, now }: { readonly impairment: Impairment; readonly now: number }
  ): void {
    const { delayMs, jitterMs, kilobitsPerSecond } = impairment
    let leaves = now
    if (kilobitsPerSecond > 0) {
      const free = Math.max(now, lane.freeAt)
      if (free - now > maxQueueMs) {
        this.#counts.overflowed += 1
        return
      }
      leaves = lane.freeAt = free + (packet.length * 8) / kilobitsPerSecond
    }
    const at = leaves + delayMs + this.#random() * jitterMs
    lane.waiting.push({ at: Math.max(at, lane.waiting.at(-1)?.at ?? 0), packet })
  }
}
