/**
 * Datagrams on their way out of one socket, which leave together. Those of one size for the same client
 * go as one message that the kernel, or the network adapter, cuts into datagrams (UDP_SEGMENT, "GSO").
 */
import {
  CONTROL,
  CONTROL_BYTES,
  CONTROL_LENGTH,
  CONTROL_WORDS,
  HEADER,
  HEADER_BYTES,
  HEADER_WORDS,
  PIECE,
  PIECE_BYTES,
  PIECE_WORDS,
  writeAddress
} from './layout.ts'
import type { Packet } from '../../turn/allocation.ts'
import { BATCH, type ReceiveBatch } from './receive-batch.ts'
import { NAME_BYTES, NAME_WORDS, SocketNames } from './socket-name.ts'
import { EAGAIN, EINTR, type Syscalls, UDP_SEGMENT, systemError } from './syscalls.ts'

/** Whoever is sent to. */
export interface Recipient {
  /** Its socket name. */
  readonly name: Uint32Array
  /** Several datagrams may go to it as one message; false once that has failed. */
  takesRuns: boolean
  /** Its message that further datagrams may join, and in which batch that was. */
  run: number
  runOf: number
}

/** What passes through every network unfragmented, nearly: a run must. */
const maxSegmentBytes = 1_452
/** In all: the length of a datagram has 16 bits, headers included. */
const maxRunBytes = 65_000

export interface SendOptions {
  readonly syscalls: Syscalls
  readonly socket: number
  readonly received: Pick<ReceiveBatch, 'bytes' | 'address'>
  /** The kernel takes runs. */
  readonly hasRuns: boolean
  readonly onError: (error: Error) => void
}

export class SendBatch {
  readonly #options: SendOptions
  readonly #names = new SocketNames(BATCH)
  /** One more than messages, for a datagram out of a run that failed. */
  readonly #headers = new Uint32Array((BATCH + 1) * HEADER_WORDS)
  readonly #headersAddress: number
  /** As many for each message as a run can have. */
  readonly #pieces = new Uint32Array(BATCH * BATCH * PIECE_WORDS)
  readonly #piecesAddress: number
  readonly #controls = new Uint32Array(BATCH * CONTROL_WORDS)
  readonly #runBytes = new Uint32Array(BATCH)
  readonly #recipients: Recipient[] = []
  /** What is not part of the received batch is held until it is sent. */
  readonly #held: Uint8Array[] = []
  #messages = 0
  #number = 0

  constructor(options: SendOptions) {
    const { syscalls } = options
    this.#options = options
    const names = syscalls.addressOf(this.#names.bytes)
    this.#headersAddress = syscalls.addressOf(new Uint8Array(this.#headers.buffer))
    this.#piecesAddress = syscalls.addressOf(new Uint8Array(this.#pieces.buffer))
    const controls = syscalls.addressOf(new Uint8Array(this.#controls.buffer))
    const [level, type] = UDP_SEGMENT
    for (let at = 0; at < BATCH; at += 1) {
      const header = at * HEADER_WORDS
      writeAddress(this.#headers, header + HEADER.name, names + at * NAME_BYTES)
      writeAddress(this.#headers, header + HEADER.pieces, this.#piecesAddress + at * BATCH * PIECE_BYTES)
      writeAddress(this.#headers, header + HEADER.control, controls + at * CONTROL_BYTES)
      const control = at * CONTROL_WORDS
      this.#controls[control + CONTROL.length] = CONTROL_LENGTH
      this.#controls[control + CONTROL.level] = level
      this.#controls[control + CONTROL.type] = type
    }
  }

  /** Takes these bytes along when the batch leaves; until then they must stay as they are. */
  add(recipient: Recipient, { bytes, start, end }: Packet): void {
    const { received, syscalls } = this.#options
    const isHere = bytes === received.bytes
    const address = start + (isHere ? received.address : syscalls.addressOf(bytes))
    if (!this.#joinRun(recipient, address, end - start)) this.#begin(recipient, address, end - start)
    if (!isHere) this.#held.push(bytes)
  }

  /** Sends everything. What cannot be sent now is lost, as datagrams are. */
  flush(): void {
    const { syscalls, socket } = this.#options
    if (this.#messages === 0) return
    for (let done = 0; done < this.#messages;) {
      const sent = syscalls.send(socket, this.#headersAddress + done * HEADER_BYTES, this.#messages - done)
      if (sent > 0) done += sent
      else if (sent !== EINTR) done = this.#pass(done, sent)
    }
    this.#messages = 0
    this.#number += 1
    this.#held.length = 0
  }

  #joinRun(recipient: Recipient, address: number, length: number): boolean {
    const { run } = recipient
    if (recipient.runOf !== this.#number || run < 0) return false
    const segment = this.#controls[run * CONTROL_WORDS + CONTROL.value] ?? 0
    const bytes = (this.#runBytes[run] ?? 0) + length
    const header = run * HEADER_WORDS
    const count = this.#headers[header + HEADER.pieceCount] ?? 0
    if (length > segment || bytes > maxRunBytes || count === BATCH) return false
    this.#writePiece(run * BATCH + count, address, length)
    this.#headers[header + HEADER.pieceCount] = count + 1
    this.#headers[header + HEADER.controlLength] = CONTROL_BYTES
    this.#runBytes[run] = bytes
    // One that is shorter can only be the last.
    if (length < segment) recipient.run = -1
    return true
  }

  #begin(recipient: Recipient, address: number, length: number): void {
    if (this.#messages === BATCH) this.flush()
    const message = this.#messages
    const header = message * HEADER_WORDS
    const { name } = recipient
    this.#messages += 1
    this.#recipients[message] = recipient
    const { words } = this.#names
    for (let word = 0; word < name.length; word += 1) words[message * NAME_WORDS + word] = name[word] ?? 0
    this.#headers[header + HEADER.nameLength] = name.length * 4
    this.#headers[header + HEADER.pieceCount] = 1
    this.#headers[header + HEADER.controlLength] = 0
    this.#writePiece(message * BATCH, address, length)
    this.#controls[message * CONTROL_WORDS + CONTROL.value] = length
    this.#runBytes[message] = length
    const mayRun = this.#options.hasRuns && recipient.takesRuns && length <= maxSegmentBytes
    recipient.run = mayRun ? message : -1
    recipient.runOf = this.#number
  }

  #writePiece(piece: number, address: number, length: number): void {
    writeAddress(this.#pieces, piece * PIECE_WORDS + PIECE.address, address)
    this.#pieces[piece * PIECE_WORDS + PIECE.length] = length
  }

  /** Goes past a message that was refused, and answers which is next. */
  #pass(message: number, error: number): number {
    const recipient = this.#recipients[message]
    // There is no room in the socket for the rest either.
    if (error === EAGAIN) return this.#report(error, this.#messages)
    const count = this.#headers[message * HEADER_WORDS + HEADER.pieceCount] ?? 0
    if (recipient === undefined || count === 1) return this.#report(error, message + 1)
    // Not every network adapter can do it, and not every path is as wide.
    recipient.takesRuns = false
    for (let piece = 0; piece < count; piece += 1) this.#sendAlone(message, piece)
    return message + 1
  }

  #sendAlone(message: number, piece: number): void {
    const { syscalls, socket } = this.#options
    const own = message * HEADER_WORDS
    const spare = BATCH * HEADER_WORDS
    this.#headers.copyWithin(spare, own, own + HEADER_WORDS)
    writeAddress(
      this.#headers,
      spare + HEADER.pieces,
      this.#piecesAddress + (message * BATCH + piece) * PIECE_BYTES
    )
    this.#headers[spare + HEADER.pieceCount] = 1
    this.#headers[spare + HEADER.controlLength] = 0
    const sent = syscalls.send(socket, this.#headersAddress + BATCH * HEADER_BYTES, 1)
    if (sent < 0) this.#report(sent, 0)
  }

  #report(error: number, next: number): number {
    this.#options.onError(systemError('sendmmsg', error))
    return next
  }
}
