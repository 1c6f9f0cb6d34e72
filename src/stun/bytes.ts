/**
 * Big-endian numbers in bytes, read and written in place: a packet on its way needs no view made for it.
 */

/** Beyond the end there are zeros. */
export const read8 = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0

export const read16 = (bytes: Uint8Array, at: number): number =>
  (read8(bytes, at) << 8) | read8(bytes, at + 1)

export const read32 = (bytes: Uint8Array, at: number): number =>
  read16(bytes, at) * 0x10000 + read16(bytes, at + 2)

export const write16 = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export const write32 = (bytes: Uint8Array, at: number, value: number): void => {
  write16(bytes, at, value >>> 16)
  write16(bytes, at + 2, value)
}

/** Up to the next multiple of four: RFC 8489, section 14. */
export const padded = (length: number): number => (length + 3) & ~3
