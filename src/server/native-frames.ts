/**
 * Frames of `patchcord.1` as bytes: the text of a message is split at its first line break; the body
 * behind it stays the bytes it came as, and leaves as such.
 */
import type { Body } from '../core/signal.ts'
import { type NativeFrame, noBody } from '../dialects/native-frame.ts'

const lineBreak = 0x0a

/** Bytes that are decoded only when somebody has to look inside. */
class BytesBody implements Body {
  readonly bytes: Buffer
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
  get size(): number {
    return this.bytes.length
  }
  text(): string {
    return this.bytes.toString()
  }
}

export const split = (data: Buffer): NativeFrame => {
  const end = data.indexOf(lineBreak)
  if (end < 0) return { header: data.toString(), body: noBody }
  return { header: data.toString('utf8', 0, end), body: new BytesBody(data.subarray(end + 1)) }
}

const bytesOf = (body: Body): Buffer => (body instanceof BytesBody ? body.bytes : Buffer.from(body.text()))

export const join = ({ header, body }: NativeFrame): string | Buffer =>
  body.size === 0 ? header : Buffer.concat([Buffer.from(`${header}\n`), bytesOf(body)])

/** What numbers a frame, and what WebSocket puts around it. */
const overhead = 64

/** What a frame takes of the room for unread messages, in bytes. */
export const sizeOf = ({ header, body }: NativeFrame): number =>
  Buffer.byteLength(header) +
  (body instanceof BytesBody ? body.size : Buffer.byteLength(body.text())) +
  overhead
