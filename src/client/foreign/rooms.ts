/** The SDK on servers that speak the protocol of the Socket.IO room demo. */
import { mainLobby } from '../../core/names.ts'
import { foreignPeer, type ForeignSaid } from '../../dialects/foreign.ts'
import { entrance, roomPeer, roomsClientCodec } from '../../dialects/rooms-client.ts'
import { lineOver } from '../connect.ts'
import { CallError } from '../errors.ts'
import type { Platform } from '../platform.ts'
import type { ConnectOptions, Line } from '../types.ts'
import { ForeignClient } from './foreign-client.ts'
import { platformWithoutSocket } from './platform.ts'
import type { Wire, WireHandlers } from './wire.ts'

export { CallError }

/** The part of a socket of `socket.io-client` that is used. */
export interface RoomSocket {
  on(event: 'connect', listener: () => void): unknown
  on(event: 'connect_error', listener: (error: Error) => void): unknown
  on(event: 'disconnect', listener: (reason: string) => void): unknown
  onAny(listener: (event: string, payload: unknown) => void): unknown
  emit(event: string, payload: unknown): unknown
  disconnect(): unknown
}

export type OpenRoomSocket = (
  url: string,
  options: { readonly reconnection: false; readonly forceNew: true }
) => RoomSocket

/** Without what the protocol has no words for: instant answers, secrets and sizes. */
export interface RoomsOptions extends Omit<
  ConnectOptions,
  'instantAnswer' | 'previewCaller' | 'secret' | 'size'
> {
  /** The `io` of `socket.io-client`; the installed package is loaded unless told. */
  readonly io?: OpenRoomSocket
}

const insistOnAddress = (url: string | URL): string => {
  if (URL.canParse(url) && /^(http|ws)s?:$/.test(new URL(url).protocol)) return new URL(url).href
  throw new CallError(
    'unreachable',
    `${url} is no address of a server: use one like https://calls.example.org:3000.`
  )
}

interface RoomWireOptions {
  readonly url: string
  readonly lobby: string
  readonly asked: string
  readonly io: OpenRoomSocket
  readonly handlers: WireHandlers
}

class RoomWire implements Wire {
  readonly #options: RoomWireOptions
  readonly #socket: RoomSocket
  #name: string

  constructor(options: RoomWireOptions) {
    const { url, lobby, asked, io, handlers } = options
    this.#options = options
    this.#name = asked
    this.#socket = io(url, { reconnection: false, forceNew: true })
    this.#socket.on('connect', () => {
      for (const { event, payload } of entrance(lobby)) this.#socket.emit(event, payload)
      handlers.opened({ self: foreignPeer('', asked, 'rooms'), asked, peers: [] })
    })
    this.#socket.on('connect_error', (cause) => this.#lose(cause))
    this.#socket.on('disconnect', (reason) => this.#lose(new Error(reason)))
    this.#socket.onAny((event, payload) => {
      const decoded = roomsClientCodec.decode({ event, payload })
      // Junk is the mistake of whoever has sent it.
      if (decoded.ok && decoded.message !== null) handlers.news(decoded.message)
    })
  }

  say(said: ForeignSaid): boolean {
    const { lobby, handlers } = this.#options
    if (said.type === 'name') {
      this.#name = said.name
      handlers.news({ type: 'named', name: said.name })
    }
    for (const { event, payload } of roomsClientCodec.encode({ said, lobby, name: this.#name })) {
      this.#socket.emit(event, payload)
    }
    // A call is ended by leaving, and by coming back as somebody else.
    if (said.type === 'signal' && said.signal.type === 'bye') {
      this.#socket.disconnect()
      this.#lose(new Error('The call is over.'))
    }
    return true
  }

  close(): Promise<void> {
    this.#socket.disconnect()
    return Promise.resolve()
  }

  #lose(cause: Error): void {
    const { url, handlers } = this.#options
    handlers.closed(
      new CallError('unreachable', `The server at ${url} cannot be reached: check the address.`, { cause })
    )
  }
}

const load = async (): Promise<OpenRoomSocket> => {
  try {
    const { io } = await import('socket.io-client')
    return (url, options) => io(url, options)
  } catch (cause) {
    const sentence = 'This server needs the package `socket.io-client`: install it, or pass its `io`.'
    throw new CallError('unsupported', sentence, { cause })
  }
}

/** `connect` on a platform of one's own. */
export const connectOn = async (
  platform: Platform,
  url: string | URL,
  { io, ...options }: RoomsOptions
): Promise<Line> => {
  const { lobby = mainLobby } = options
  const way = { url: insistOnAddress(url), lobby, io: io ?? (await load()) }
  return lineOver(
    platform,
    options,
    (handlers, name) =>
      new ForeignClient({
        platform,
        handlers,
        dialect: roomPeer.dialect,
        lobby,
        open: (handlers) => new RoomWire({ ...way, asked: name(), handlers })
      })
  )
}

/**
 * Signs in to somebody else's server of the room demo. There, nobody can be told from another: whoever is heard is
 * the one peer `room`, who can be called then; and whoever was there before calls us by itself. The protocol
 * has no word for the end of a call, so hanging up leaves and comes back, and the other end's is seen when its
 * media stops.
 *
 * @example
 * const line = await connect('https://calls.example.org:3000', { name: 'Ada' })
 * line.addEventListener('call', ({ detail: { call } }) => call.accept())
 */
export const connect = async (url: string | URL, options: RoomsOptions): Promise<Line> =>
  connectOn(platformWithoutSocket(options.rtc), url, options)
