/**
 * TURN over TCP and TLS: attends the connections of clients, cuts what they send into messages for the
 * relay, and carries its answers. Whoever holds nothing here may not stay for long, and whoever does not
 * read what it is sent holds up nobody but itself.
 */
import type { Socket } from 'node:net'
import { Backlog, StreamCutter } from '../turn/stream.ts'
import { addressBytes } from './local-addresses.ts'
import { addressBook } from './network.ts'
import type { RelayRunner, StreamClient, StreamSink } from './relay-runner.ts'
import { steadyNow } from './steady-now.ts'

export interface StreamLimits {
  readonly connections: number
  /** Strangers are those who have no allocation. The oldest makes room for the next. */
  readonly strangers: number
  /** Loopback excepted. */
  readonly strangersPerAddress: number
  readonly strangerMs: number
  /** Beyond them, a client is read from no faster. */
  readonly messagesPerSecond: number
}

interface Options {
  readonly runner: Pick<RelayRunner, 'openStream'>
  readonly limits: StreamLimits
}

export interface TurnStreams {
  /** Takes a connection over, whoever ends it. */
  attend(socket: Socket): void
  /** Ends all connections. */
  close(): void
}

/** A stranger has to ask twice for an allocation, and perhaps for what it looks like from here. */
const maxStrangerMessages = 100
const maxStrangerMessageBytes = 4_096
/** The length fields of RFC 8489 and RFC 8656 allow for no more. */
const maxMessageBytes = 0x10000 + 20
const secondMs = 1_000

/** A few bytes of a large piece would keep all of it in memory while they wait. */
const compact = (message: Uint8Array): Uint8Array =>
  message.buffer.byteLength > 4 * message.length ? new Uint8Array(message) : message

interface Surroundings {
  readonly messagesPerSecond: number
  /** It has no allocation from now on, or has one. */
  strange(stream: TurnStream, isStranger: boolean): void
  gone(stream: TurnStream): void
}

class TurnStream implements StreamSink {
  /** Since when it has had no allocation. */
  strangerSince = steadyNow()
  #isStranger = true
  #hasLeft = false
  #strangerMessages = 0
  readonly #socket: Socket
  readonly #surroundings: Surroundings
  readonly #client: StreamClient
  readonly #cutter = new StreamCutter()
  readonly #backlog = new Backlog()
  #second = -Infinity
  #messages = 0
  #rest: NodeJS.Timeout | undefined

  constructor(socket: Socket, runner: Options['runner'], surroundings: Surroundings) {
    const { remoteAddress = '', remotePort = 0 } = socket
    this.#socket = socket
    this.#surroundings = surroundings
    this.#client = runner.openStream({ address: addressBytes(remoteAddress), port: remotePort }, this)
    socket.on('data', (piece: Uint8Array) => this.#receive(piece))
    socket.on('error', () => socket.destroy())
    // What is answered already still leaves; who does not take it is a stranger, who may not stay.
    socket.on('end', () => {
      this.#leave()
      socket.end()
    })
    socket.on('close', () => {
      clearTimeout(this.#rest)
      this.#leave()
      surroundings.gone(this)
    })
  }

  send(message: Uint8Array): void {
    const { writable, writableLength } = this.#socket
    if (!writable) return
    const verdict = this.#backlog.admit(message, writableLength, steadyNow())
    if (verdict === 'send') this.#socket.write(writableLength > 0 ? compact(message) : message)
    else if (verdict === 'close') this.#socket.destroy()
  }

  holds(allocation: boolean): void {
    if (!this.#hasLeft) this.#turnStranger(!allocation)
  }

  close(): void {
    this.#socket.destroy()
  }

  #turnStranger(isStranger: boolean): void {
    if (isStranger === this.#isStranger) return
    this.#isStranger = isStranger
    this.#strangerMessages = 0
    this.strangerSince = steadyNow()
    this.#surroundings.strange(this, isStranger)
  }

  #leave(): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    this.#client.closed()
    this.#turnStranger(true)
  }

  #receive(piece: Uint8Array): void {
    const maxBytes = this.#isStranger ? maxStrangerMessageBytes : maxMessageBytes
    const { messages, isBroken } = this.#cutter.take(piece, maxBytes)
    for (const message of messages) {
      if (this.#isStranger) this.#strangerMessages += 1
      if (this.#socket.destroyed || this.#strangerMessages > maxStrangerMessages) return this.close()
      this.#client.receive(message)
    }
    if (isBroken) this.close()
    else this.#pace(messages.length)
  }

  /** Lets who has sent too much in this second wait until it is over. */
  #pace(messages: number): void {
    const now = steadyNow()
    if (now - this.#second >= secondMs) {
      this.#second = now
      this.#messages = 0
    }
    this.#messages += messages
    if (this.#messages <= this.#surroundings.messagesPerSecond) return
    this.#socket.pause()
    this.#rest = setTimeout(() => this.#socket.resume(), this.#second + secondMs - now)
  }
}

/** Those who have no allocation, the oldest first. */
class Strangers {
  readonly #addresses: ReturnType<typeof addressBook>
  readonly #limits: StreamLimits
  readonly #all = new Map<TurnStream, string>()

  constructor(limits: StreamLimits) {
    this.#limits = limits
    this.#addresses = addressBook(limits.strangersPerAddress)
  }

  isFull(address: string): boolean {
    return this.#addresses.isFull(address)
  }

  add(stream: TurnStream, address: string): void {
    this.#all.set(stream, address)
    this.#addresses.add(address)
    const [oldest] = this.#all.keys()
    if (this.#all.size > this.#limits.strangers) oldest?.close()
  }

  delete(stream: TurnStream): void {
    const address = this.#all.get(stream)
    if (address !== undefined) this.#addresses.remove(address)
    this.#all.delete(stream)
  }

  /** Lets those go whose time is over. */
  passTime(now: number): void {
    for (const stream of this.#all.keys()) {
      if (now - stream.strangerSince < this.#limits.strangerMs) return
      stream.close()
    }
  }
}

export const turnStreams = ({ runner, limits }: Options): TurnStreams => {
  const streams = new Set<TurnStream>()
  const strangers = new Strangers(limits)
  const clock = setInterval(() => strangers.passTime(steadyNow()), Math.min(secondMs, limits.strangerMs))
  clock.unref()
  return {
    attend(socket) {
      const { remoteAddress } = socket
      if (
        remoteAddress === undefined ||
        strangers.isFull(remoteAddress) ||
        streams.size >= limits.connections
      ) {
        socket.on('error', () => socket.destroy())
        socket.destroy()
        return
      }
      socket.setNoDelay(true)
      const stream = new TurnStream(socket, runner, {
        messagesPerSecond: limits.messagesPerSecond,
        strange(stream, isStranger) {
          if (isStranger) strangers.add(stream, remoteAddress)
          else strangers.delete(stream)
        },
        gone(stream) {
          strangers.delete(stream)
          streams.delete(stream)
        }
      })
      streams.add(stream)
      strangers.add(stream, remoteAddress)
    },
    close() {
      clearInterval(clock)
      for (const stream of streams) stream.close()
    }
  }
}
