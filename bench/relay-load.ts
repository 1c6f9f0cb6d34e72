/**
 * The clients of the relay benchmark, in a process of their own: pairs that send to each other at a pace.
 * They use the same system calls as the server's fast way, so as not to be the slower part.
 */
import { BATCH, ReceiveBatch } from '../src/server/mmsg/receive-batch.ts'
import { type Recipient, SendBatch } from '../src/server/mmsg/send-batch.ts'
import { socketName } from '../src/server/mmsg/socket-name.ts'
import {
  AF_INET,
  POLLIN,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  loadSyscalls,
  systemError
} from '../src/server/mmsg/syscalls.ts'
import type { METHOD } from '../src/stun/message.ts'
import { Reply, type Said, TurnSession, udp } from '../test/support/turn-session.ts'

export interface Credential {
  readonly username: string
  readonly credential: string
}

export type Command =
  /** Pairs of clients of a TURN server. */
  | {
      readonly type: 'relay'
      readonly port: number
      readonly pairs: readonly (readonly [Credential, Credential])[]
    }
  /** Pairs of a forwarder, which knows them by their first datagrams. */
  | { readonly type: 'forward'; readonly port: number; readonly pairs: number }
  /** Pairs with nothing between them. */
  | { readonly type: 'direct'; readonly pairs: number }
  | ({ readonly type: 'run' } & Pace)
  /** Allocations, and nothing else. */
  | { readonly type: 'allocate'; readonly port: number; readonly credentials: readonly Credential[] }

export interface Pace {
  readonly perSecond: number
  readonly ms: number
  /** How many a client sends at a time. */
  readonly burst: number
}

export interface Outcome {
  readonly sent: number
  readonly received: number
  readonly p50Us: number
  readonly p99Us: number
}

const host = '127.0.0.1'
const channel = 0x4000
const channelHeaderBytes = 4
const payloadBytes = 1_200
const packetBytes = channelHeaderBytes + payloadBytes
const socketBytes = 8 * 1_024 * 1_024
const answerMs = 2_000
/** How long the last packets may be on their way. */
const drainMs = 50
const maxTimes = 1_000_000

const syscalls = loadSyscalls()
const received = new ReceiveBatch(syscalls)
const packets = Buffer.alloc(BATCH * packetBytes)
const outgoing = { bytes: packets, address: syscalls.addressOf(packets) }
for (let at = 0; at < BATCH; at += 1) {
  packets.writeUInt16BE(channel, at * packetBytes)
  packets.writeUInt16BE(payloadBytes, at * packetBytes + 2)
}

const checked = (call: string, answer: number): number => {
  if (answer < 0) throw systemError(call, answer)
  return answer
}

/** What cannot be sent counts as lost. */
const onError = (): void => {}

class Client implements Recipient {
  readonly file = checked('socket', syscalls.socket(AF_INET))
  takesRuns = false
  run = -1
  runOf = -1
  readonly #name: Uint32Array
  readonly #sends: SendBatch
  readonly #entry = Int32Array.of(this.file, POLLIN)
  readonly #entryAddress = syscalls.addressOf(new Uint8Array(this.#entry.buffer))

  /** From this address of loopback, for servers answer strangers of one address only so often. */
  constructor(port: number, from = host, own = 0) {
    checked('bind', syscalls.bind(this.file, socketName(from, own, syscalls)))
    if (syscalls.setOption(this.file, SO_RCVBUFFORCE, socketBytes) < 0)
      syscalls.setOption(this.file, SO_RCVBUF, socketBytes)
    this.#name = new Uint32Array(socketName(host, port, syscalls).slice().buffer)
    this.#sends = new SendBatch({ syscalls, socket: this.file, received: outgoing, hasRuns: false, onError })
  }

  get name(): Uint32Array {
    return this.#name
  }

  /** As many packets at once, which say when that was. */
  burst(count: number): void {
    const now = performance.now()
    for (let at = 0; at < count; at += 1) {
      const start = at * packetBytes
      packets.writeDoubleLE(now, start + channelHeaderBytes)
      this.#sends.add(this, { bytes: packets, start, end: start + packetBytes })
    }
    this.#sends.flush()
  }

  /** Sends one datagram and waits for one. */
  exchange(bytes: Uint8Array): Uint8Array {
    this.#sends.add(this, { bytes, start: 0, end: bytes.length })
    this.#sends.flush()
    if (syscalls.poll(this.#entryAddress, 1, answerMs) < 1) throw new Error('no answer')
    const count = checked('recvmmsg', received.receive(this.file))
    const [answer] = Array.from({ length: count }, (_, at) => {
      const start = received.startOf(at)
      return Uint8Array.from(received.bytes.subarray(start, start + received.takeLength(at)))
    })
    return answer ?? new Uint8Array()
  }

  close(): void {
    syscalls.close(this.file)
  }
}

const ask =
  (client: Client, session: TurnSession) => (method: keyof typeof METHOD, said: readonly Said[]) => {
    const first = new Reply(client.exchange(session.write(method, said)))
    session.learn(first)
    const reply = first.code === 401 ? new Reply(client.exchange(session.write(method, said))) : first
    if (reply.code !== 0) throw new Error(`${method}: ${reply.code}`)
    return reply
  }

const allocated = (
  port: number,
  { username, credential }: Credential,
  own: { readonly from: string; readonly port: number } = { from: host, port: 0 }
) => {
  const client = new Client(port, own.from, own.port)
  const asking = ask(client, new TurnSession({ username, password: credential }))
  return { client, ask: asking, relayed: asking('allocate', [udp]).address('xorRelayedAddress') }
}

const relayedPair = (port: number, credentials: readonly [Credential, Credential]): readonly Client[] => {
  const [one, other] = [allocated(port, credentials[0]), allocated(port, credentials[1])]
  const bind = (from: typeof one, to: typeof one): void => {
    from.ask('channelBind', [
      ['channelNumber', channel * 0x10000],
      ['xorPeerAddress', to.relayed]
    ])
  }
  bind(one, other)
  bind(other, one)
  return [one.client, other.client]
}

const forwardedPair = (port: number, pair: number): readonly Client[] =>
  [0, 1].map((side) => {
    const client = new Client(port)
    client.exchange(Uint8Array.of(pair, side))
    return client
  })

/** Each sends to the port of the other. */
const directPair = (firstPort: number): readonly Client[] =>
  [firstPort, firstPort + 1].map((own, at) => {
    const other = at === 0 ? firstPort + 1 : firstPort
    return new Client(other, host, own)
  })

/** Below the ports that systems give to sockets by themselves. */
const directPorts = 21_000
const fillPorts = 22_000

const connect = (command: Command): readonly Client[] => {
  switch (command.type) {
    case 'relay':
      return command.pairs.flatMap((pair) => relayedPair(command.port, pair))
    case 'forward':
      return Array.from({ length: command.pairs }, (_, at) => forwardedPair(command.port, at)).flat()
    case 'direct':
      return Array.from({ length: command.pairs }, (_, at) => directPair(directPorts + 2 * at)).flat()
    default:
      return []
  }
}

class Load {
  readonly #clients: readonly Client[]
  readonly #entries: Int32Array
  readonly #entriesAddress: number
  readonly #times = new Float64Array(maxTimes)
  #received = 0

  constructor(clients: readonly Client[]) {
    this.#clients = clients
    this.#entries = Int32Array.from(clients.flatMap(({ file }) => [file, POLLIN]))
    this.#entriesAddress = syscalls.addressOf(new Uint8Array(this.#entries.buffer))
  }

  /** Each client sends in its turn, for so long, and all of them listen. */
  run({ perSecond, ms, burst }: Pace): Outcome {
    for (const began = performance.now(); performance.now() - began < drainMs;) this.#listen()
    this.#received = 0
    let sent = 0
    let next = 0
    const began = performance.now()
    for (let passed = 0; passed < ms + drainMs; passed = performance.now() - began) {
      const due = passed < ms ? (passed * perSecond) / 1_000 : 0
      if (sent + burst <= due) {
        this.#clients[next]?.burst(burst)
        next = (next + 1) % this.#clients.length
        sent += burst
      }
      // One that is behind with sending listens all the same, or what comes would be lost.
      this.#listen()
    }
    const times = this.#times.slice(0, Math.min(this.#received, maxTimes)).sort()
    const at = (part: number): number => (times[Math.floor(times.length * part)] ?? Number.NaN) * 1_000
    return { sent, received: this.#received, p50Us: at(0.5), p99Us: at(0.99) }
  }

  #listen(): void {
    if (syscalls.poll(this.#entriesAddress, this.#clients.length, 0) < 1) return
    for (const [at, { file }] of this.#clients.entries()) {
      if (Number(this.#entries[at * 2 + 1]) >>> 16 === 0) continue
      const count = received.receive(file)
      const now = performance.now()
      for (let one = 0; one < count; one += 1) {
        received.takeLength(one)
        const stamp = received.bytes.readDoubleLE(received.startOf(one) + channelHeaderBytes)
        this.#times[this.#received] = now - stamp
        this.#received += 1
      }
    }
  }
}

/** Does what it is told by the process that it belongs to. */
export const beLoad = (): void => {
  let load = new Load([])
  let filled = 0
  process.on('message', (command: Command) => {
    if (command.type === 'run') {
      process.send?.(load.run(command))
      return
    }
    if (command.type === 'allocate') {
      for (const one of command.credentials) {
        // Never twice the same: the one before has its allocation still.
        filled += 1
        allocated(command.port, one, {
          from: `127.0.1.${1 + (filled % 250)}`,
          port: fillPorts + filled
        }).client.close()
      }
    } else load = new Load(connect(command))
    process.send?.('done')
  })
  process.send?.('ready')
}
