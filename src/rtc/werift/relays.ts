/**
 * Werift's relays: what it takes and does not give back. By itself it takes another allocation with each start of ICE,
 * until the server has none left for the call; keeps the socket over which one was refused; and where a stream to the
 * server ends, it connects that again for good, which ends the process when nobody answers. RFC 8656, section 7.
 */
import { Socket } from 'node:net'
import { Message, TurnProtocol, classes, methods } from 'werift'

/** How long the word may take that a relay is no longer wanted, in milliseconds. */
const partingMs = 300

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** An allocation belongs to the stream that it was made over: another has none. RFC 8656, section 3.1. */
const endWithStream = ({ transport }: TurnProtocol): void => {
  const stream: unknown = Reflect.get(transport, 'stream')
  if (!isObject(stream)) return
  Reflect.set(stream, 'connect', () => {})
  const client: unknown = Reflect.get(stream, 'client')
  if (client instanceof Socket) client.once('close', () => void transport.close())
}

const giveBack = async (relay: TurnProtocol): Promise<void> => {
  const request = new Message(methods.REFRESH, classes.REQUEST).setAttribute('LIFETIME', 0)
  const answered = relay.requestWithRetry(request, relay.server).catch(() => {})
  await Promise.race([answered, pause(partingMs)])
  for (const transaction of Object.values(relay.transactions)) transaction.cancel()
}

const isAllocated = ({ relayedAddress, transport }: TurnProtocol): boolean =>
  Boolean(relayedAddress) && !transport.closed

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
  wrap('connectionMade', async (relay, allocate) => {
    endWithStream(relay)
    try {
      await allocate()
    } catch (error) {
      await relay.transport.close()
      throw error
    }
  })
  wrap('close', async (relay, close) => {
    if (isAllocated(relay)) await giveBack(relay)
    await close()
  })
}

/** As much of werift's ICE as has to do with them. */
interface Relaying {
  readonly state: string
  protocols: readonly Protocol[]
  ensureProtocol(protocol: Protocol): void
}

interface Protocol {
  readonly type: string
  close?(): Promise<void>
}

const isRelaying = (ice: object): ice is Relaying => 'protocols' in ice && 'ensureProtocol' in ice

const leave = (relay: Protocol): void => void relay.close?.().catch(() => {})

/** Whatever is allocated when all is over already is given back at once. */
export const leaveRelaysInTime = (ice: object): void => {
  if (!isRelaying(ice)) throw new Error('This werift is not the one that is known here.')
  const ensure = ice.ensureProtocol.bind(ice)
  ice.ensureProtocol = (protocol) => {
    ensure(protocol)
    if (protocol.type === 'turn' && ice.state === 'closed') leave(protocol)
  }
}

/** Before ICE starts over: all relays but those in use, for there will be another. */
export const leaveUnused = (ice: object, used: readonly unknown[]): void => {
  if (!isRelaying(ice)) return
  const unused = ice.protocols.filter((protocol) => protocol.type === 'turn' && !used.includes(protocol))
  ice.protocols = ice.protocols.filter((protocol) => !unused.includes(protocol))
  for (const relay of unused) leave(relay)
}
