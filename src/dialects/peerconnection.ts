/**
 * The hanging GET of libwebrtc's `peerconnection_client`: plain lines say who is present, JSON carries
 * descriptions and candidates, and `BYE` ends a call. A client asks by its secret key, which it takes
 * for its own id; the others know it by its public number.
 *
 * Kept: numbers are read as by `atoi`; a comma in a name becomes `_`; no message is acknowledged.
 * Departed from:
 * - Percent-encoded names are decoded, for browsers encode them; webrtc-signal-http's `peer_name=` is read.
 * - Messages are put into words anew, always as `text/plain`, so that junk opens no call at the receiver.
 * - A call that cannot be is ended by a `BYE` of the callee, instead of leaving the caller waiting.
 * - Of a candidate without its line or its mid, that one is filled with what libwebrtc then ignores.
 * - The pseudo description `offer-loopback` is refused: it means nothing to any other client.
 */
import { type Decoded, decoded, unreachable } from '../core/codec.ts'
import type { Entry, Message, Note } from '../core/mailbox.ts'
import type { ClientMessage, Peer, Refusal, ServerMessage } from '../core/signal.ts'
import { decodeBody, describe, encodeCandidate } from './peerconnection-body.ts'

/** When its answer is out, the stock client is ready for the next offer: nothing has to settle. */
export const peerconnection = {
  name: 'peerconnection',
  abilities: { callControl: false, namesCallee: true, settleMs: 0, echoesText: false }
} as const

type Welcome = Extract<ServerMessage, { type: 'welcome' }>

// Requests

const maxName = 512

/** Who asks, by its key; 0, which is nobody's, where there is none. */
export const keyIn = (query: string): number => numberAfter(/peer_id=/, query)

/** Whom a message is for, by number; 0, which is nobody's, where there is none. */
export const targetIn = (query: string): number => numberAfter(/(?:^|&)to=/, query)

/** As C's `atoi` reads it: what follows the digits does not matter. */
const numberAfter = (marker: RegExp, query: string): number => {
  const at = marker.exec(query)
  return at === null ? 0 : Number(/^\d{1,10}/.exec(query.slice(at.index + at[0].length))?.[0] ?? 0)
}

export const decodeSignIn = (query: string): ClientMessage => {
  const raw = /(?:^|&)peer_name=([^&]*)/.exec(query)?.[1] ?? query
  return { type: 'sign-in', name: unescaped(raw).slice(0, maxName), lobby: 'main' }
}

/** A name that was never encoded may hold a percent sign that means itself. */
const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The body of `/message`; `number` is whom it is for. */
export const decodeMessage = (number: number, body: string): Decoded<ClientMessage> => {
  const decodedBody = decodeBody(body)
  if (!decodedBody.ok) return decodedBody
  const signal = decodedBody.message
  return signal.type === 'bye'
    ? decoded({ type: 'hang-up', call: null, reason: 'hung-up' })
    : decoded({ ...signal, to: { by: 'number', number } })
}

// Answers

/** The answer to a sign-in: a line for the client itself, by its key, then one for each other. */
export const encodeWelcome = ({ you, peers }: Welcome): string =>
  [presence({ name: you.name, number: you.key }, true), ...peers.map((peer) => presence(peer, true))].join('')

/** What waits for the client's next GET. */
export const encode = (message: Exclude<ServerMessage, Welcome>): readonly Entry[] => {
  switch (message.type) {
    case 'roster':
      return [
        ...message.joined.map((peer) => note(peer, { present: true, known: false })),
        ...(message.renamed ? message.changed.map((peer) => note(peer, { present: true, known: true })) : []),
        ...message.left.map((peer) => note(peer, { present: false, known: true }))
      ]
    case 'invite':
    case 'accept':
    case 'description':
      return message.description === null ? [] : [from(message.from.number, describe(message.description))]
    case 'candidate':
      return optional(message.from.number, encodeCandidate(message.candidate))
    case 'ended':
      return [from(message.from.number, 'BYE')]
    case 'refused':
      return encodeRefusal(message)
    case 'ready':
    case 'ice-servers':
    case 'ringing':
    case 'prepare':
    case 'ice-restart':
    case 'received':
    case 'rejoined':
    case 'text':
    case 'renamed':
    case 'file':
      return []
    default:
      return unreachable(message)
  }
}

const from = (number: number, body: string): Message => ({ type: 'message', from: number, body })

const optional = (number: number, body: string | null): readonly Message[] =>
  body === null ? [] : [from(number, body)]

const note = (peer: Peer, state: Pick<Note, 'present' | 'known'>): Note => ({
  type: 'note',
  about: peer.number,
  body: presence(peer, state.present),
  ...state
})

const presence = ({ name, number }: Pick<Peer, 'name' | 'number'>, present: boolean): string =>
  `${name.replaceAll(',', '_').replace(/[\r\n]/g, '')},${number},${present ? 1 : 0}\n`

/** There are no words for a refusal, but that a conversation with somebody is not to be can be said. */
const encodeRefusal = ({ to }: Refusal): readonly Entry[] =>
  to?.by === 'number' ? [from(to.number, 'BYE')] : []
