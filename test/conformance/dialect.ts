/**
 * What the suite knows of a dialect: clients that put what they say into its frames, and that say what
 * they make of the frames they are sent. The frames go through the dialect's own codec, to a real hub.
 */
import type { Decoded } from '../../src/core/codec.ts'
import type { ClientMessage, ServerMessage } from '../../src/core/signal.ts'
import type { Dialect, Hub } from '../../src/server/transport.ts'

/** What a client makes of what it is told; `notice` is a line for its person, from the server itself. */
export type Heard =
  | { readonly type: 'offer' | 'answer'; readonly sdp: string }
  | { readonly type: 'candidate'; readonly line: string }
  | { readonly type: 'over' }
  | { readonly type: 'asked-to-call' }
  | { readonly type: 'chat' | 'notice'; readonly text: string }

export type Feat =
  | 'see the others'
  | 'choose whom to call'
  | 'ask to be called'
  | 'decline'
  | 'hang up'
  | 'hear of the end'
  | 'chat'

export interface Client {
  /** As the others know it. */
  readonly name: string
  sees(): readonly string[]
  /** Calls this one; who cannot choose calls whoever asked to be called. */
  call(name: string, sdp: string): void
  askToBeCalled(): void
  answer(sdp: string): void
  /** Within a call. */
  offer(sdp: string): void
  findCandidate(line: string): void
  decline(): void
  hangUp(): void
  chat(text: string): void
  /** Its connection is gone. */
  leave(): void
  /** Since it was last asked. */
  heard(): readonly Heard[]
}

export interface ConformingDialect {
  readonly name: string
  /** A client that has signed in, under this name where it has one. */
  join(hub: Hub, name: string): Client
  /** What its clients cannot do, and why. */
  readonly cannot: Partial<Readonly<Record<Feat, string>>>
  /** Its clients tell calls apart, and keep candidates that come before their description. */
  readonly knowsCalls: boolean
}

/** The server's end of one client: its codec between it and the hub. */
export interface Line<Frame> {
  send(frame: Frame): void
  close(): void
}

/** Opens a line; a frame that cannot be decoded, or a hub that refuses, is a fault of the test. */
export const openLine = <Frame>(
  hub: Hub,
  dialect: Dialect,
  {
    decode,
    deliver
  }: {
    readonly decode: (frame: Frame) => Decoded<readonly ClientMessage[]>
    readonly deliver: (message: ServerMessage) => void
  }
): Line<Frame> => {
  const connection = hub.connect(dialect, '127.0.0.1', { deliver, close() {} })
  if ('code' in connection) throw new Error(connection.reason)
  return {
    send(frame) {
      const decoded = decode(frame)
      if (!decoded.ok) throw new Error(decoded.reason)
      decoded.message.forEach((message) => connection.receive(message))
    },
    close: () => connection.closed()
  }
}

/** The end of a line towards the client's person. */
export const inbox = () => {
  let heard: Heard[] = []
  return {
    put: (...items: readonly Heard[]) => {
      heard.push(...items)
    },
    take(): readonly Heard[] {
      const taken = heard
      heard = []
      return taken
    }
  }
}

/** What a client does not do. Whoever asks it to has overlooked what the dialect lists. */
export const never =
  (why = 'not in this dialect') =>
  (): never => {
    throw new Error(why)
  }
