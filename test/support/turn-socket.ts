/** A TURN client over UDP, TCP or TLS, for tests against a server that runs. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type Socket, connect as connectTcp, isIPv6 } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { METHOD } from '../../src/stun/message.ts'
import type { TransportAddress } from '../../src/stun/address.ts'
import { StreamCutter } from '../../src/turn/stream.ts'
import { Reply, type Said, TurnSession, udp } from './turn-session.ts'

export type Transport = 'udp' | 'tcp' | 'tls'

interface Address {
  readonly host: string
  readonly port: number
}

interface Credentials {
  readonly username: string
  readonly credential: string
}

export interface TurnSocket extends AsyncDisposable {
  readonly session: TurnSession
  /** Of its allocation. */
  readonly relayed: TransportAddress
  /** One message, or over a stream any bytes at all. */
  send(bytes: Uint8Array): void
  /** The next message. Rejects when none can come any more. */
  next(): Promise<Uint8Array>
  /** Whether nothing comes for a moment. */
  hearsNothing(): Promise<boolean>
  /** Asks, and asks again when it has learned how to sign. */
  ask(method: keyof typeof METHOD, said?: readonly Said[]): Promise<Reply>
  allocate(): Promise<Reply>
  /** The connection of a stream. */
  readonly stream: Socket
}

const quietMs = 200

/** What moves the messages of a client. */
interface Line {
  send(bytes: Uint8Array): void
  close(): Promise<void>
  readonly stream: Socket | null
}

interface Waiting {
  readonly resolve: (bytes: Uint8Array) => void
  readonly reject: (error: Error) => void
}

interface Ears {
  message(bytes: Uint8Array): void
  ended(): void
}

const overUdp = async ({ host, port }: Address, ears: Ears): Promise<Line> => {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  socket.connect(port, host)
  await once(socket, 'connect')
  socket.on('message', (bytes) => ears.message(bytes))
  return {
    stream: null,
    send: (bytes) => socket.send(bytes),
    async close() {
      socket.close()
      await once(socket, 'close')
    }
  }
}

const overStream = async ({ host, port }: Address, secure: boolean, ears: Ears): Promise<Line> => {
  const stream = secure ? connectTls({ host, port, rejectUnauthorized: false }) : connectTcp({ host, port })
  stream.setNoDelay(true)
  await once(stream, secure ? 'secureConnect' : 'connect')
  const cutter = new StreamCutter()
  stream.on('data', (piece: Uint8Array) => {
    for (const bytes of cutter.take(piece, 100_000).messages) ears.message(bytes)
  })
  stream.on('error', () => stream.destroy())
  stream.on('close', () => ears.ended())
  return {
    stream,
    send: (bytes) => stream.write(bytes),
    async close() {
      if (stream.closed) return
      stream.destroy()
      await once(stream, 'close')
    }
  }
}

export const turnSocket = async (
  server: Address,
  { username, credential }: Credentials,
  transport: Transport = 'udp'
): Promise<TurnSocket> => {
  const session = new TurnSession({ username, password: credential })
  const received: Uint8Array[] = []
  const waiting: Waiting[] = []
  let relayed: TransportAddress = { address: new Uint8Array(), port: 0 }
  let ended = false
  const ears: Ears = {
    message(bytes) {
      const take = waiting.shift()
      if (take === undefined) received.push(bytes)
      else take.resolve(bytes)
    },
    ended() {
      ended = true
      for (const { reject } of waiting.splice(0)) reject(new Error('the connection is closed'))
    }
  }
  const line =
    transport === 'udp' ? await overUdp(server, ears) : await overStream(server, transport === 'tls', ears)

  const next = (): Promise<Uint8Array> => {
    const bytes = received.shift()
    if (bytes !== undefined) return Promise.resolve(bytes)
    if (ended) return Promise.reject(new Error('the connection is closed'))
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
  }
  const askOnce = async (method: keyof typeof METHOD, said: readonly Said[]): Promise<Reply> => {
    line.send(session.write(method, said))
    return new Reply(await next())
  }
  const ask = async (method: keyof typeof METHOD, said: readonly Said[] = []): Promise<Reply> => {
    const first = await askOnce(method, said)
    if (first.code !== 401 && first.code !== 438) return first
    session.learn(first)
    return askOnce(method, said)
  }
  return {
    session,
    get relayed() {
      return relayed
    },
    get stream() {
      if (line.stream === null) throw new Error('there is no connection over UDP')
      return line.stream
    },
    send: (bytes) => line.send(bytes),
    next,
    async hearsNothing() {
      await new Promise((resolve) => {
        setTimeout(resolve, quietMs)
      })
      return received.length === 0
    },
    ask,
    async allocate() {
      const reply = await ask('allocate', [udp])
      if (reply.code === 0) relayed = reply.address('xorRelayedAddress')
      return reply
    },
    [Symbol.asyncDispose]: () => line.close()
  }
}
