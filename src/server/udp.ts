/**
 * Runs the relay over UDP: gives it datagrams and the time, and carries its answers. Clients that hold
 * nothing are not kept; those that have an allocation are looked up by where they send from.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv4 } from 'node:net'
import type { TransportAddress } from '../stun/address.ts'
import type { Allocation, FiveTuple, Packet } from '../turn/allocation.ts'
import type { Relay } from '../turn/relay.ts'
import { addressBytes, followMs } from './local-addresses.ts'
import { steadyNow } from './steady-now.ts'

/** What the kernel holds for us while we are busy; it may give less. */
const bufferBytes = 4 * 1_024 * 1_024
const tickMs = 1_000

class UdpClient implements FiveTuple {
  readonly remote: TransportAddress
  readonly isStream = false
  allocation: Allocation | null = null
  readonly #socket: Socket
  readonly #host: string
  readonly #forget: () => void

  constructor(socket: Socket, { address, port }: RemoteInfo, forget: () => void) {
    this.#socket = socket
    this.#host = address
    this.#forget = forget
    this.remote = { address: addressBytes(address), port }
  }

  send({ bytes, start, end }: Packet): void {
    this.#socket.send(bytes, start, end - start, this.remote.port, this.#host)
  }

  released(): void {
    this.#forget()
  }
}

/** The clients that have an allocation, by address and port, without a key to make for each packet. */
class ClientTable {
  readonly #hosts = new Map<string, Map<number, UdpClient>>()

  find({ address, port }: RemoteInfo): UdpClient | undefined {
    return this.#hosts.get(address)?.get(port)
  }

  keep({ address, port }: RemoteInfo, client: UdpClient): void {
    const ports = this.#hosts.get(address) ?? new Map<number, UdpClient>()
    ports.set(port, client)
    this.#hosts.set(address, ports)
  }

  forget({ address, port }: RemoteInfo): void {
    const ports = this.#hosts.get(address)
    ports?.delete(port)
    if (ports?.size === 0) this.#hosts.delete(address)
  }

  /** Lets all of them leave. */
  leave(relay: Relay): void {
    for (const ports of this.#hosts.values()) for (const client of ports.values()) relay.leave(client)
  }
}

export interface UdpRelay {
  close(): Promise<void>
}

interface Options {
  readonly relay: Relay
  readonly port: number
  /** Where to listen now: asked again and again. */
  readonly addresses: () => readonly string[]
  /** A datagram could not be sent, or an address could not be had that is new here. */
  readonly onError: (error: Error) => void
}

const bound = async (host: string, port: number): Promise<Socket> => {
  const type = isIPv4(host) ? 'udp4' : 'udp6'
  const socket = createSocket({
    type,
    ipv6Only: type === 'udp6',
    recvBufferSize: bufferBytes,
    sendBufferSize: bufferBytes,
    // Addresses are all that is ever sent to.
    lookup: (address, _options, found) => found(null, address, type === 'udp4' ? 4 : 6)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close()
      reject(error)
    })
    socket.bind({ port, address: host }, () => {
      socket.removeAllListeners('error')
      resolve()
    })
  })
  return socket
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.close(resolve)
  })

const attend = (socket: Socket, { relay, onError }: Options): void => {
  const clients = new ClientTable()
  const packet: Packet = { bytes: new Uint8Array(), start: 0, end: 0 }
  socket.on('error', onError)
  // They have no other way here, and a closed socket throws at who sends.
  socket.on('close', () => clients.leave(relay))
  socket.on('message', (bytes, from) => {
    packet.bytes = bytes
    packet.start = 0
    packet.end = bytes.length
    const known = clients.find(from)
    const client = known ?? new UdpClient(socket, from, () => clients.forget(from))
    relay.receive(client, packet, steadyNow())
    if (known === undefined && client.allocation !== null) clients.keep(from, client)
  })
}

/** A socket for each address, so that an answer comes from the one that was asked: browsers take it from no other. */
class UdpSockets {
  readonly #options: Options
  readonly #sockets = new Map<string, Socket>()
  #open = true

  constructor(options: Options) {
    this.#options = options
  }

  async bind(address: string): Promise<void> {
    const socket = await bound(address, this.#options.port)
    if (!this.#open || this.#sockets.has(address)) return closed(socket)
    attend(socket, this.#options)
    this.#sockets.set(address, socket)
  }

  /** Goes with the addresses of this machine, which come and go with its networks. */
  follow(addresses: readonly string[]): void {
    for (const address of addresses) {
      if (!this.#sockets.has(address)) this.bind(address).catch(this.#options.onError)
    }
    for (const [address, socket] of this.#sockets) {
      if (addresses.includes(address)) continue
      this.#sockets.delete(address)
      socket.close()
    }
  }

  async close(): Promise<void> {
    this.#open = false
    await Promise.all([...this.#sockets.values()].map(closed))
  }
}

/** Rejects with the system's error when the port cannot be had. */
export const relayOverUdp = async (options: Options): Promise<UdpRelay> => {
  const { relay, addresses } = options
  const sockets = new UdpSockets(options)
  const outcomes = await Promise.allSettled(addresses().map((address) => sockets.bind(address)))
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failure !== undefined) {
    await sockets.close()
    throw failure.reason
  }
  const clock = setInterval(() => relay.passTime(steadyNow()), tickMs)
  const watch = setInterval(() => sockets.follow(addresses()), followMs)
  for (const timer of [clock, watch]) timer.unref()
  return {
    close() {
      clearInterval(clock)
      clearInterval(watch)
      return sockets.close()
    }
  }
}
