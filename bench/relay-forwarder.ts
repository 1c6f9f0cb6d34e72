/**
 * Bare forwarders, the limit of what a relay could be: they know the two of a pair by their first
 * datagrams, and pass on what one sends to the other without a look.
 */
import { createSocket } from 'node:dgram'
import {
  POLLIN,
  AF_INET,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  UDP_SEGMENT,
  loadSyscalls
} from '../src/server/mmsg/syscalls.ts'
import { ReceiveBatch } from '../src/server/mmsg/receive-batch.ts'
import { type Recipient, SendBatch } from '../src/server/mmsg/send-batch.ts'
import { socketName } from '../src/server/mmsg/socket-name.ts'

export type Forwarder = 'mmsg' | 'mmsg-gso' | 'dgram'

const host = '127.0.0.1'
const socketBytes = 4 * 1_024 * 1_024
const firstBytes = 2

class Party implements Recipient {
  readonly name: Uint32Array
  takesRuns = true
  run = -1
  runOf = -1

  constructor(name: Uint32Array) {
    this.name = name
  }
}

/** Who is whose partner, by what a first datagram says. */
class Pairs<Key, Party> {
  readonly #waiting = new Map<number, { readonly key: Key; readonly party: Party }>()
  readonly #partners = new Map<Key, Party>()

  partner(key: Key): Party | undefined {
    return this.#partners.get(key)
  }

  join(pair: number, key: Key, party: Party): void {
    const waiting = this.#waiting.get(pair)
    this.#waiting.set(pair, { key, party })
    if (waiting === undefined) return
    this.#partners.set(key, waiting.party)
    this.#partners.set(waiting.key, party)
  }
}

const forwardByMmsg = (port: number, hasRuns: boolean): void => {
  const syscalls = loadSyscalls()
  const socket = syscalls.socket(AF_INET)
  if (syscalls.setOption(socket, SO_RCVBUFFORCE, socketBytes) < 0)
    syscalls.setOption(socket, SO_RCVBUF, socketBytes)
  if (syscalls.bind(socket, socketName(host, port, syscalls)) < 0) throw new Error('no port')
  if (hasRuns && syscalls.setOption(socket, UDP_SEGMENT, 0) < 0) throw new Error('no GSO')
  const received = new ReceiveBatch(syscalls)
  const sends = new SendBatch({ syscalls, socket, received, hasRuns, onError: console.error })
  const pairs = new Pairs<number | string, Party>()
  const entry = Int32Array.of(socket, POLLIN)
  const entryAddress = syscalls.addressOf(new Uint8Array(entry.buffer))
  const packet = { bytes: received.bytes, start: 0, end: 0 }
  process.send?.('ready')
  for (;;) {
    // Read here, or nobody would hold the memory that the call is given.
    if (entry[0] === socket) syscalls.poll(entryAddress, 1, -1)
    const count = received.receive(socket)
    for (let at = 0; at < count; at += 1) {
      packet.start = received.startOf(at)
      packet.end = packet.start + received.takeLength(at)
      const key = received.names.key(at)
      let to = pairs.partner(key)
      if (packet.end - packet.start === firstBytes) {
        to = new Party(received.names.copy(at))
        pairs.join(received.bytes[packet.start] ?? 0, key, to)
      }
      if (to !== undefined) sends.add(to, packet)
    }
    sends.flush()
  }
}

const forwardByDgram = (port: number): void => {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: socketBytes,
    lookup: (address, _options, found) => found(null, address, 4)
  })
  const pairs = new Pairs<number, number>()
  socket.on('message', (bytes, from) => {
    if (bytes.length === firstBytes) {
      pairs.join(bytes[0] ?? 0, from.port, from.port)
      socket.send(bytes, from.port, host)
      return
    }
    const to = pairs.partner(from.port)
    if (to !== undefined) socket.send(bytes, 0, bytes.length, to, host)
  })
  socket.bind(port, host, () => process.send?.('ready'))
}

export const beForwarder = (kind: Forwarder, port: number): void => {
  if (kind === 'dgram') forwardByDgram(port)
  else forwardByMmsg(port, kind === 'mmsg-gso')
}
