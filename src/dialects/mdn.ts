/**
 * The protocol of MDN's "Signaling and video calling": one JSON object a frame. Its quirks:
 * - a client's own `name` and `id` in what it sends are not read: the sender is whose connection it is;
 * - a `hang-up` names no target and went to everybody; here it ends the sender's call, and only that;
 * - a name that is taken is answered with the next free one (`rejectusername`), as it always was;
 * - the page puts chat and names into its HTML: tags are stripped as they were, and no other starts one;
 * - it knows neither ringing nor reasons nor a no: what a person has to know is a line of chat.
 */
import * as v from 'valibot'
import { type Codec, decodeJson, unreachable } from '../core/codec.ts'
import {
  type Address,
  type ClientMessage,
  type Description,
  type EndReason,
  type Peer,
  type Refusal,
  type ServerMessage,
  bodyOf
} from '../core/signal.ts'
import { serverName } from '../core/names.ts'
import { endedLine, inert, isWorthALine } from './chat-line.ts'
import { parseAs } from './parse.ts'
import { candidateJson, candidateSchema, descriptionJson, descriptionSchema } from './w3c.ts'

export const mdn = {
  name: 'mdn',
  // The page reacts to an offer that comes while it still applies an answer by giving up on both. On a
  // very busy machine applying one was seen to take 1,150 ms.
  abilities: { callControl: false, namesCallee: true, settleMs: 1_200, echoesText: true }
} as const

/** A message and what its frames say of the one who reads them. */
export interface MdnNews {
  readonly message: ServerMessage
  readonly reader: MdnReader
  /** Milliseconds since 1970. */
  readonly now: number
}

export interface MdnReader {
  /** What the reader was told to be its id. */
  readonly id: number
  /** `null` before it has one. */
  readonly name: string | null
}

const name = v.pipe(v.string(), v.maxLength(256))
const target = v.pipe(name, v.minLength(1))

const to = (name: string): Address => ({ by: 'name', name })

/** What a page sends, and what it means. */
const clientFrame = v.variant('type', [
  v.pipe(
    v.object({ type: v.literal('username'), name }),
    // That the first one of a connection signs in is for its transport to know.
    v.transform(({ name }): ClientMessage => ({ type: 'rename', name }))
  ),
  v.pipe(
    v.object({ type: v.literal('message'), text: v.string(), target: v.nullish(name) }),
    v.transform(({ text, target }): ClientMessage => ({
      type: 'text',
      to: target ? to(target) : { by: 'lobby' },
      text: bodyOf(text)
    }))
  ),
  v.pipe(
    v.object({ type: v.literal('video-offer'), target, sdp: descriptionSchema('offer') }),
    v.transform(({ target, sdp }) => toDescription(target, sdp))
  ),
  v.pipe(
    v.object({ type: v.literal('video-answer'), target, sdp: descriptionSchema('answer', 'pranswer') }),
    v.transform(({ target, sdp }) => toDescription(target, sdp))
  ),
  v.pipe(
    v.object({ type: v.literal('new-ice-candidate'), target, candidate: candidateSchema }),
    v.transform(({ target, candidate }): ClientMessage => ({ type: 'candidate', to: to(target), candidate }))
  ),
  v.pipe(
    v.object({ type: v.literal('hang-up') }),
    v.transform((): ClientMessage => ({ type: 'hang-up', call: null, reason: 'hung-up' }))
  )
])

const toDescription = (target: string, description: Description): ClientMessage => ({
  type: 'description',
  to: to(target),
  description
})

/** What a page is told before anything else. */
export const idFrame = (id: number): string => JSON.stringify({ type: 'id', id })

/** As the original server did; up to the last `>` only, so that many a `<` before none costs nothing. */
const withoutTags = (text: string): string => {
  const end = text.lastIndexOf('>') + 1
  return text.slice(0, end).replace(/<[^>]+>/g, '') + text.slice(end)
}

const nobody = 0
const chat = (text: string, { id, date, name }: { id: number; date: number; name: string }) => ({
  text: inert(withoutTags(text)),
  type: 'message',
  id,
  date,
  name: inert(name)
})

const notice = (text: string, now: number) => chat(text, { id: nobody, date: now, name: serverName })

const userList = (peers: readonly Peer[]) => ({ type: 'userlist', users: peers.map(({ name }) => name) })

const nameGiven = (
  { you, asked }: Extract<ServerMessage, { type: 'welcome' | 'renamed' }>,
  { id }: MdnReader
) => (you.name === asked ? [] : [{ id, type: 'rejectusername', name: inert(you.name) }])

const describe = (from: Peer, description: Description, reader: MdnReader) =>
  description.type === 'rollback'
    ? []
    : [
        {
          name: from.name,
          target: reader.name,
          type: description.type === 'offer' ? 'video-offer' : 'video-answer',
          sdp: descriptionJson(description)
        }
      ]

const hangUp = (name: string | null) => ({ name, target: null, type: 'hang-up' })

/** What the page shows by itself, by closing the call. */
const isPlain = (reason: EndReason): boolean => reason === 'hung-up' || reason === 'left'

const ended = (from: Peer, reason: EndReason, now: number) => {
  const line = isPlain(reason) ? null : endedLine(from.name, reason)
  return line === null ? [hangUp(from.name)] : [hangUp(from.name), notice(line, now)]
}

/** A page whose call was refused would wait for ever, and could not even try another, so it is hung up. */
const refused = (refusal: Refusal, now: number) => {
  if (!isWorthALine(refusal)) return []
  const { code, reason, about, to } = refusal
  const called = about === 'invite' || (about === 'description' && code === 'not-signed-in')
  if (!called || code === 'already-in-call') return [notice(reason, now)]
  return [hangUp(to?.by === 'name' ? to.name : null), notice(reason, now)]
}

const toFrames = ({ message, reader, now }: MdnNews): readonly object[] => {
  switch (message.type) {
    case 'welcome':
      return [...nameGiven(message, reader), userList([...message.peers, message.you])]
    case 'renamed':
      return nameGiven(message, reader)
    case 'roster': {
      const { joined, left, renamed, peers } = message
      return joined.length > 0 || left.length > 0 || renamed ? [userList(peers)] : []
    }
    case 'invite':
    case 'accept':
    case 'description':
      return message.description === null ? [] : describe(message.from, message.description, reader)
    case 'candidate':
      // The page was never sent an end-of-candidates, and reports it as an error.
      return message.candidate.candidate === ''
        ? []
        : [{ type: 'new-ice-candidate', target: reader.name, candidate: candidateJson(message.candidate) }]
    case 'ended':
      return ended(message.from, message.reason, now)
    case 'text': {
      const { from, text, sentAt: date } = message
      const id = from.name === reader.name ? reader.id : from.number
      return [chat(text.text(), { id, date, name: from.name })]
    }
    case 'refused':
      return refused(message, now)
    case 'ready':
    case 'ice-servers':
    case 'ringing':
    case 'prepare':
    case 'ice-restart':
    case 'received':
    case 'rejoined':
    case 'file':
      return []
    default:
      return unreachable(message)
  }
}

export const mdnCodec: Codec<string, ClientMessage, MdnNews> = {
  decode(text) {
    const json = decodeJson(text)
    return json.ok ? parseAs(clientFrame, json.message) : json
  },
  encode: (news) => toFrames(news).map((frame) => JSON.stringify(frame))
}
