/**
 * The protocol of the Socket.IO room demo, the client's end, for servers of other people.
 * - Nobody in a room can be told from another, or named: there is one peer, the room, which is there when
 *   somebody has been heard.
 * - `user_here` asks to be called. Whoever is called by nobody hears it of those who come later.
 * - No word ends a call: only leaving does.
 * - Texts carry their author; whoever says nothing goes by no name.
 */
import * as v from 'valibot'
import { type Codec, decoded, unreachable } from '../core/codec.ts'
import { mainLobby } from '../core/names.ts'
import { type Description, bodyOf } from '../core/signal.ts'
import { type ForeignNews, type ForeignSaid, type ForeignSignal, foreignPeer } from './foreign.ts'
import { nested, parseAs } from './parse.ts'
import { candidateJson, candidateSchema, descriptionJson, descriptionSchema } from './w3c.ts'

export interface RoomEvent {
  readonly event: string
  readonly payload: unknown
}

export interface RoomSaid {
  readonly said: ForeignSaid
  readonly lobby: string
  /** The name that the sender's texts go by. */
  readonly name: string
}

/** Whoever is heard. */
export const roomPeer = foreignPeer('room', 'room', 'rooms')

/** The demo's page joins rooms of these names. */
const roomsOf = (lobby: string) =>
  lobby === mainLobby
    ? { chat_room: 'chat', signal_room: 'signal_room', files_room: 'files' }
    : { chat_room: `${lobby}-chat`, signal_room: lobby, files_room: `${lobby}-files` }

const heard = (signal: ForeignSignal): ForeignNews => ({ type: 'signal', from: roomPeer.id, signal })

const signaling = v.variant('type', [
  v.pipe(
    v.object({ type: v.literal('user_here') }),
    v.transform((): ForeignNews => ({ type: 'present', peer: roomPeer }))
  ),
  v.pipe(
    v.object({
      type: v.literal('SDP'),
      message: nested(v.object({ sdp: descriptionSchema('offer', 'answer', 'pranswer') }))
    }),
    v.transform(({ message }) => heard({ type: 'description', description: message.sdp }))
  ),
  v.pipe(
    v.object({
      type: v.literal('ice candidate'),
      message: nested(v.object({ candidate: candidateSchema }))
    }),
    v.transform(({ message }) => heard({ type: 'candidate', candidate: message.candidate }))
  )
])

const text = (from: string, text: string): ForeignNews => ({
  type: 'text',
  from,
  text: bodyOf(text),
  sentAt: null
})

const serverEvent = v.variant('event', [
  v.object({ event: v.literal('signaling_message'), payload: signaling }),
  v.object({
    event: v.literal('message'),
    payload: v.pipe(
      v.object({ author: v.optional(v.pipe(v.string(), v.maxLength(256)), ''), message: v.string() }),
      v.transform(({ author, message }) => text(author, message))
    )
  }),
  v.object({
    event: v.literal('announce'),
    payload: v.pipe(
      v.object({ message: v.string() }),
      v.transform(({ message }) => text('', message))
    )
  })
])
const events = new Set<unknown>(serverEvent.options.map(({ entries }) => entries.event.literal))

const signal = (lobby: string, type: string, message: string): RoomEvent => ({
  event: 'signal',
  payload: { type, message, room: roomsOf(lobby).signal_room }
})

/** What a client says when it comes: where it wants to be, and that it is there. */
export const entrance = (lobby: string): readonly RoomEvent[] => [
  { event: 'ready', payload: roomsOf(lobby) },
  signal(lobby, 'user_here', 'Are you ready for a call?')
]

const describe = (lobby: string, description: Description): readonly RoomEvent[] =>
  description.type === 'rollback'
    ? []
    : [signal(lobby, 'SDP', JSON.stringify({ sdp: descriptionJson(description) }))]

const sayInRoom = (lobby: string, said: ForeignSignal): readonly RoomEvent[] => {
  switch (said.type) {
    case 'description':
      return describe(lobby, said.description)
    case 'candidate':
      // A page was never sent an end-of-candidates, and an old one fails on it.
      return said.candidate.candidate === ''
        ? []
        : [signal(lobby, 'ice candidate', JSON.stringify({ candidate: candidateJson(said.candidate) }))]
    case 'bye':
      return []
    default:
      return unreachable(said)
  }
}

/** Events of another kind, such as files that are on their way elsewhere, say nothing: `null`. */
export const roomsClientCodec: Codec<RoomEvent, ForeignNews | null, RoomSaid> = {
  decode(frame) {
    if (!events.has(frame.event)) return decoded(null)
    const parsed = parseAs(serverEvent, frame)
    return parsed.ok ? decoded(parsed.message.payload) : parsed
  },
  encode({ said, lobby, name }) {
    switch (said.type) {
      case 'signal':
        return sayInRoom(lobby, said.signal)
      case 'text': {
        const room = roomsOf(lobby).chat_room
        return [{ event: 'send', payload: { author: name, message: said.text.text(), room } }]
      }
      case 'name':
        return []
      default:
        return unreachable(said)
    }
  }
}
