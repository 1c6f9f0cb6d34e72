/**
 * Werift's relays: what it takes and does not give back. By itself it takes another allocation with each start of ICE,
 * until the server has none left for the call; keeps the socket over which one was refused; holds the process for minutes
 * after one was left; and where a stream to the server ends, it connects that again for good, which ends the process when
 * nobody answers. RFC 8656, section 7.
 */
import { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { Message, TurnProtocol, classes, methods } from 'werift'

/** Whatever a server says, a relay is not asked for more often. In seconds. */
const leastSeconds = 10

/** How long the word may take that a relay is no longer wanted, in milliseconds. */
const partingMs = 300

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** An allocation belongs to the stream that it was made over: another has none. RFC 8656, section 3.1. */
const endWithStream = ({ transport }: TurnProtocol): void => {
  const stream: unknown = Reflect.get(transport, 'stream')
  if (!isObject(stream)) return
  Reflect.set(stream, 'connect', () => {})
  const client: unknown = Reflect.get(stream, 'client')
  if (client instanceof Socket) client.once('close', () => void transport.close())
}

/** Asks for a relay to be kept for so many seconds; none gives it back. RFC 8656, section 7.1. */
const refresh = async (relay: TurnProtocol, seconds: number): Promise<number> => {
  const request = new Message(methods.REFRESH, classes.REQUEST).setAttribute('LIFETIME', seconds)
  const [answer] = await relay.requestWithRetry(request, relay.server)
  return Number(answer.getAttributeValue('LIFETIME'))
}

/** Some time before it ends, each time, until it is left. A server may leave out for how long it grants it. */
const keep = async (relay: TurnProtocol, granted: number, leaving: AbortSignal): Promise<void> => {
  let seconds = granted >= leastSeconds ? granted : leastSeconds
  for (;;) {
    await setTimeout((5 / 6) * seconds * 1_000, undefined, { signal: leaving, ref: false })
    const more = await refresh(relay, seconds).catch(() => seconds)
    if (more >= leastSeconds) seconds = more
  }
}

const giveBack = async (relay: TurnProtocol): Promise<void> => {
  await Promise.race([refresh(relay, 0).catch(() => {}), setTimeout(partingMs)])
  for (const transaction of Object.values(relay.transactions)) transaction.cancel()
}

const wrap = (
  name: 'connectionMade' | 'close',
  around: (relay: TurnProtocol, own: () => Promise<void>) => Promise<void>
): void => {
  const own: unknown = Reflect.get(TurnProtocol.prototype, name)
  if (typeof own !== 'function') throw new Error('This werift is not the one that is known here.')
  TurnProtocol.prototype[name] = function wrapped(this: TurnProtocol) {
    return around(this, async () => {
      await Reflect.apply(own, this, [])
    })
  }
}

let tended = false

/** Once for all relays of the process. */
export const tendRelays = (): void => {
  if (tended) return
  tended = true
  const leaving = new WeakMap<TurnProtocol, AbortController>()
  wrap('connectionMade', async (relay, allocate) => {
    const control = new AbortController()
    leaving.set(relay, control)
    endWithStream(relay)
    Reflect.set(
      relay,
      'refresh',
      (granted: number) => void keep(relay, granted, control.signal).catch(() => {})
    )
    try {
      await allocate()
    } catch (error) {
      await relay.transport.close()
      throw error
    }
  })
  wrap('close', async (relay, close) => {
    leaving.get(relay)?.abort()
    if (!relay.transport.closed) await giveBack(relay)
    await close()
  })
}

/** As much of werift's ICE as has to do with them. */
interface Relaying {
  readonly nominated?: { readonly protocol: object } | undefined
  protocols: readonly Protocol[]
  ensureProtocol(protocol: Protocol): void
}

interface Protocol {
  readonly type: string
  readonly turn?: { readonly transport: { readonly closed: boolean } }
  readonly onDataReceived: { subscribe(listener: () => void): unknown }
  close?(): Promise<void>
}

const isRelaying = (ice: object): ice is Relaying => 'protocols' in ice && 'ensureProtocol' in ice

/** Whatever has come through a relay within so long makes it one that is used. */
const usedMs = 5_000

/** The relays of one connection. */
export class Relays {
  readonly #ice: Relaying
  readonly #closing: AbortSignal
  readonly #heardAt = new WeakMap<Protocol, number>()
  /** Of before a start of ICE. */
  readonly #former = new WeakSet<Protocol>()

  constructor(ice: object, closing: AbortSignal) {
    if (!isRelaying(ice)) throw new Error('This werift is not the one that is known here.')
    this.#ice = ice
    this.#closing = closing
    const ensure = ice.ensureProtocol.bind(ice)
    ice.ensureProtocol = (protocol) => {
      ensure(protocol)
      if (protocol.type === 'turn') this.#take(protocol)
    }
  }

  /** Those of before are given back so much later, once there is another path, unless that leads over them. */
  async startOver(afterMs: number): Promise<void> {
    this.#leave(({ turn }) => turn?.transport.closed ?? false)
    const former = new Set(
      this.#ice.protocols.filter((protocol) => protocol.type === 'turn' && !this.#former.has(protocol))
    )
    for (const relay of former) this.#former.add(relay)
    while (former.size > 0 && !this.#closing.aborted) {
      await setTimeout(afterMs, undefined, { ref: false })
      for (const relay of former) if (!this.#ice.protocols.includes(relay)) former.delete(relay)
      if (this.#ice.nominated) this.#leave((protocol) => former.has(protocol) && !this.#isUsed(protocol))
    }
  }

  /** One that is allocated when all is over already is given back at once. */
  #take(relay: Protocol): void {
    relay.onDataReceived.subscribe(() => this.#heardAt.set(relay, performance.now()))
    if (this.#closing.aborted) void relay.close?.().catch(() => {})
  }

  #isUsed(relay: Protocol): boolean {
    const silentFor = performance.now() - (this.#heardAt.get(relay) ?? -usedMs)
    return this.#ice.nominated?.protocol === relay || silentFor < usedMs
  }

  #leave(isUnused: (protocol: Protocol) => boolean): void {
    const unused = this.#ice.protocols.filter(isUnused)
    this.#ice.protocols = this.#ice.protocols.filter((protocol) => !unused.includes(protocol))
    for (const relay of unused) void relay.close?.().catch(() => {})
  }
}
