/**
 * A way to a server that does what networks do: it breaks with or without a word, falls silent, dawdles, tears
 * a message in two, and says again what was said on a connection before. The test decides when.
 */
import { type Server, Socket, connect, createServer } from 'node:net'
import { listening } from './listening.ts'

/** `reset`: RST. `finish`: FIN. `silence`: nothing gets through any more, and neither end is told. */
export type Fault = 'reset' | 'finish' | 'silence'

/** How much of what a client has said is kept, to be said again. */
const maxRecorded = 1024 * 1024

export interface FaultyProxy extends AsyncDisposable {
  readonly url: string
  /** Connections to the server that something gets through on. */
  readonly open: number
  /** Breaks what there is. */
  cut(how: Fault): void
  /** Breaks, the next time that anything is said, in the middle of it. */
  tear(): void
  /** Every piece takes this much longer, in order, from now on. */
  delay(ms: number): void
  /** What is done to new connections until the way is mended; `silence` accepts them and nothing more. */
  block(how: Fault): void
  mend(): void
  /** Says to the server, on a new connection, all that was said on an earlier one; the last but so many. */
  replay(before: number): void
}

const breakWith: Record<Exclude<Fault, 'silence'>, (socket: Socket) => void> = {
  reset: (socket) => socket.resetAndDestroy(),
  finish: (socket) => socket.destroy()
}

/** One connection, from its client to the server. */
class Link {
  readonly said: Buffer[] = []
  #size = 0
  #silent = false
  #torn = false
  readonly #near: Socket
  readonly #far: Socket
  readonly #delayMs: () => number
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(near: Socket, far: Socket, delayMs: () => number) {
    this.#near = near
    this.#far = far
    this.#delayMs = delayMs
    this.#carry(near, far, (piece) => this.#record(piece))
    this.#carry(far, near, () => {})
  }

  get isOpen(): boolean {
    return !this.#silent && !this.#near.destroyed && !this.#far.destroyed
  }

  break(how: Fault): void {
    this.#silent = true
    for (const timer of this.#timers) clearTimeout(timer)
    if (how === 'silence') return
    breakWith[how](this.#near)
    breakWith[how](this.#far)
  }

  tear(): void {
    this.#torn = true
  }

  #record(piece: Buffer): void {
    this.#size += piece.length
    if (this.#size <= maxRecorded) this.said.push(piece)
  }

  #carry(from: Socket, to: Socket, note: (piece: Buffer) => void): void {
    from.on('data', (piece: Buffer) => {
      if (this.#silent) return
      note(piece)
      this.#later(() => {
        if (!this.#torn) return to.write(piece)
        to.write(piece.subarray(0, Math.ceil(piece.length / 2)), () => this.break('finish'))
        this.#silent = true
        return false
      })
    })
    // Whatever ends one half ends the other, but not before what was said has passed.
    from.on('error', () => from.destroy())
    from.on('close', () => {
      if (!this.#silent) this.#later(() => to.destroy())
    })
  }

  #later(run: () => unknown): void {
    const ms = this.#delayMs()
    if (ms === 0 && this.#timers.size === 0) {
      run()
      return
    }
    // Timers of the same length fire in the order in which they were set.
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (!this.#silent) run()
    }, ms)
    this.#timers.add(timer)
  }
}

export const faultyProxy = async (port: number): Promise<FaultyProxy> => {
  const links = new Set<Link>()
  const sockets = new Set<Socket>()
  const recorded: (readonly Buffer[])[] = []
  let blocked: Fault | null = null
  let delayMs = 0

  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    return socket.setNoDelay()
  }
  const server: Server = createServer((near) => {
    keep(near)
    if (blocked === 'silence') return
    if (blocked !== null) return breakWith[blocked](near)
    const link = new Link(near, keep(connect(port, '127.0.0.1')), () => delayMs)
    links.add(link)
    recorded.push(link.said)
    near.on('close', () => links.delete(link))
  })

  return {
    url: `http://127.0.0.1:${await listening(server)}`,
    get open() {
      return Array.from(links).filter(({ isOpen }) => isOpen).length
    },
    cut(how) {
      for (const link of links) link.break(how)
    },
    tear() {
      for (const link of links) link.tear()
    },
    delay(ms) {
      delayMs = ms
    },
    block(how) {
      blocked = how
    },
    mend() {
      blocked = null
    },
    replay(before) {
      const said = recorded.at(-1 - before)
      if (said === undefined) return
      const again = keep(connect(port, '127.0.0.1'))
      // What the server answers is heard by nobody.
      again.resume()
      again.write(Buffer.concat(said))
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    }
  }
}
