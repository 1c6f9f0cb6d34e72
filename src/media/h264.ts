/**
 * H.264: its NAL units in Annex B (ITU-T H.264) and in RTP (RFC 6184, packetization mode 1), and how MP4 and Matroska
 * keep them (ISO/IEC 14496-15).
 */

import { joined } from './bytes.ts'

/** Kinds of NAL units that somebody has to tell apart. */
const IDR = 5
const SEI = 6
export const SPS = 7
const DELIMITER = 9
const STAP_A = 24
const FU_A = 28

const headerOf = (unit: Uint8Array): number => unit[0] ?? 0

export const typeOf = (unit: Uint8Array): number => headerOf(unit) & 0x1f

/** The NAL units between the start codes. */
export const unitsOf = (annexB: Uint8Array): readonly Uint8Array[] => {
  const units: Uint8Array[] = []
  let start = -1
  for (let at = 0; at + 2 < annexB.length; at += 1) {
    if (annexB[at] !== 0 || annexB[at + 1] !== 0 || annexB[at + 2] !== 1) continue
    if (start >= 0) units.push(trimmed(annexB.subarray(start, at)))
    start = at + 3
  }
  if (start >= 0) units.push(trimmed(annexB.subarray(start)))
  return units.filter((unit) => unit.length > 0)
}

/** Without the zeros that belong to the next start code, or are padding. */
const trimmed = (unit: Uint8Array): Uint8Array => {
  let end = unit.length
  while (end > 0 && unit[end - 1] === 0) end -= 1
  return unit.subarray(0, end)
}

export const annexBOf = (units: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(units.reduce((sum, unit) => sum + 4 + unit.length, 0))
  let at = 0
  for (const unit of units) {
    bytes[at + 3] = 1
    bytes.set(unit, at + 4)
    at += 4 + unit.length
  }
  return bytes
}

/** Whether a decoder can begin with this frame. */
export const isH264Key = (annexB: Uint8Array): boolean => unitsOf(annexB).some((unit) => typeOf(unit) === IDR)

const hasParameters = (units: readonly Uint8Array[]): boolean => units.some((unit) => typeOf(unit) === SPS)

/** What a file says once, at its beginning: the sets of parameters, and how long the lengths before its units are. */
export interface AvcConfiguration {
  readonly lengthBytes: number
  readonly parameters: readonly Uint8Array[]
}

/** Of the `avcC` box, which Matroska has as its codec's private data. `null` for what is none. */
export const readAvcConfiguration = (bytes: Uint8Array): AvcConfiguration | null => {
  if (bytes.length < 7 || bytes[0] !== 1) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parameters: Uint8Array[] = []
  let at = 5
  for (const mask of [0x1f, 0xff]) {
    if (at >= bytes.length) return null
    const count = view.getUint8(at) & mask
    at += 1
    for (let read = 0; read < count; read += 1) {
      if (at + 2 > bytes.length) return null
      const length = view.getUint16(at)
      parameters.push(bytes.subarray(at + 2, at + 2 + length))
      at += 2 + length
      if (at > bytes.length) return null
    }
  }
  return { lengthBytes: (view.getUint8(4) & 3) + 1, parameters }
}

/** A frame out of a file as Annex B, with the parameters before each key frame; `null` when its lengths are not right. */
export const annexBOfAvc = (
  frame: Uint8Array,
  { lengthBytes, parameters }: AvcConfiguration
): Uint8Array | null => {
  const units: Uint8Array[] = []
  for (let at = 0; at < frame.length;) {
    const length = frame.subarray(at, at + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0)
    at += lengthBytes
    if (at + length > frame.length) return null
    units.push(frame.subarray(at, at + length))
    at += length
  }
  const needsParameters = units.some((unit) => typeOf(unit) === IDR) && !hasParameters(units)
  // A delimiter is the first of a frame, whatever comes. ITU-T H.264, section 7.4.1.2.3.
  const at = units.findIndex((unit) => typeOf(unit) !== DELIMITER)
  const all = needsParameters ? units.toSpliced(at, 0, ...parameters) : units
  return annexBOf(all.filter(({ length }) => length > 0))
}

/** A unit that is too large, in fragments: FU-A, RFC 6184, section 5.8. */
const fragment = (unit: Uint8Array, maxBytes: number): readonly Uint8Array[] => {
  const header = headerOf(unit)
  const indicator = (header & 0xe0) | FU_A
  const payloads: Uint8Array[] = []
  for (let at = 1; at < unit.length; at += maxBytes - 2) {
    const piece = unit.subarray(at, at + maxBytes - 2)
    const starts = at === 1 ? 0x80 : 0
    const ends = at + piece.length === unit.length ? 0x40 : 0
    payloads.push(joined([Uint8Array.of(indicator, starts | ends | (header & 0x1f)), piece]))
  }
  return payloads
}

/** Several small units in one payload: STAP-A, RFC 6184, section 5.7.1. */
const aggregate = (units: readonly Uint8Array[]): Uint8Array => {
  const importance = Math.max(...units.map((unit) => headerOf(unit) & 0x60))
  return joined([
    Uint8Array.of(importance | STAP_A),
    ...units.flatMap((unit) => [Uint8Array.of(unit.length >> 8, unit.length & 0xff), unit])
  ])
}

/** What comes before a picture is small and many: delimiter, parameter sets, messages. */
const isBesidePicture = (unit: Uint8Array): boolean => typeOf(unit) >= SEI && typeOf(unit) <= DELIMITER

/** In their order, with those together that one payload has room for. */
const grouped = (units: readonly Uint8Array[], maxBytes: number): readonly (readonly Uint8Array[])[] => {
  const groups: Uint8Array[][] = []
  let room = 0
  for (const unit of units) {
    const bytes = 2 + unit.length
    if (isBesidePicture(unit) && bytes <= room) {
      groups.at(-1)?.push(unit)
      room -= bytes
    } else {
      groups.push([unit])
      room = isBesidePicture(unit) ? maxBytes - 1 - bytes : 0
    }
  }
  return groups
}

/** RTP has other uses for the types that H.264 leaves open. RFC 6184, section 5.2. */
const hasPlaceInRtp = (unit: Uint8Array): boolean => typeOf(unit) > 0 && typeOf(unit) < STAP_A

/** A frame as the payloads of RTP packets, none larger than told. */
export const packetizeH264 = (annexB: Uint8Array, maxBytes: number): readonly Uint8Array[] =>
  grouped(unitsOf(annexB).filter(hasPlaceInRtp), maxBytes).flatMap((group) => {
    if (group.length > 1) return [aggregate(group)]
    return group.flatMap((unit) => (unit.length <= maxBytes ? [unit] : fragment(unit, maxBytes)))
  })

export interface H264Part {
  /** In Annex B; without a start code, if it is the continuation of a fragment. */
  readonly data: Uint8Array
  /** Whether a frame begins with it. What only begins a unit does if nothing is missing before it. */
  readonly starts: boolean | 'perhaps'
}

/** What of a payload is the frame's own. `null` for a payload that is none, or of a kind that mode 1 does not have. */
export const depacketizeH264 = (payload: Uint8Array): H264Part | null => {
  const type = typeOf(payload)
  if (hasPlaceInRtp(payload)) return partOf([payload])
  if (type === STAP_A) return partOf(aggregated(payload))
  const [indicator = 0, header = 0] = payload
  if (type !== FU_A || payload.length < 3) return null
  const piece = payload.subarray(2)
  if ((header & 0x80) === 0) return { data: piece, starts: false }
  return partOf([joined([Uint8Array.of((indicator & 0xe0) | (header & 0x1f)), piece])])
}

const partOf = (units: readonly Uint8Array[]): H264Part | null => {
  const [first] = units
  if (first === undefined) return null
  const opens = typeOf(first) === DELIMITER || typeOf(first) === SPS
  return { data: annexBOf(units), starts: opens || 'perhaps' }
}

/** None, where anything is wrong. */
const aggregated = (payload: Uint8Array): readonly Uint8Array[] => {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const units: Uint8Array[] = []
  for (let at = 1; at < payload.length;) {
    const length = at + 2 > payload.length ? 0 : view.getUint16(at)
    if (length === 0 || at + 2 + length > payload.length) return []
    units.push(payload.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return units
}
