/**
 * A world in one process for tests of the SDK: the real switchboard behind the real wire, sockets that
 * are function calls, fake media, and a clock that the test moves.
 */
import { expect, vi } from 'vitest'
import { connectOn } from '../../src/client/connect.ts'
import type { Platform, Surroundings, WebSocketLike } from '../../src/client/platform.ts'
import type {
  CallEvents,
  ConnectOptions,
  Line,
  LineEvents,
  TypedEventTarget
} from '../../src/client/types.ts'
import { frameText, parseFrame } from '../../src/dialects/native-client.ts'
import { SwitchboardHub } from '../../src/server/hub.ts'
import type { IceService } from '../../src/server/relay-service.ts'
import { type FrameHandlers, NativeSessions } from '../../src/server/native-sessions.ts'
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
  /** The headers of what the client sent, as far as its line is concerned. */
  readonly sent: string[] = []
  #server: FrameHandlers | null = null
  #closed = false
  /** Nothing gets through any more, and nobody is told. */
  silent = false

  constructor(url: string, protocol: string, accept: (socket: MemorySocket) => FrameHandlers | null) {
    super()
    this.url = url
    this.protocol = protocol
    queueMicrotask(() => {
      if (this.#closed) return
      this.#server = accept(this)
      if (this.#server === null) this.cut()
      else this.dispatchEvent(new Event('open'))
    })
  }

  get closed(): boolean {
    return this.#closed
  }

  send(text: string): void {
    const frame = parseFrame(text)
    this.sent.push(frame.header)
    if (!this.silent && !this.#closed) this.#server?.message(frame)
  }

  /** As WebSockets do: the other end hears of it, and answers. */
  close(code = 1005): void {
    queueMicrotask(() => this.end(code === 1000 ? 'left' : 'peer', { code, reason: '' }))
  }

  /** Closes at both ends, without a handshake. */
  cut(): void {
    this.end('peer', { code: 1006, reason: '' })
  }

  end(cause: 'left' | 'peer' | 'server', close: { readonly code: number; readonly reason: string }): void {
    if (this.#closed) return
    this.#closed = true
    if (!this.silent) this.#server?.closed(cause)
    this.dispatchEvent(Object.assign(new Event('close'), close))
  }

  /** A frame from the server, or whatever else it may send. */
  receive(data: unknown): void {
    queueMicrotask(() => {
      if (!this.#closed && !this.silent) this.dispatchEvent(Object.assign(new Event('message'), { data }))
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
  const serve = () => {
    const hub = new SwitchboardHub({ limits: hubLimits, now: () => clock.now, ...(ice && { ice }) })
    const sessions = new NativeSessions({
      hub,
      resumeMs: 60_000,
      maxQueuedBytes: 1024 * 1024,
      now: () => clock.now,
      after: (ms, run) => clock.after(ms, run)
    })
    return { hub, sessions }
  }
  let server = serve()
  const watchers = new Set<(what: Surroundings) => void>()
  const sockets: MemorySocket[] = []
  const connections: FakePeerConnection[] = []
  const network = { up: true }
  /** What waits to arrive, while welcomes do. */
  let held: (() => void)[] | null = null
  const probed: string[] = []
  let callIds = 0
  let secrets = 0

  const accept = (socket: MemorySocket): FrameHandlers | null => {
    if (!network.up) return null
    let isWelcomed = false
    return server.sessions.attend({
      address: '127.0.0.1',
      way: { host: 'calls.test', proxied: false },
      send(frame) {
        isWelcomed ||= frame.header.includes('"type":"welcome"')
        const arrive = () => socket.receive(frameText(frame))
        if (held && isWelcomed) held.push(arrive)
        else arrive()
      },
      close: (code, reason) => queueMicrotask(() => socket.end('server', { code, reason }))
    })
  }

  const platform: Platform = {
    RTCPeerConnection: class extends FakePeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration)
        connections.push(this)
      }
    },
    MediaStream: FakeStream,
    devices: () => null,
    WebSocket: class extends MemorySocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, accept)
        sockets.push(this)
      }
    },
    newCallId: () => `call ${(callIds += 1)}`,
    now: () => clock.now,
    random: () => 1,
    after: (ms, run) => clock.after(ms, run),
    openScreen: () => Promise.reject(new Error('nobody chooses a screen')),
    reach(url) {
      probed.push(url)
      return network.up ? Promise.resolve(true) : Promise.reject(new Error('no network'))
    },
    newSecret: () => `secret-of-at-least-22-signs-${(secrets += 1)}`,
    watch(tell) {
      watchers.add(tell)
      return () => watchers.delete(tell)
    }
  }

  const join = (name: string, options: Partial<ConnectOptions> = {}): Promise<Line> =>
    connectOn(platform, 'http://calls.test', { name, ...options })

  /** Two who see each other. */
  const joinTwo = async (options: Partial<ConnectOptions> = {}): Promise<readonly [Line, Line]> => {
    const ada = await join('ada', options)
    const bob = await join('bob', options)
    // Rosters are told in batches.
    clock.advance(1_000)
    await vi.waitFor(() => expect([ada.roster.length, bob.roster.length]).toEqual([1, 1]), {
      timeout: 10_000
    })
    return [ada, bob]
  }

  return {
    clock,
    sockets,
    connections,
    network,
    /** Addresses that were probed. */
    probed,
    platform,
    join,
    joinTwo,
    /** What happens to every page here, and to the network under it. */
    tell(what: Surroundings): void {
      for (const watcher of watchers) watcher(what)
    },
    /** The server is another from now on, and knows nothing; every socket is cut. */
    restart(): void {
      server.hub.close()
      server.sessions.close()
      server = serve()
      for (const socket of sockets) socket.cut()
    },
    /** From now on whoever signs in waits for the answer, until what is returned is called. */
    holdWelcomes(): () => void {
      const waiting: (() => void)[] = []
      held = waiting
      return () => {
        held = null
        for (const arrive of waiting) arrive()
      }
    },
    [Symbol.dispose]() {
      server.hub.close()
      server.sessions.close()
    }
  }
}
