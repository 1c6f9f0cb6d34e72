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

class RelayApart implements RelayRunner {
  readonly #options: RunnerOptions
  readonly #syscalls: Syscalls
  readonly #worker: Worker
  readonly #wakeFile: number
  readonly #stopped = new Int32Array(new SharedArrayBuffer(4))
  readonly #one = new Uint8Array(8)
  readonly #oneAddress: number
  readonly #sinks = new Map<number, StreamSink>()
  readonly #counting: ((figures: RelayFigures) => void)[] = []
  #listening: ((refusal: Error | null) => void) | null = null
  #figures: RelayFigures = { malformed: 0, unanswered: 0, dropped: 0, allocations: 0 }
  #streams = 0
  #isOpen = true
  readonly #exited: Promise<void>

  constructor(options: RunnerOptions, syscalls: Syscalls, file: URL) {
    const { realm, secrets, limits } = options
    this.#options = options
    this.#syscalls = syscalls
    this.#one[0] = 1
    this.#oneAddress = syscalls.addressOf(this.#one)
    this.#wakeFile = syscalls.eventfd()
    if (this.#wakeFile < 0) throw systemError('eventfd', this.#wakeFile)
    const workerData: ThreadData = {
      options: { realm, secrets, limits },
      wakeFile: this.#wakeFile,
      stopped: this.#stopped
    }
    this.#worker = new Worker(file, { workerData })
    this.#worker.on('message', (message: FromThread) => this.#take(message))
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => resolve())
    })
    process.once('exit', this.#stop)
  }

  async listen(port: number, host: string): Promise<void> {
    const refusal = await new Promise<Error | null>((resolve) => {
      this.#listening = resolve
      this.#tell({ type: 'listen', port, host })
    })
    if (refusal !== null) throw refusal
  }

  openStream(remote: TransportAddress, sink: StreamSink): StreamClient {
    const stream = (this.#streams += 1)
    this.#sinks.set(stream, sink)
    this.#tell({ type: 'stream-opened', stream, remote })
    return {
      receive: (message) => {
        const own = Uint8Array.from(message)
        this.#tell({ type: 'stream-received', stream, message: own }, [own.buffer])
      },
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
    if (!this.#isOpen) return Promise.resolve(this.#figures)
    return new Promise((resolve) => {
      this.#counting.push(resolve)
      this.#tell({ type: 'count' })
    })
  }

  async close(): Promise<void> {
    this.#tell({ type: 'close' })
    const wasOpen = this.#isOpen
    this.#isOpen = false
    await this.#exited
    if (!wasOpen) return
    process.removeListener('exit', this.#stop)
    this.#syscalls.close(this.#wakeFile)
  }

  /** The thread cannot be stopped while it waits for datagrams, and would keep the process as long. */
  readonly #stop = (): void => {
    Atomics.store(this.#stopped, 0, 1)
    this.#wake()
  }

  #tell(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    if (!this.#isOpen) return
    this.#worker.postMessage(message, transfer)
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
