/**
 * Room for as many datagrams as one call takes, and around each for the headers that the relay may put
 * there, so that no datagram is ever moved.
 */
import { HEADER, HEADER_WORDS, PIECE, PIECE_BYTES, PIECE_WORDS, writeAddress } from './layout.ts'
import { NAME_BYTES, SocketNames } from './socket-name.ts'
import type { Syscalls } from './syscalls.ts'

export const BATCH = 64
/** More than the header of a Data indication. */
const headroomBytes = 64
const maxDatagramBytes = 65_535
/**
 * From one to the next; what no datagram has reached takes no memory. Away from powers of two, so that
 * the beginnings of all do not contend for the same few lines of the processor's caches.
 */
const strideBytes = 66_880

export class ReceiveBatch {
  /** All datagrams, and the room around them. */
  readonly bytes = Buffer.allocUnsafeSlow(BATCH * strideBytes)
  readonly address: number
  /** Of the senders. */
  readonly names = new SocketNames(BATCH)
  readonly #syscalls: Syscalls
  readonly #headers = new Uint32Array(BATCH * HEADER_WORDS)
  readonly #headersAddress: number
  readonly #pieces = new Uint32Array(BATCH * PIECE_WORDS)

  constructor(syscalls: Syscalls) {
    this.#syscalls = syscalls
    this.address = syscalls.addressOf(this.bytes)
    this.#headersAddress = syscalls.addressOf(new Uint8Array(this.#headers.buffer))
    const names = syscalls.addressOf(this.names.bytes)
    const pieces = syscalls.addressOf(new Uint8Array(this.#pieces.buffer))
    for (let at = 0; at < BATCH; at += 1) {
      const header = at * HEADER_WORDS
      writeAddress(this.#headers, header + HEADER.name, names + at * NAME_BYTES)
      this.#headers[header + HEADER.nameLength] = NAME_BYTES
      writeAddress(this.#headers, header + HEADER.pieces, pieces + at * PIECE_BYTES)
      this.#headers[header + HEADER.pieceCount] = 1
      const piece = at * PIECE_WORDS
      writeAddress(this.#pieces, piece + PIECE.address, this.address + this.startOf(at))
      this.#pieces[piece + PIECE.length] = maxDatagramBytes
    }
  }

  /** Answers how many datagrams there are now, or an error. */
  receive(socket: number): number {
    return this.#syscalls.receive(socket, this.#headersAddress, BATCH)
  }

  /** Where a datagram begins in `bytes`. */
  startOf(at: number): number {
    return at * strideBytes + headroomBytes
  }

  /** How long a datagram is; asked once, for it makes ready for the next. */
  takeLength(at: number): number {
    const header = at * HEADER_WORDS
    // The length of the name that came stands there now, and the next may be longer.
    this.#headers[header + HEADER.nameLength] = NAME_BYTES
    return this.#headers[header + HEADER.length] ?? 0
  }
}
