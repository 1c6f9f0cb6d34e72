/**
 * The answers of the `peerconnection` wire. The stock client searches the header for exact strings, so
 * every answer has the same lines, in the order and the spelling of libwebrtc's own server.
 */
import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Refusal, RefusalCode } from '../core/signal.ts'

export interface Answer {
  readonly status: number
  /** The reason phrase, where it is not the usual one. */
  readonly phrase?: string
  /** The content type; without it there is no such line. */
  readonly type?: string | undefined
  /** The id in the `Pragma` line: the client's own, or the sender's; without it there is no such line. */
  readonly pragma?: number
  readonly body: string
}

/** A message was taken, or a client has signed out. */
export const done: Answer = { status: 200, type: 'text/plain', body: '' }

/** Clients match the sentence, and then give up that peer or this server. */
export const unknownId: Answer = {
  status: 500,
  phrase: 'Error',
  type: 'text/plain',
  body: 'Peer most likely gone.'
}

const statuses: Partial<Readonly<Record<RefusalCode, number>>> = {
  'too-large': 413,
  'rate-limited': 429,
  'too-many-connections': 429,
  'lobby-full': 503
}

export const refused = ({ code, reason }: Refusal, status = statuses[code] ?? 400): Answer => ({
  status,
  type: 'text/plain',
  body: `${code}: ${reason}`
})

export const sendAnswer = (response: ServerResponse, answer: Answer): void => {
  writeHead(response, answer)
  response.end(answer.body)
}

/** Leaves the response open; `taken` hears when the kernel has all of it, or why it has not. */
export const writeAnswer = (
  response: ServerResponse,
  answer: Answer,
  taken: (error: Error | null | undefined) => void
): void => {
  writeHead(response, answer)
  response.write(answer.body, taken)
}

const writeHead = (response: ServerResponse, answer: Answer): void => {
  const { status, phrase = STATUS_CODES[status] ?? '' } = answer
  response.sendDate = false
  response.writeHead(status, phrase, headerLines(answer).flat())
}

const headerLines = ({ type, pragma, body }: Answer): (readonly [string, string])[] => [
  ['Server', 'Patchcord'],
  ['Cache-Control', 'no-cache'],
  ['Connection', 'close'],
  ...line('Content-Type', type),
  ['Content-Length', String(Buffer.byteLength(body))],
  ...line('Pragma', pragma),
  ['Access-Control-Allow-Origin', '*'],
  ['Access-Control-Allow-Credentials', 'true'],
  ['Access-Control-Allow-Methods', 'POST, GET, OPTIONS'],
  ['Access-Control-Allow-Headers', 'Content-Type, Content-Length, Connection, Cache-Control'],
  ['Access-Control-Expose-Headers', 'Content-Length']
]

const line = (name: string, value: string | number | undefined): (readonly [string, string])[] =>
  value === undefined ? [] : [[name, String(value)]]
