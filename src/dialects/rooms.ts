/**
 * The protocol of the Socket.IO room demo: an event and one object for each frame. Its quirks:
 * - nobody has a name in it but in chat: an `author` is taken as the name its sender goes by from then on;
 * - a signal went to everybody in its room; here it reaches the one party of the sender's call;
 * - `user_here` asks to be called, by whoever waits longest, for its client cannot choose whom to call;
 * - no word ends a call: the page is told by a line of text (`announce`), and keeps its connection;
 * - the page puts texts into its HTML: nothing that it is sent starts a tag.
 */
import * as v from 'valibot'
import { type Codec, unreachable } from '../core/codec.ts'
import { type ClientMessage, type Description, type ServerMessage, bodyOf } from '../core/signal.ts'
import { endedLine, inert, isWorthALine } from './chat-line.ts'
import { nested, parseAs } from './parse.ts'
import { candidateJson, candidateSchema, descriptionJson, descriptionSchema } from './w3c.ts'

export const rooms = {
  name: 'rooms',
  abilities: { callControl: false, namesCallee: false, settleMs: 0, echoesText: true }
} as const

export interface RoomsEvent {
  readonly event: string
  readonly payload: unknown
}

/** What a page says: `ready` joins rooms, and anything else is said in one of them. */
export type RoomsSaid =
  | { readonly joins: readonly string[]; readonly messages: readonly ClientMessage[] }
  | { readonly room: string; readonly messages: readonly ClientMessage[] }

/** The room that the demo's page joins is the lobby where the clients of all protocols meet. */
const lobbyOf = (signalRoom: string): string => (signalRoom === 'signal_room' ? 'main' : signalRoom)

const room = v.pipe(v.string(), v.minLength(1), v.maxLength(64))

const signal = v.variant('type', [
  v.pipe(
    v.object({ type: v.literal('user_here'), room }),
    v.transform(({ room }) => inRoom(room, { type: 'ready' }))
  ),
  v.pipe(
    v.object({
      type: v.literal('SDP'),
      room,
      message: nested(v.object({ sdp: descriptionSchema('offer', 'answer', 'pranswer') }))
    }),
    v.transform(({ room, message }) =>
      inRoom(room, { type: 'description', to: { by: 'partner' }, description: message.sdp })
    )
  ),
  v.pipe(
    v.object({
      type: v.literal('ice candidate'),
      room,
      message: nested(v.object({ candidate: candidateSchema }))
    }),
    v.transform(({ room, message }) =>
      inRoom(room, { type: 'candidate', to: { by: 'partner' }, candidate: message.candidate })
    )
  )
])

const ready = v.pipe(
  v.object({ signal_room: room, chat_room: v.optional(room), files_room: v.optional(room) }),
  v.transform(({ signal_room, chat_room, files_room }): RoomsSaid => ({
    joins: [signal_room, chat_room, files_room].filter((room) => room !== undefined),
    messages: [{ type: 'sign-in', name: 'guest', lobby: lobbyOf(signal_room) }]
  }))
)

const send = v.pipe(
  v.object({ author: v.optional(v.pipe(v.string(), v.maxLength(256)), ''), message: v.string(), room }),
  v.transform(({ author, message, room }) => {
    const text: ClientMessage = { type: 'text', to: { by: 'lobby' }, text: bodyOf(message) }
    return author === '' ? inRoom(room, text) : inRoom(room, { type: 'rename', name: author }, text)
  })
)

const files = v.pipe(
  v.object({
    filename: v.pipe(v.string(), v.maxLength(1024)),
    filesize: v.pipe(v.number(), v.integer(), v.minValue(0)),
    room
  }),
  v.transform(({ filename: name, filesize: size, room }) => inRoom(room, { type: 'file', name, size }))
)

const inRoom = (room: string, ...messages: readonly ClientMessage[]): RoomsSaid => ({ room, messages })

const clientEvent = v.variant('event', [
  v.object({ event: v.literal('ready'), payload: ready }),
  v.object({ event: v.literal('signal'), payload: signal }),
  v.object({ event: v.literal('send'), payload: send }),
  v.object({ event: v.literal('files'), payload: files })
])

const signaling = (type: string, message: string): readonly RoomsEvent[] => [
  { event: 'signaling_message', payload: { type, message } }
]

/** JSON within JSON; a `<` in it is escaped, for some pages show what they are sent. */
const json = (value: object): string => JSON.stringify(value).replaceAll('<', String.raw`\u003c`)

const describe = (description: Description): readonly RoomsEvent[] =>
  description.type === 'rollback' ? [] : signaling('SDP', json({ sdp: descriptionJson(description) }))

const announce = (line: string): readonly RoomsEvent[] => [
  { event: 'announce', payload: { message: inert(line) } }
]

const encode = (message: ServerMessage): readonly RoomsEvent[] => {
  switch (message.type) {
    case 'ready':
      return signaling('user_here', 'Are you ready for a call?')
    case 'invite':
    case 'accept':
    case 'description':
      return message.description === null ? [] : describe(message.description)
    case 'candidate':
      // The page was never sent an end-of-candidates, and an old one fails on it.
      return message.candidate.candidate === ''
        ? []
        : signaling('ice candidate', json({ candidate: candidateJson(message.candidate) }))
    case 'text':
      return [
        {
          event: 'message',
          payload: { message: inert(message.text.text()), author: inert(message.from.name) }
        }
      ]
    case 'file':
      return [{ event: 'files', payload: { filename: inert(message.name), filesize: message.size } }]
    case 'ended': {
      const line = endedLine(message.from.name, message.reason)
      return line === null ? [] : announce(line)
    }
    case 'refused':
      return isWorthALine(message) ? announce(message.reason) : []
    case 'welcome':
    case 'renamed':
    case 'roster':
    case 'ice-servers':
    case 'ringing':
    case 'prepare':
    case 'ice-restart':
    case 'received':
    case 'rejoined':
      return []
    default:
      return unreachable(message)
  }
}

export const roomsCodec: Codec<RoomsEvent, RoomsSaid, ServerMessage> = {
  decode(frame) {
    const parsed = parseAs(clientEvent, frame)
    return parsed.ok ? { ok: true, message: parsed.message.payload } : parsed
  },
  encode
}
