/**
 * A world in one process for tests of the SDK: the real switchboard behind the real wire, sockets that
 * are function calls, fake media, and a clock that the test moves.
 */
import { expect, vi } from 'vitest'
import { connectOn } from '../../src/client/connect.ts'
import type { Platform, WebSocketLike } from '../../src/client/platform.ts'
import type {
  CallEvents,
  ConnectOptions,
  Line,
  LineEvents,
  TypedEventTarget
} from '../../src/client/types.ts'
import { frameText, parseFrame } from '../../src/dialects/native-client.ts'
import { native, nativeCodec } from '../../src/dialects/native.ts'
import { SwitchboardHub } from '../../src/server/hub.ts'
import type { IceService } from '../../src/server/relay-service.ts'
import type { Connection } from '../../src/server/transport.ts'
import { FakeStream } from './fake-media.ts'
import { FakePeerConnection } from './fake-peer-connection.ts'
import { hubLimits } from './listening.ts'

interface Timer {
  readonly due: number
  readonly run: () => void
}

/** Time that passes when the test says so. */
class ManualClock {
  now = 1_000_000
  readonly #timers = new Set<Timer>()

  get pending(): number {
    return this.#timers.size
  }

  after(ms: number, run: () => void): () => void {
    const timer = { due: this.now + ms, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  advance(ms: number): void {
    this.now += ms
    for (const timer of this.#timers) {
      if (timer.due > this.now || !this.#timers.delete(timer)) continue
      timer.run()
    }
  }
}

/** The client's end of a socket to a server in the same process; frames arrive a moment later. */
export class MemorySocket extends EventTarget implements WebSocketLike {
  declare addEventListener: WebSocketLike['addEventListener'] & EventTarget['addEventListener']
  readonly url: string
  readonly protocol: string
  /** The headers of what the client sent. */
  readonly sent: string[] = []
  #connection: Connection | null = null
  #closed = false

  constructor(url: string, protocol: string, accept: (socket: MemorySocket) => Connection | null) {
    super()
    this.url = url
    this.protocol = protocol
    queueMicrotask(() => {
      this.#connection = accept(this)
      if (this.#connection === null) this.cut()
      else this.dispatchEvent(new Event('open'))
    })
  }

  send(text: string): void {
    const frame = parseFrame(text)
    this.sent.push(frame.header)
    const message = nativeCodec.decode(frame)
    if (message.ok) this.#connection?.receive(message.message)
    else this.#connection?.malformed(message.reason)
  }

  close(): void {
    queueMicrotask(() => this.cut())
  }

  /** Closes at both ends. */
  cut(): void {
    if (this.#closed) return
    this.#closed = true
    this.#connection?.closed()
    this.dispatchEvent(new Event('close'))
  }

  /** A frame from the server, or whatever else it may send. */
  receive(data: unknown): void {
    queueMicrotask(() => {
      if (!this.#closed) this.dispatchEvent(Object.assign(new Event('message'), { data }))
    })
  }
}

const listening =
  <Events>() =>
  <K extends keyof Events & string>(target: TypedEventTarget<Events>, type: K): readonly Events[K][] => {
    const details: Events[K][] = []
    target.addEventListener(type, ({ detail }) => details.push(detail))
    return details
  }

/** The details of every event of this type from now on. */
export const callEvents = listening<CallEvents>()
export const lineEvents = listening<LineEvents>()

export const memoryWorld = (ice?: IceService) => {
  const clock = new ManualClock()
  const hub = new SwitchboardHub({ limits: hubLimits, now: () => clock.now, ...(ice && { ice }) })
  const sockets: MemorySocket[] = []
  const connections: FakePeerConnection[] = []
  const network = { up: true }
  let callIds = 0

  const accept = (socket: MemorySocket): Connection | null => {
    if (!network.up) return null
    const opened = hub.connect(native, '127.0.0.1', {
      way: { host: 'calls.test', proxied: false },
      deliver(message) {
        for (const frame of nativeCodec.encode(message)) socket.receive(frameText(frame))
      },
      close: () => socket.close()
    })
    return 'code' in opened ? null : opened
  }

  const platform: Platform = {
    RTCPeerConnection: class extends FakePeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration)
        connections.push(this)
      }
    },
    MediaStream: FakeStream,
    WebSocket: class extends MemorySocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, accept)
        sockets.push(this)
      }
    },
    newCallId: () => `call ${(callIds += 1)}`,
    now: () => clock.now,
    random: () => 1,
    after: (ms, run) => clock.after(ms, run)
  }

  const join = (name: string, options: Partial<ConnectOptions> = {}): Promise<Line> =>
    connectOn(platform, 'http://calls.test', { name, ...options })

  /** Two who see each other. */
  const joinTwo = async (options: Partial<ConnectOptions> = {}): Promise<readonly [Line, Line]> => {
    const ada = await join('ada', options)
    const bob = await join('bob', options)
    // Rosters are told in batches.
    clock.advance(1_000)
    await vi.waitFor(() => expect([ada.roster.length, bob.roster.length]).toEqual([1, 1]))
    return [ada, bob]
  }

  return {
    clock,
    hub,
    sockets,
    connections,
    network,
    platform,
    join,
    joinTwo,
    [Symbol.dispose]: () => hub.close()
  }
}
