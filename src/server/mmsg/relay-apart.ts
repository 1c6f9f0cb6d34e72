/**
 * Runs a relay in a thread of its own, many datagrams to each call of the system.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { CallId } from '../../core/signal.ts'
import type { TransportAddress } from '../../stun/address.ts'
import type { RelayFigures, RelayRunner, RunnerOptions, StreamClient, StreamSink } from '../relay-runner.ts'
import { AF_INET, EAGAIN, type Syscalls, loadSyscalls, systemError } from './syscalls.ts'
import { type FromThread, type ThreadData, type ToThread, errorOf } from './thread-messages.ts'

/** Beside the built server. */
const builtWorker = new URL('./relay-worker.js', import.meta.url)

/** Whether the kernel has, and lets us have, what the thread needs; throws if not. */
const probe = (syscalls: Syscalls): void => {
  const socket = syscalls.socket(AF_INET)
  if (socket < 0) throw systemError('socket', socket)
  const headers = new Uint8Array(64)
  const received = syscalls.receive(socket, syscalls.addressOf(headers), 1)
  syscalls.close(socket)
  if (received < 0 && received !== EAGAIN) throw systemError('recvmmsg', received)
}

/** A fault that comes back at once must not take up the machine. */
const restMs = 1_000

class RelayApart implements RelayRunner {
  readonly #options: RunnerOptions
  readonly #syscalls: Syscalls
  readonly #file: URL
  /** `null` while there is none that could do anything. */
  #worker: Worker | null = null
  #exited: Promise<void> = Promise.resolve()
  readonly #wakeFile: number
  readonly #stopped = new Int32Array(new SharedArrayBuffer(4))
  readonly #one = new Uint8Array(8)
  readonly #oneAddress: number
  readonly #sinks = new Map<number, StreamSink>()
  readonly #counting: ((figures: RelayFigures) => void)[] = []
  readonly #untold: ToThread[] = []
  #telling: NodeJS.Immediate | undefined
  #listening: ((refusal: Error | null) => void) | null = null
  #place: { readonly port: number; readonly host: string } | null = null
  /** Sockets that the thread has open. */
  #files: readonly number[] = []
  #figures: RelayFigures = { malformed: 0, unanswered: 0, dropped: 0, allocations: 0 }
  #streams = 0
  #isOpen = true
  #rest: NodeJS.Timeout | undefined

  constructor(options: RunnerOptions, syscalls: Syscalls, file: URL) {
    this.#options = options
    this.#syscalls = syscalls
    this.#file = file
    this.#one[0] = 1
    this.#oneAddress = syscalls.addressOf(this.#one)
    this.#wakeFile = syscalls.eventfd()
    if (this.#wakeFile < 0) throw systemError('eventfd', this.#wakeFile)
    this.#begin()
    process.once('exit', this.#stop)
  }

  async listen(port: number, host: string): Promise<void> {
    if (this.#worker === null) throw new Error('the thread has ended')
    const refusal = await new Promise<Error | null>((resolve) => {
      this.#listening = resolve
      this.#tell({ type: 'listen', port, host })
    })
    this.#listening = null
    if (refusal !== null) throw refusal
    this.#place = { port, host }
  }

  openStream(remote: TransportAddress, sink: StreamSink): StreamClient {
    const stream = (this.#streams += 1)
    if (this.#worker === null) sink.close()
    else this.#sinks.set(stream, sink)
    this.#tell({ type: 'stream-opened', stream, remote })
    return {
      // It is part of memory that is not the message's alone, and all of that would travel.
      receive: (message) => this.#tell({ type: 'stream-received', stream, message: new Uint8Array(message) }),
      closed: () => {
        this.#sinks.delete(stream)
        this.#tell({ type: 'stream-closed', stream })
      }
    }
  }

  endCall(call: CallId): void {
    this.#tell({ type: 'end-call', call })
  }

  counts(): Promise<RelayFigures> {
    if (this.#worker === null || !this.#isOpen) return Promise.resolve(this.#figures)
    return new Promise((resolve) => {
      this.#counting.push(resolve)
      this.#tell({ type: 'count' })
    })
  }

  async close(): Promise<void> {
    this.#tell({ type: 'close' })
    this.#tellNow()
    const wasOpen = this.#isOpen
    this.#isOpen = false
    clearTimeout(this.#rest)
    await this.#exited
    if (!wasOpen) return
    process.removeListener('exit', this.#stop)
    this.#syscalls.close(this.#wakeFile)
  }

  #begin(): void {
    const { realm, secrets, limits } = this.#options
    const workerData: ThreadData = {
      options: { realm, secrets, limits },
      wakeFile: this.#wakeFile,
      stopped: this.#stopped
    }
    const worker = new Worker(this.#file, { workerData })
    let fault = new Error('the thread has ended')
    worker.on('message', (messages: readonly FromThread[]) => {
      for (const message of messages) this.#take(message)
    })
    worker.once('error', (error) => {
      fault = error
    })
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#worker = null
        if (this.#isOpen) this.#fail(fault)
        resolve()
      })
    })
    this.#worker = worker
  }

  /** Whoever waits for the thread need not any longer, and what it held is let go. */
  #fail(fault: Error): void {
    for (const file of this.#files) this.#syscalls.close(file)
    this.#files = []
    this.#untold.length = 0
    for (const resolve of this.#counting.splice(0)) resolve(this.#figures)
    const sinks = [...this.#sinks.values()]
    this.#sinks.clear()
    for (const sink of sinks) sink.close()
    // Nobody has been told yet that there is a relay.
    if (this.#place === null) return this.#listening?.(fault)
    this.#options.onFault(fault)
    this.#rest = setTimeout(() => void this.#beginAnew(), restMs)
  }

  async #beginAnew(): Promise<void> {
    if (this.#place === null) return
    if (this.#worker === null) this.#begin()
    const { port, host } = this.#place
    try {
      await this.listen(port, host)
    } catch (error) {
      this.#options.onFault(error instanceof Error ? error : new Error(String(error)))
      this.#rest = setTimeout(() => void this.#beginAnew(), restMs)
    }
  }

  /** The thread cannot be stopped while it waits for datagrams, and would keep the process as long. */
  readonly #stop = (): void => {
    Atomics.store(this.#stopped, 0, 1)
    this.#wake()
  }

  /** Together with all else that there is to tell now. */
  #tell(message: ToThread): void {
    if (!this.#isOpen || this.#worker === null) return
    this.#untold.push(message)
    this.#telling ??= setImmediate(() => this.#tellNow())
  }

  #tellNow(): void {
    clearImmediate(this.#telling)
    this.#telling = undefined
    if (this.#untold.length === 0) return
    this.#worker?.postMessage(this.#untold.splice(0), [])
    this.#wake()
  }

  #wake(): void {
    this.#syscalls.write(this.#wakeFile, this.#oneAddress, this.#one.length)
  }

  #take(message: FromThread): void {
    switch (message.type) {
      case 'listening':
        this.#listening?.(null)
        break
      case 'refused':
        this.#listening?.(errorOf(message.error))
        break
      case 'opened':
        this.#files = message.files
        break
      case 'stream-send':
        this.#sinks.get(message.stream)?.send(message.message)
        break
      case 'stream-holds':
        this.#sinks.get(message.stream)?.holds(message.holds)
        break
      case 'counted':
        this.#figures = message.figures
        this.#counting.shift()?.(message.figures)
        break
      case 'relayed':
        this.#options.callRelayed?.(message)
        break
      case 'failed':
        this.#options.onError(errorOf(message.error))
    }
  }
}

/** Throws an error that says why, where it cannot be done. */
export const relayApart = (options: RunnerOptions, file = builtWorker): RelayRunner => {
  const syscalls = loadSyscalls()
  probe(syscalls)
  if (!existsSync(file)) throw new Error(`there is no ${fileURLToPath(file)}`)
  return new RelayApart(options, syscalls, file)
}
