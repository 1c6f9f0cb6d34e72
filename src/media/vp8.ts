/**
 * VP8 over RTP (RFC 7741), and the little of its bitstream that others need to know (RFC 6386, section 9.1).
 */

/** What a frame begins with: whether it is a key frame and, if so, its size in pixels. */
export interface Vp8Header {
  readonly isKey: boolean
  readonly width: number | null
  readonly height: number | null
}

const startCode = [0x9d, 0x01, 0x2a] as const

/** `null` for what is no VP8 frame. */
export const readVp8Header = (frame: Uint8Array): Vp8Header | null => {
  const [tag] = frame
  if (tag === undefined || frame.length < 3) return null
  if ((tag & 1) !== 0) return { isKey: false, width: null, height: null }
  if (frame.length < 10 || startCode.some((byte, at) => frame[3 + at] !== byte)) return null
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  // The upper two bits of each are a scale for the screen.
  return { isKey: true, width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff }
}

/** Begins the frame, in its first and only partition as far as this packetization is concerned. */
const startOfFrame = 0x10
const continuation = 0x00

/** A frame as the payloads of RTP packets, none larger than told. RFC 7741, section 4.2. */
export const packetizeVp8 = (frame: Uint8Array, maxBytes: number): readonly Uint8Array[] => {
  const payloads: Uint8Array[] = []
  for (let at = 0; at < frame.length; at += maxBytes - 1) {
    const piece = frame.subarray(at, at + maxBytes - 1)
    const payload = new Uint8Array(piece.length + 1)
    payload[0] = at === 0 ? startOfFrame : continuation
    payload.set(piece, 1)
    payloads.push(payload)
  }
  return payloads
}

/** What of a payload is the frame's own, and whether the frame begins with it; `null` for a payload that is none. */
export const depacketizeVp8 = (
  payload: Uint8Array
): { readonly data: Uint8Array; readonly starts: boolean } | null => {
  const [first] = payload
  if (first === undefined) return null
  const length = descriptorLength(payload, first)
  if (length >= payload.length) return null
  return { data: payload.subarray(length), starts: (first & 0x17) === startOfFrame }
}

/** Of the payload descriptor, with whatever extensions it has. */
const descriptorLength = (payload: Uint8Array, first: number): number => {
  if ((first & 0x80) === 0) return 1
  const extensions = payload[1] ?? 0
  const hasPictureId = (extensions & 0x80) !== 0
  const isLongPictureId = hasPictureId && ((payload[2] ?? 0) & 0x80) !== 0
  const hasLevel = (extensions & 0x40) !== 0
  const hasTemporalId = (extensions & 0x30) !== 0
  return 2 + (hasPictureId ? 1 : 0) + (isLongPictureId ? 1 : 0) + (hasLevel ? 1 : 0) + (hasTemporalId ? 1 : 0)
}
