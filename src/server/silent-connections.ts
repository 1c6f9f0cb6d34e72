/** The connections that have not said yet what they are here for: few enough, and none for long. */
import { addressBook } from './network.ts'

export interface SilentLimits {
  /** How long one may be silent. */
  readonly patienceMs: number
  /** In all; beyond that, who has been silent for longest makes room. */
  readonly max: number
  /** From one network; loopback does not count. */
  readonly maxPerAddress: number
}

/** What is looked at of a socket. */
interface Silent {
  readonly remoteAddress?: string | undefined
  destroy(): unknown
  once(event: 'close', closed: () => void): unknown
  removeListener(event: 'close', closed: () => void): unknown
}

export class SilentConnections {
  readonly #limits: SilentLimits
  readonly #addresses: ReturnType<typeof addressBook>
  /** What lets each go from here, from the oldest to the newest. */
  readonly #sockets = new Map<Silent, () => void>()

  constructor(limits: SilentLimits) {
    this.#limits = limits
    this.#addresses = addressBook(limits.maxPerAddress)
  }

  /** Answers with what to call when it has spoken, or with `null` if its network has no more room. */
  add(socket: Silent): (() => void) | null {
    const { remoteAddress = '' } = socket
    if (this.#addresses.isFull(remoteAddress)) return null
    if (this.#sockets.size >= this.#limits.max) this.#dropOldest()
    const timer = setTimeout(() => socket.destroy(), this.#limits.patienceMs)
    const forget = (): void => {
      clearTimeout(timer)
      socket.removeListener('close', forget)
      if (this.#sockets.delete(socket)) this.#addresses.remove(remoteAddress)
    }
    this.#sockets.set(socket, forget)
    this.#addresses.add(remoteAddress)
    socket.once('close', forget)
    return forget
  }

  close(): void {
    for (const socket of this.#sockets.keys()) socket.destroy()
  }

  #dropOldest(): void {
    for (const [socket, forget] of this.#sockets) {
      forget()
      socket.destroy()
      return
    }
  }
}
