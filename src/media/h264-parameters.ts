/** What the parameters of H.264 say of its pictures. ITU-T H.264, sections 7.3.2.1.1 and 7.4.2.1.1. */
import { byteAt } from './bytes.ts'
import { SPS, typeOf, unitsOf } from './h264.ts'

interface Size {
  /** In pixels, as they are shown. */
  readonly width: number
  readonly height: number
}

export interface H264Parameters extends Size {
  /** Profile, constraints and level in six hexadecimal digits, as in SDP (RFC 6184, section 8.1) and after `avc1.`. */
  readonly profileLevelId: string
}

/** Section 7.3.2.1.1: those that say how their colours are sampled. */
const highProfiles = new Set([44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244])

/** A square of pixels, in which sizes are counted. */
const macroblock = 16

/** No level allows more; section A.3.1. */
const maxSize = 16_880

/** How many pixels of brightness share one of colour, by `chroma_format_idc`; table 6-1. */
const chromaSubsampling = [
  { width: 1, height: 1 },
  { width: 2, height: 2 },
  { width: 2, height: 1 },
  { width: 1, height: 1 }
] as const

/** Without the bytes that keep start codes out of a unit; section 7.4.1. */
const unescaped = (unit: Uint8Array): Uint8Array =>
  unit.filter((byte, at) => byte !== 3 || at < 2 || unit[at - 1] !== 0 || unit[at - 2] !== 0)

/** Reads bits, and codes of Exp-Golomb (section 9.1). Beyond the end there are zeros. */
class Bits {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isBeyond(): boolean {
    return this.#at > this.#bytes.length * 8
  }

  fixed(count: number): number {
    let value = 0
    for (let read = 0; read < count; read += 1) {
      value = value * 2 + ((byteAt(this.#bytes, this.#at >> 3) >> (7 - (this.#at & 7))) & 1)
      this.#at += 1
    }
    return value
  }

  flag(): boolean {
    return this.fixed(1) === 1
  }

  unsigned(): number {
    let zeros = 0
    while (zeros < 32 && !this.flag()) zeros += 1
    return 2 ** zeros - 1 + this.fixed(zeros)
  }

  signed(): number {
    const code = this.unsigned()
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2
  }
}

/** Section 7.3.2.1.1.1. */
const skipScalingList = (bits: Bits, length: number): void => {
  let last = 8
  for (let at = 0; at < length; at += 1) {
    const next = (last + bits.signed() + 256) % 256
    if (next === 0) return
    last = next
  }
}

/** What only the high profiles say. Answers with how the colours are sampled. */
const readColours = (bits: Bits): number => {
  const format = bits.unsigned()
  if (format === 3) bits.flag()
  bits.unsigned()
  bits.unsigned()
  bits.flag()
  const lists = bits.flag() ? (format === 3 ? 12 : 8) : 0
  for (let list = 0; list < lists; list += 1) {
    if (bits.flag()) skipScalingList(bits, list < 6 ? 16 : 64)
  }
  return format
}

const skipOrder = (bits: Bits): void => {
  const type = bits.unsigned()
  if (type === 0) bits.unsigned()
  if (type !== 1) return
  bits.flag()
  bits.signed()
  bits.signed()
  const frames = Math.min(bits.unsigned(), 255)
  for (let frame = 0; frame < frames; frame += 1) bits.signed()
}

const readSize = (bits: Bits, format: number): Size => {
  const columns = bits.unsigned() + 1
  const rows = bits.unsigned() + 1
  const fields = bits.flag() ? 1 : 2
  if (fields === 2) bits.flag()
  bits.flag()
  const [left, right, top, bottom] = bits.flag()
    ? [bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned()]
    : [0, 0, 0, 0]
  const unit = chromaSubsampling[format] ?? chromaSubsampling[1]
  return {
    width: columns * macroblock - (left + right) * unit.width,
    height: (rows * macroblock - (top + bottom) * unit.height) * fields
  }
}

const parametersOf = (unit: Uint8Array): H264Parameters | null => {
  const bits = new Bits(unescaped(unit.subarray(1)))
  const profile = bits.fixed(8)
  const constraintsAndLevel = bits.fixed(16)
  bits.unsigned()
  const format = highProfiles.has(profile) ? readColours(bits) : 1
  bits.unsigned()
  skipOrder(bits)
  bits.unsigned()
  bits.flag()
  const { width, height } = readSize(bits, format)
  const isPossible = [width, height].every((pixels) => pixels > 0 && pixels <= maxSize)
  if (!isPossible || bits.isBeyond) return null
  const profileLevelId = (profile * 0x10000 + constraintsAndLevel).toString(16).padStart(6, '0')
  return { profileLevelId, width, height }
}

/** Of the pictures from this frame in Annex B on; `null` for one that brings none. */
export const readH264Parameters = (annexB: Uint8Array): H264Parameters | null => {
  const unit = unitsOf(annexB).find((candidate) => typeOf(candidate) === SPS)
  return unit === undefined ? null : parametersOf(unit)
}
