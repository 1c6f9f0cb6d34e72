/**
 * The protocol of MDN's "Signaling and video calling", the client's end, for servers of other people.
 * - A peer is its name: the wire has no other, and a name is whatever its sender writes.
 * - A candidate names no sender. A hang-up may come from anybody: its name says whether it is the partner's.
 * - The page's hang-up names no target and ends the calls of bystanders, too; ours names the partner.
 * - The original server shows a connection that has no name yet as `null`: nobody who could be called.
 */
import * as v from 'valibot'
import { type Codec, decodeJson, decoded, unreachable } from '../core/codec.ts'
import { bodyOf } from '../core/signal.ts'
import { type ForeignNews, type ForeignSaid, type ForeignSignal, foreignPeer } from './foreign.ts'
import { parseAs } from './parse.ts'
import { candidateJson, candidateSchema, descriptionJson, descriptionSchema } from './w3c.ts'

/** What is said, and what its frames say of who says it. */
export interface MdnSaid {
  readonly said: ForeignSaid
  /** What the server has told the sender to be its id. */
  readonly id: number
  /** The name that the sender goes by. */
  readonly name: string
  /** Milliseconds since 1970. */
  readonly now: number
}

const name = v.pipe(v.string(), v.maxLength(256))
const target = v.pipe(name, v.minLength(1))
/** Of a lobby that is larger than this, the rest is not shown. */
const maxPeers = 10_000

const namesIn = (users: readonly unknown[]): readonly string[] => [
  ...new Set(users.slice(0, maxPeers).flatMap((user) => (v.is(target, user) ? [user] : [])))
]

const peerOf = (name: string) => foreignPeer(name, name, 'mdn')

const signalFrom = (from: string | null, signal: ForeignSignal): ForeignNews => ({
  type: 'signal',
  from: from === '' ? null : from,
  signal
})

const description = (type: 'video-offer' | 'video-answer', sdp: ReturnType<typeof descriptionSchema>) =>
  v.pipe(
    v.object({ type: v.literal(type), name, sdp }),
    v.transform(({ name, sdp }) => signalFrom(name, { type: 'description', description: sdp }))
  )

/** What a server sends, and what it means. */
const serverFrame = v.variant('type', [
  v.pipe(
    v.object({ type: v.literal('id'), id: v.pipe(v.number(), v.safeInteger()) }),
    v.transform(({ id }): ForeignNews => ({ type: 'numbered', id }))
  ),
  v.pipe(
    v.object({ type: v.literal('rejectusername'), name }),
    v.transform(({ name }): ForeignNews => ({ type: 'named', name }))
  ),
  v.pipe(
    v.object({ type: v.literal('userlist'), users: v.array(v.unknown()) }),
    v.transform(({ users }): ForeignNews => ({
      type: 'everybody',
      peers: namesIn(users).map(peerOf)
    }))
  ),
  v.pipe(
    v.object({
      type: v.literal('message'),
      text: v.string(),
      name: v.optional(name, ''),
      date: v.fallback(v.nullable(v.number()), null)
    }),
    v.transform(({ text, name, date }): ForeignNews => ({
      type: 'text',
      from: name,
      text: bodyOf(text),
      sentAt: date
    }))
  ),
  description('video-offer', descriptionSchema('offer')),
  description('video-answer', descriptionSchema('answer', 'pranswer')),
  v.pipe(
    v.object({ type: v.literal('new-ice-candidate'), candidate: candidateSchema }),
    v.transform(({ candidate }) => signalFrom(null, { type: 'candidate', candidate }))
  ),
  v.pipe(
    v.object({ type: v.literal('hang-up'), name: v.nullish(name, null) }),
    v.transform(({ name }) => signalFrom(name, { type: 'bye' }))
  )
])

const types = new Set<unknown>(serverFrame.options.map(({ pipe }) => pipe[0].entries.type.literal))
const typed = v.object({ type: v.string() })

const signalFrame = (name: string, target: string, signal: ForeignSignal): object | null => {
  switch (signal.type) {
    case 'description': {
      const { description } = signal
      if (description.type === 'rollback') return null
      const type = description.type === 'offer' ? 'video-offer' : 'video-answer'
      return { name, target, type, sdp: descriptionJson(description) }
    }
    case 'candidate':
      // A page was never sent an end-of-candidates, and reports it as an error.
      return signal.candidate.candidate === ''
        ? null
        : { type: 'new-ice-candidate', target, candidate: candidateJson(signal.candidate) }
    case 'bye':
      return { name, target, type: 'hang-up' }
    default:
      return unreachable(signal)
  }
}

const frameOf = ({ said, id, name, now }: MdnSaid): object | null => {
  switch (said.type) {
    case 'signal':
      return signalFrame(name, said.to, said.signal)
    case 'text': {
      const message = { text: said.text.text(), type: 'message', id, date: now }
      return said.to === null ? message : { ...message, target: said.to }
    }
    case 'name':
      return { name: said.name, date: now, id, type: 'username' }
    default:
      return unreachable(said)
  }
}

/** Frames of other types are those of another version of the sample, and say nothing: `null`. */
export const mdnClientCodec: Codec<string, ForeignNews | null, MdnSaid> = {
  decode(text) {
    const json = decodeJson(text)
    if (!json.ok) return json
    if (v.is(typed, json.message) && !types.has(json.message.type)) return decoded(null)
    return parseAs(serverFrame, json.message)
  },
  encode(said) {
    const frame = frameOf(said)
    return frame === null ? [] : [JSON.stringify(frame)]
  }
}
