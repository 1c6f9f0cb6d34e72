/**
 * How the calls that take many datagrams want them laid out: `mmsghdr`, `iovec` and `cmsghdr` of 64-bit
 * Linux, in 32-bit words whose first byte is the lowest, as on every processor that there are calls for.
 */

/** A `mmsghdr`. */
export const HEADER_WORDS = 16
export const HEADER_BYTES = HEADER_WORDS * 4
export const HEADER = {
  name: 0,
  nameLength: 2,
  pieces: 4,
  pieceCount: 6,
  control: 8,
  controlLength: 10,
  /** Of a datagram that was received. */
  length: 14
} as const

/** An `iovec`: where a piece is, and how long. */
export const PIECE_WORDS = 4
export const PIECE_BYTES = PIECE_WORDS * 4
export const PIECE = { address: 0, length: 2 } as const

/** A `cmsghdr` with a 16-bit number behind it. */
export const CONTROL_WORDS = 6
export const CONTROL_BYTES = CONTROL_WORDS * 4
/** Without the padding behind. */
export const CONTROL_LENGTH = 18
export const CONTROL = { length: 0, level: 2, type: 3, value: 4 } as const

/** Addresses have 47 bits, so a number holds them; storing keeps the lower 32. */
export const writeAddress = (words: Uint32Array, at: number, address: number): void => {
  words[at] = address
  words[at + 1] = address / 0x1_0000_0000
}
