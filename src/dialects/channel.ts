/**
 * What the two clients of a call say to each other directly, without the server: JSON texts on the data
 * channel 0, and on the data channel 1 about files, whose bytes go there in binary frames. Specified in
 * docs/protocol.md, section "Between the parties".
 */
import { type Decoded, decodeJson, decoded, undecodable } from '../core/codec.ts'
import type { VerificationMessage } from '../core/verification.ts'
import * as r from './read.ts'

const nonce = r.matching(/^[\da-f]{64}$/)
const file = r.integer(0, 0xffff_ffff)

/** A chat line is what a person types; more than this is a file. */
export const maxTextLength = 16_384

const readControl = r.variant({
  // What of one's own media is silenced for the moment.
  muted: { audio: r.boolean, video: r.boolean },
  // In which media section one's screen is shown; `null` when it is not.
  screen: { mid: r.nullable(r.text(64)) },
  text: { text: r.text(maxTextLength) },
  commit: { hash: nonce },
  nonce: { nonce },
  reveal: { nonce }
})

/** On the data channel 0. */
export type ControlMessage =
  | { readonly type: 'muted'; readonly audio: boolean; readonly video: boolean }
  | { readonly type: 'screen'; readonly mid: string | null }
  | { readonly type: 'text'; readonly text: string }
  | VerificationMessage

const readFile = r.variant({
  offer: { file, name: r.text(255), size: r.integer(0), media: r.text(127) },
  // Of the receiver: it wants the file, it does not or no longer, it has all of it.
  accept: { file },
  decline: { file },
  done: { file },
  // Of the sender: there is no more to come.
  cancel: { file }
})

/** On the data channel 1. `file` is the sender's own number for it, never used twice in a call. */
export type FileMessage = NonNullable<r.Read<typeof readFile>>

const decode = <Message>(
  read: (value: unknown) => Decoded<Message | null>,
  data: unknown
): Decoded<Message> => {
  const json = typeof data === 'string' ? decodeJson(data) : undecodable('not text')
  if (!json.ok) return json
  const message = read(json.message)
  if (!message.ok) return message
  return message.message === null ? undecodable('bad field: type') : decoded(message.message)
}

export const decodeControl = (data: unknown): Decoded<ControlMessage> => decode(readControl, data)

export const decodeFileMessage = (data: unknown): Decoded<FileMessage> => decode(readFile, data)

/** Bytes in front of each piece of a file: its number. */
export const PIECE_HEADER_BYTES = 4

/** A piece of a file as one binary frame. */
export const writePiece = (file: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const frame = new Uint8Array(PIECE_HEADER_BYTES + bytes.length)
  new DataView(frame.buffer).setUint32(0, file)
  frame.set(bytes, PIECE_HEADER_BYTES)
  return frame
}

/** `null` for a frame without a number. */
export const readPiece = (
  frame: ArrayBuffer
): { readonly file: number; readonly bytes: Uint8Array<ArrayBuffer> } | null =>
  frame.byteLength < PIECE_HEADER_BYTES
    ? null
    : { file: new DataView(frame).getUint32(0), bytes: new Uint8Array(frame, PIECE_HEADER_BYTES) }
