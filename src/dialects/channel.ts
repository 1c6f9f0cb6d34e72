/**
 * What the two clients of a call say to each other directly, without the server: JSON texts on the data
 * channel 0, and on the data channel 1 about files, whose bytes go there in binary frames. Specified in
 * docs/protocol.md, section "Between the parties".
 */
import * as v from 'valibot'
import { type Decoded, decodeJson } from '../core/codec.ts'
import type { VerificationMessage } from '../core/verification.ts'
import { parseAs } from './parse.ts'

const hexadecimal = v.pipe(v.string(), v.regex(/^[\da-f]{64}$/))
const number = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff))

/** A chat line is what a person types; more than this is a file. */
export const maxTextLength = 16_384

const controlMessage = v.variant('type', [
  // What of one's own media is silenced for the moment.
  v.object({ type: v.literal('muted'), audio: v.boolean(), video: v.boolean() }),
  // In which media section one's screen is shown; `null` when it is not.
  v.object({ type: v.literal('screen'), mid: v.nullable(v.pipe(v.string(), v.maxLength(64))) }),
  v.object({ type: v.literal('text'), text: v.pipe(v.string(), v.maxLength(maxTextLength)) }),
  v.object({ type: v.literal('commit'), hash: hexadecimal }),
  v.object({ type: v.literal('nonce'), nonce: hexadecimal }),
  v.object({ type: v.literal('reveal'), nonce: hexadecimal })
])

/** On the data channel 0. */
export type ControlMessage =
  | { readonly type: 'muted'; readonly audio: boolean; readonly video: boolean }
  | { readonly type: 'screen'; readonly mid: string | null }
  | { readonly type: 'text'; readonly text: string }
  | VerificationMessage

const fileMessage = v.variant('type', [
  v.object({
    type: v.literal('offer'),
    file: number,
    name: v.pipe(v.string(), v.maxLength(255)),
    size: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
    media: v.pipe(v.string(), v.maxLength(127))
  }),
  // Of the receiver: it wants the file, it does not or no longer, it has all of it.
  v.object({ type: v.literal('accept'), file: number }),
  v.object({ type: v.literal('decline'), file: number }),
  v.object({ type: v.literal('done'), file: number }),
  // Of the sender: there is no more to come.
  v.object({ type: v.literal('cancel'), file: number })
])

/** On the data channel 1. `file` is the sender's own number for it, never used twice in a call. */
export type FileMessage = v.InferOutput<typeof fileMessage>

const textOf = (data: unknown): Decoded<unknown> =>
  typeof data === 'string' ? decodeJson(data) : { ok: false, reason: 'not text' }

export const decodeControl = (data: unknown): Decoded<ControlMessage> => {
  const json = textOf(data)
  return json.ok ? parseAs(controlMessage, json.message) : json
}

export const decodeFileMessage = (data: unknown): Decoded<FileMessage> => {
  const json = textOf(data)
  return json.ok ? parseAs(fileMessage, json.message) : json
}

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
