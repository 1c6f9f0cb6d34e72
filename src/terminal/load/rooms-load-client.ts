/**
 * A client of the room demo that holds only what its calls need, on a WebSocket without the polling that Socket.IO begins
 * with. Nobody is named there, so that each pair has a room of its own; who is heard is the partner. No word ends a call:
 * who hangs up leaves and comes back, and the partner hears of that by a line of text, or else when the other is there again.
 *
 * @see https://socket.io/docs/v4/engine-io-protocol/ and https://socket.io/docs/v4/socket-io-protocol/
 */
import * as v from 'valibot'
import type { ForeignNews } from '../../dialects/foreign.ts'
import { type RoomEvent, entrance, roomPeer, roomsClientCodec } from '../../dialects/rooms-client.ts'
import type { ClientOptions, LoadClient } from './client.ts'
import { hearSignal, signalsOf, ufrags } from './foreign-load-client.ts'
import { type LoadSocket, openLoadSocket } from './load-socket.ts'
import type { Said } from './words.ts'

/** Engine.IO's kinds of packets, and Socket.IO's within its messages. */
const packets = {
  open: '0',
  ping: '2',
  pong: '3',
  connected: '40',
  disconnected: '41',
  event: '42',
  refused: '44'
} as const

const eventPayload = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseTuple([v.string(), v.unknown()]),
  v.transform(([event, payload]): RoomEvent => ({ event, payload }))
)

const socketUrl = (url: string): string => {
  const resolved = new URL('/socket.io/?EIO=4&transport=websocket', url)
  resolved.protocol = resolved.protocol.replace('http', 'ws')
  return resolved.href
}

export class RoomsLoadClient implements LoadClient {
  readonly #options: ClientOptions
  readonly #ufragOf = ufrags()
  #socket: LoadSocket
  #welcomed = false
  /** The partner has asked to be called. */
  #asked = false
  #inCall = false
  /** Waits for the partner to ask. */
  #invite: Said | null = null

  constructor(options: ClientOptions) {
    this.#options = options
    this.#socket = this.#enter()
  }

  say(said: Said): void {
    if (said.type === 'hang-up' || said.type === 'decline') return this.#leave()
    if (said.type === 'invite' && !this.#asked) {
      this.#invite = said
      return
    }
    if (said.type === 'invite' || said.type === 'answer') this.#inCall = true
    const { lobby, name } = this.#options
    for (const signal of signalsOf(said, this.#ufragOf(said))) {
      const what = { type: 'signal', to: roomPeer.id, signal } as const
      roomsClientCodec.encode({ said: what, lobby, name }).forEach((event) => this.#emit(event))
    }
  }

  close(): void {
    this.#socket.close()
  }

  #enter(): LoadSocket {
    return openLoadSocket({ url: socketUrl(this.#options.url) }, this.#options, {
      opened: () => {},
      received: (bytes) => this.#receive(bytes.toString()),
      ended: () => {}
    })
  }

  /** The end of a call, and the begin of a new presence. */
  #leave(): void {
    this.#socket.close()
    this.#asked = false
    this.#inCall = false
    this.#invite = null
    this.#socket = this.#enter()
  }

  #emit({ event, payload }: RoomEvent): void {
    this.#socket.send(`${packets.event}${JSON.stringify([event, payload])}`)
  }

  #receive(text: string): void {
    if (text.startsWith(packets.open)) return this.#socket.send(packets.connected)
    if (text.startsWith(packets.ping)) return this.#socket.send(packets.pong)
    switch (text.slice(0, 2)) {
      case packets.connected:
        return this.#arrive()
      case packets.event:
        return this.#receiveEvent(text.slice(2))
      case packets.disconnected:
      case packets.refused:
        return this.#socket.fail({ type: this.#welcomed ? 'lost' : 'unreachable', detail: 'disconnected' })
      default:
    }
  }

  #arrive(): void {
    this.#socket.settle()
    entrance(this.#options.lobby).forEach((event) => this.#emit(event))
    if (this.#welcomed) return
    this.#welcomed = true
    this.#options.handlers.welcomed(this.#options.name)
  }

  #receiveEvent(text: string): void {
    const event = v.safeParse(eventPayload, text)
    const news = event.success ? roomsClientCodec.decode(event.output) : null
    if (news?.ok !== true)
      return this.#socket.fail({ type: 'violated', detail: news?.reason.slice(0, 80) ?? 'not an event' })
    if (news.message !== null) this.#hear(news.message)
  }

  #hear(news: ForeignNews): void {
    const { handlers, partner } = this.#options
    switch (news.type) {
      case 'present':
        this.#end()
        return this.#beAsked()
      case 'text':
        // What a server says, it says of a call.
        return news.from === '' ? this.#end() : undefined
      case 'signal':
        return hearSignal(news.signal, partner, handlers)
      default:
    }
  }

  #end(): void {
    if (!this.#inCall) return
    this.#inCall = false
    this.#asked = false
    this.#options.handlers.heard({ type: 'ended', call: null, reason: null })
  }

  /** Of two that have come, the callee asks, whoever was there first. */
  #beAsked(): void {
    const { side, lobby } = this.#options
    if (side === 'callee')
      return entrance(lobby)
        .slice(1)
        .forEach((event) => this.#emit(event))
    this.#asked = true
    const invite = this.#invite
    this.#invite = null
    if (invite !== null) this.say(invite)
  }
}
