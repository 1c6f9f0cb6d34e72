/** Pages of the Socket.IO room demo: an event and one object for each frame, with JSON in it. */
import * as v from 'valibot'
import type { ServerMessage } from '../../src/core/signal.ts'
import { type RoomsEvent, rooms, roomsCodec } from '../../src/dialects/rooms.ts'
import type { Hub } from '../../src/server/transport.ts'
import { type Client, type ConformingDialect, inbox, never, openLine } from './dialect.ts'

const inner = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    sdp: v.optional(v.object({ type: v.picklist(['offer', 'answer']), sdp: v.string() })),
    candidate: v.optional(v.object({ candidate: v.string() }))
  })
)
const told = v.variant('event', [
  v.object({
    event: v.literal('signaling_message'),
    payload: v.object({ type: v.string(), message: v.string() })
  }),
  v.object({ event: v.literal('announce'), payload: v.object({ message: v.string() }) }),
  v.object({ event: v.literal('message'), payload: v.object({ message: v.string() }) })
])

class RoomPage implements Client {
  readonly #inbox = inbox()
  readonly #line
  name = ''

  constructor(hub: Hub) {
    this.#line = openLine<RoomsEvent>(hub, rooms, {
      decode(frame) {
        const decoded = roomsCodec.decode(frame)
        return decoded.ok ? { ok: true, message: decoded.message.messages } : decoded
      },
      deliver: (message) => this.#deliver(message)
    })
    const payload = { chat_room: 'chat', signal_room: 'signal_room', files_room: 'files' }
    this.#line.send({ event: 'ready', payload })
  }

  readonly sees = never()

  call(_name: string, sdp: string): void {
    this.offer(sdp)
  }

  askToBeCalled(): void {
    this.#signal('user_here', 'Are you ready for a call?')
  }

  answer(sdp: string): void {
    this.#signal('SDP', JSON.stringify({ sdp: { type: 'answer', sdp } }))
  }

  offer(sdp: string): void {
    this.#signal('SDP', JSON.stringify({ sdp: { type: 'offer', sdp } }))
  }

  findCandidate(line: string): void {
    const candidate = { candidate: line, sdpMid: '0', sdpMLineIndex: 0 }
    this.#signal('ice candidate', JSON.stringify({ candidate }))
  }

  readonly decline = never()
  readonly hangUp = never()

  chat(message: string): void {
    this.#line.send({ event: 'send', payload: { author: '', message, room: 'chat' } })
  }

  leave(): void {
    this.#line.close()
  }

  heard() {
    return this.#inbox.take()
  }

  #signal(type: string, message: string): void {
    this.#line.send({ event: 'signal', payload: { type, message, room: 'signal_room' } })
  }

  #deliver(message: ServerMessage): void {
    if (message.type === 'welcome') this.name = message.you.name
    for (const frame of roomsCodec.encode(message)) this.#hear(v.parse(told, frame))
  }

  #hear(frame: v.InferOutput<typeof told>): void {
    if (frame.event === 'announce') this.#inbox.put({ type: 'notice', text: frame.payload.message })
    else if (frame.event === 'message') this.#inbox.put({ type: 'chat', text: frame.payload.message })
    else if (frame.payload.type === 'user_here') this.#inbox.put({ type: 'asked-to-call' })
    else {
      const { sdp, candidate } = v.parse(inner, frame.payload.message)
      if (sdp !== undefined) this.#inbox.put(sdp)
      if (candidate !== undefined) this.#inbox.put({ type: 'candidate', line: candidate.candidate })
    }
  }
}

export const roomsDialect: ConformingDialect = {
  name: rooms.name,
  join: (hub) => new RoomPage(hub),
  cannot: {
    'see the others': 'The page shows nobody.',
    'choose whom to call': 'The page calls whoever says that it is here.',
    decline: 'The page answers by itself.',
    'hang up': 'The page has no such word: it leaves.',
    'hear of the end': 'The page has no such word: it shows a line of text.'
  },
  knowsCalls: false
}
