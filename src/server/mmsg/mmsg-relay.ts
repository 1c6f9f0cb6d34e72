/**
 * Runs a relay over UDP in turns, many datagrams to each call of the system: a turn waits until there is
 * something, takes it, and sends what comes of it. It is for a thread of its own, which may wait.
 */
import type { Relay } from '../../turn/relay.ts'
import { steadyNow } from '../steady-now.ts'
import { MmsgSocket } from './mmsg-socket.ts'
import { BATCH, ReceiveBatch } from './receive-batch.ts'
import { POLLIN, type Syscalls } from './syscalls.ts'

export interface MmsgOptions {
  readonly syscalls: Syscalls
  readonly relay: Relay
  readonly port: number
  /** An eventfd that ends the waiting. */
  readonly wakeFile: number
  /** A datagram could not be sent, or an address could not be had that is new here. */
  readonly onError: (error: Error) => void
  /** These sockets are open from now on, before others are closed. */
  readonly onOpened: (files: readonly number[]) => void
}

/**
 * While packets come at shorter intervals than this, a turn first lets some gather: to be woken for each
 * costs more than all else that is done for it, and a tenth of a millisecond harms no call.
 */
const briskMs = 0.25
/** The system adds some 50 by itself. */
const gatherUs = 50
/** A turn that has found so many has no need to wait for more. */
const plenty = BATCH / 2

/** Of a `pollfd`: a file, and below what is waited for and above what there is. */
const ENTRY_WORDS = 2

export class MmsgRelay {
  readonly #options: MmsgOptions
  readonly #received: ReceiveBatch
  readonly #sockets = new Map<string, MmsgSocket>()
  /** The eventfd first, then the sockets in their order. */
  #entries = new Int32Array()
  #entriesAddress = 0
  readonly #woken = new Uint8Array(8)
  readonly #wokenAddress: number
  /** When the last turn was over, how long the one after it then waited, and how many datagrams that found. */
  #over = -Infinity
  #waitedMs = Infinity
  #found = 0

  constructor(options: MmsgOptions) {
    this.#options = options
    this.#received = new ReceiveBatch(options.syscalls)
    this.#wokenAddress = options.syscalls.addressOf(this.#woken)
    this.#list()
  }

  /** Throws the system's error when the address or the port cannot be had. */
  bind(address: string): void {
    const { port } = this.#options
    this.#sockets.set(address, new MmsgSocket(address, port, { ...this.#options, received: this.#received }))
    this.#list()
  }

  /** Goes with the addresses of this machine, which come and go with its networks. */
  follow(addresses: readonly string[]): void {
    for (const address of addresses) if (!this.#sockets.has(address)) this.#tryBind(address)
    const gone = [...this.#sockets].filter(([address]) => !addresses.includes(address))
    this.#closeAll(gone)
  }

  /** Answers whether there may be more to do now; it is also over when somebody has written to the eventfd. */
  turn(timeoutMs: number): boolean {
    const { syscalls } = this.#options
    this.#flush()
    if (this.#waitedMs < briskMs && this.#found > 0 && this.#found < plenty) syscalls.sleep(gatherUs)
    const ready = syscalls.poll(this.#entriesAddress, this.#entries.length / ENTRY_WORDS, timeoutMs)
    this.#waitedMs = performance.now() - this.#over
    this.#found = 0
    if (ready > 0) this.#receive()
    this.#over = performance.now()
    return ready > 0 && !this.#wasWoken()
  }

  close(): void {
    this.#closeAll([...this.#sockets])
  }

  /** Off the list first: the number of a closed file is soon that of another. */
  #closeAll(gone: readonly (readonly [string, MmsgSocket])[]): void {
    if (gone.length === 0) return
    for (const [address] of gone) this.#sockets.delete(address)
    this.#list()
    for (const [, socket] of gone) socket.close()
  }

  #receive(): void {
    const now = steadyNow()
    let at = ENTRY_WORDS + 1
    for (const socket of this.#sockets.values()) {
      const isReady = Number(this.#entries[at]) >>> 16 !== 0
      const count = isReady ? socket.receive(now) : 0
      if (count > 0) {
        this.#found += count
        this.#flush()
      }
      at += ENTRY_WORDS
    }
  }

  #wasWoken(): boolean {
    const { syscalls, wakeFile } = this.#options
    if (Number(this.#entries[1]) >>> 16 === 0) return false
    syscalls.read(wakeFile, this.#wokenAddress, this.#woken.length)
    return true
  }

  #flush(): void {
    for (const socket of this.#sockets.values()) socket.flush()
  }

  #tryBind(address: string): void {
    try {
      this.bind(address)
    } catch (error) {
      this.#options.onError(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #list(): void {
    const { wakeFile, syscalls, onOpened } = this.#options
    const files = [...this.#sockets.values()].map(({ file }) => file)
    this.#entries = Int32Array.from([wakeFile, ...files].flatMap((file) => [file, POLLIN]))
    this.#entriesAddress = syscalls.addressOf(new Uint8Array(this.#entries.buffer))
    onOpened(files)
  }
}
