/** A TURN client over UDP, for tests against a server that runs. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { METHOD } from '../../src/stun/message.ts'
import type { TransportAddress } from '../../src/stun/address.ts'
import { Reply, type Said, TurnSession, udp } from './turn-session.ts'

export interface TurnSocket extends AsyncDisposable {
  readonly session: TurnSession
  /** Of its allocation. */
  readonly relayed: TransportAddress
  send(bytes: Uint8Array): void
  /** The next datagram. */
  next(): Promise<Uint8Array>
  /** Whether nothing comes for a moment. */
  hearsNothing(): Promise<boolean>
  /** Asks, and asks again when it has learned how to sign. */
  ask(method: keyof typeof METHOD, said?: readonly Said[]): Promise<Reply>
  allocate(): Promise<Reply>
}

const quietMs = 200

export const turnSocket = async (
  server: { readonly host: string; readonly port: number },
  credentials: { readonly username: string; readonly credential: string }
): Promise<TurnSocket> => {
  const socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4')
  socket.connect(server.port, server.host)
  await once(socket, 'connect')
  const session = new TurnSession({ username: credentials.username, password: credentials.credential })
  const received: Uint8Array[] = []
  const waiting: ((bytes: Uint8Array) => void)[] = []
  let relayed: TransportAddress = { address: new Uint8Array(), port: 0 }
  socket.on('message', (bytes) => {
    const take = waiting.shift()
    if (take === undefined) received.push(bytes)
    else take(bytes)
  })

  const next = (): Promise<Uint8Array> => {
    const bytes = received.shift()
    return bytes === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(bytes)
  }
  const askOnce = async (method: keyof typeof METHOD, said: readonly Said[]): Promise<Reply> => {
    socket.send(session.write(method, said))
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
    send: (bytes) => socket.send(bytes),
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
    async [Symbol.asyncDispose]() {
      socket.close()
      await once(socket, 'close')
    }
  }
}
