/**
 * The thread that relays: a whole relay over UDP, and what the server hands it of its clients over
 * streams. A flood of packets does not keep the server from anything else.
 */
import type { MessagePort } from 'node:worker_threads'
import { Relay } from '../../turn/relay.ts'
import { addressesOf, followMs } from '../local-addresses.ts'
import { nodePlatform } from '../node-platform.ts'
import { type StreamClient, streamClient } from '../relay-runner.ts'
import { steadyNow } from '../steady-now.ts'
import { MmsgRelay } from './mmsg-relay.ts'
import { loadSyscalls } from './syscalls.ts'
import { type FromThread, type ThreadData, type ToThread, problemOf } from './thread-messages.ts'

const tickMs = 1_000
/** As long as it waits, timers wait as well, and whoever wants a report of all threads. */
const waitMs = 200
/** Turns between two looks at messages and timers while packets keep coming. */
const turnsInARow = 32

class RelayThread {
  readonly #port: MessagePort
  readonly #data: ThreadData
  readonly #relay: Relay
  readonly #streams = new Map<number, StreamClient>()
  readonly #timers: NodeJS.Timeout[] = []
  readonly #unsaid: FromThread[] = []
  #udp: MmsgRelay | null = null
  #failedAt = -Infinity

  constructor(port: MessagePort, data: ThreadData) {
    this.#port = port
    this.#data = data
    this.#relay = new Relay({
      ...data.options,
      platform: nodePlatform,
      callRelayed: ({ id, packets, bytes }) => this.#say({ type: 'relayed', id, packets, bytes })
    })
    port.on('message', (messages: readonly ToThread[]) => {
      for (const message of messages) this.#take(message)
      this.#speak()
    })
  }

  /** To be said with all else that there is to say now. */
  #say(message: FromThread): void {
    this.#unsaid.push(message)
  }

  #speak(): void {
    if (this.#unsaid.length > 0) this.#port.postMessage(this.#unsaid.splice(0), [])
  }

  #take(message: ToThread): void {
    switch (message.type) {
      case 'listen':
        void this.#listen(message.port, message.host)
        break
      case 'stream-opened':
        this.#openStream(message)
        break
      case 'stream-received':
        this.#streams.get(message.stream)?.receive(message.message)
        break
      case 'stream-closed':
        this.#streams.get(message.stream)?.closed()
        this.#streams.delete(message.stream)
        break
      case 'end-call':
        this.#relay.endCall(message.call, steadyNow())
        break
      case 'count':
        this.#say({
          type: 'counted',
          figures: { ...this.#relay.counts, allocations: this.#relay.allocations }
        })
        break
      case 'close':
        this.#close()
    }
  }

  async #listen(port: number, host: string): Promise<void> {
    const udp = new MmsgRelay({
      syscalls: loadSyscalls(),
      relay: this.#relay,
      port,
      wakeFile: this.#data.wakeFile,
      onError: (error) => this.#report(error),
      onOpened: (files) => this.#open(files)
    })
    try {
      const addresses = await addressesOf(host)
      for (const address of addresses()) udp.bind(address)
      this.#timers.push(
        setInterval(() => this.#relay.passTime(steadyNow()), tickMs),
        setInterval(() => udp.follow(addresses()), followMs)
      )
    } catch (error) {
      udp.close()
      this.#say({ type: 'refused', error: problemOf(error) })
      return this.#speak()
    }
    this.#udp = udp
    this.#say({ type: 'listening' })
    this.#run(udp)
  }

  /** Goes back to Node's own loop from time to time, where messages and timers are. */
  #run(udp: MmsgRelay): void {
    if (this.#udp !== udp) return
    this.#speak()
    let turns = 0
    while (turns < turnsInARow && udp.turn(waitMs)) {
      this.#speak()
      turns += 1
    }
    if (Atomics.load(this.#data.stopped, 0) === 0) setImmediate(() => this.#run(udp))
  }

  #openStream({ stream, remote }: ToThread & { type: 'stream-opened' }): void {
    const client = streamClient(this.#relay, remote, {
      // It is part of memory that is not the message's alone, and all of that would travel.
      send: (message) => this.#say({ type: 'stream-send', stream, message: new Uint8Array(message) }),
      holds: (holds) => this.#say({ type: 'stream-holds', stream, holds }),
      // A stream ends with the relay: the server then closes it by itself.
      close: () => this.#streams.delete(stream)
    })
    this.#streams.set(stream, client)
  }

  /** Said at once, lest a fault come before it. */
  #open(files: readonly number[]): void {
    this.#say({ type: 'opened', files })
    this.#speak()
  }

  /** One in a second: each of a flood of datagrams can fail. */
  #report(error: Error): void {
    const now = steadyNow()
    if (now - this.#failedAt < tickMs) return
    this.#failedAt = now
    this.#say({ type: 'failed', error: problemOf(error) })
  }

  #close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#udp?.close()
    this.#udp = null
    this.#speak()
    this.#port.close()
  }
}

/** Relays, as the messages from this port say, until they say that it is over. */
export const relayThread = (port: MessagePort, data: ThreadData): void => {
  void new RelayThread(port, data)
}
