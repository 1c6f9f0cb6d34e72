/**
 * One UDP socket of the relay, on one address of this machine, and the clients that have an allocation by it.
 */
import { isIPv4 } from 'node:net'
import type { TransportAddress } from '../../stun/address.ts'
import type { Allocation, FiveTuple, Packet } from '../../turn/allocation.ts'
import type { Relay } from '../../turn/relay.ts'
import type { ReceiveBatch } from './receive-batch.ts'
import { type Recipient, SendBatch } from './send-batch.ts'
import { socketName } from './socket-name.ts'
import {
  AF_INET,
  AF_INET6,
  IPV6_V6ONLY,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  type SocketOption,
  type Syscalls,
  UDP_SEGMENT,
  systemError
} from './syscalls.ts'

/** What the kernel holds for us while we are busy; it may give less. */
const bufferBytes = 4 * 1_024 * 1_024

class MmsgClient implements FiveTuple, Recipient {
  readonly remote: TransportAddress
  readonly name: Uint32Array
  readonly isStream = false
  allocation: Allocation | null = null
  takesRuns = true
  run = -1
  runOf = -1
  readonly #socket: MmsgSocket
  readonly #key: number | string

  constructor(
    socket: MmsgSocket,
    key: number | string,
    { remote, name }: { readonly remote: TransportAddress; readonly name: Uint32Array }
  ) {
    this.#socket = socket
    this.#key = key
    this.remote = remote
    this.name = name
  }

  send(packet: Packet): void {
    this.#socket.send(this, packet)
  }

  released(): void {
    this.#socket.forget(this.#key)
  }
}

export interface SocketOptions {
  readonly syscalls: Syscalls
  readonly relay: Relay
  readonly received: ReceiveBatch
  readonly onError: (error: Error) => void
}

/** As much as the user may have, and more for the privileged. */
const enlarge = (file: number, syscalls: Syscalls): void => {
  const ways: readonly (readonly [SocketOption, SocketOption])[] = [
    [SO_RCVBUFFORCE, SO_RCVBUF],
    [SO_SNDBUFFORCE, SO_SNDBUF]
  ]
  for (const [forced, plain] of ways) {
    if (syscalls.setOption(file, forced, bufferBytes) < 0) syscalls.setOption(file, plain, bufferBytes)
  }
}

/** Opens a socket on this address. Throws the system's error when it cannot be had. */
const boundSocket = (address: string, port: number, syscalls: Syscalls): number => {
  const isV4 = isIPv4(address)
  const file = syscalls.socket(isV4 ? AF_INET : AF_INET6)
  if (file < 0) throw systemError('socket', file)
  if (!isV4) syscalls.setOption(file, IPV6_V6ONLY, 1)
  enlarge(file, syscalls)
  const refused = syscalls.bind(file, socketName(address, port, syscalls))
  if (refused === 0) return file
  syscalls.close(file)
  throw systemError('bind', refused)
}

export class MmsgSocket {
  readonly file: number
  readonly #options: SocketOptions
  readonly #sends: SendBatch
  readonly #clients = new Map<number | string, MmsgClient>()
  readonly #packet: Packet

  /** Throws the system's error when the address or the port cannot be had. */
  constructor(address: string, port: number, options: SocketOptions) {
    const { syscalls, received, onError } = options
    this.#options = options
    this.file = boundSocket(address, port, syscalls)
    const hasRuns = syscalls.setOption(this.file, UDP_SEGMENT, 0) === 0
    this.#sends = new SendBatch({ syscalls, socket: this.file, received, hasRuns, onError })
    this.#packet = { bytes: received.bytes, start: 0, end: 0 }
  }

  /** Takes a batch of datagrams and gives them to the relay; answers how many there were. */
  receive(now: number): number {
    const { received } = this.#options
    const count = received.receive(this.file)
    for (let at = 0; at < count; at += 1) this.#receiveOne(at, now)
    return count
  }

  send(client: MmsgClient, packet: Packet): void {
    this.#sends.add(client, packet)
  }

  flush(): void {
    this.#sends.flush()
  }

  forget(key: number | string): void {
    this.#clients.delete(key)
  }

  /** Ends the allocations of its clients, who have no other way here. */
  close(): void {
    const { relay, syscalls } = this.#options
    for (const client of this.#clients.values()) relay.leave(client)
    this.#sends.flush()
    syscalls.close(this.file)
  }

  #receiveOne(at: number, now: number): void {
    const { received, relay } = this.#options
    const { names } = received
    const key = names.key(at)
    const known = this.#clients.get(key)
    const client = known ?? new MmsgClient(this, key, { remote: names.address(at), name: names.copy(at) })
    const packet = this.#packet
    packet.bytes = received.bytes
    packet.start = received.startOf(at)
    packet.end = packet.start + received.takeLength(at)
    relay.receive(client, packet, now)
    if (known === undefined && client.allocation !== null) this.#clients.set(key, client)
  }
}
