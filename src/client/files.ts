/**
 * Files from one party to the other, over a data channel of their call. Nothing of a file leaves before the
 * other side has said that it wants it, and no more than fits the way is ever on it.
 */
import { type FileMessage, decodeFileMessage, readPiece, writePiece } from '../dialects/channel.ts'
import { CallError } from './errors.ts'
import { type DataChannel, dataOf } from './platform.ts'

/** A file that the partner offers. It is kept in memory while it comes. */
export interface IncomingFile {
  /** As the partner calls it: never to be taken for a path. */
  readonly name: string
  /** In bytes. */
  readonly size: number
  /** Its media type as the partner has it, such as `image/png`; empty if unknown. */
  readonly type: string
  /** Fetches it. Rejects with a `CallError` when it is cancelled, or the call ends. */
  accept(options?: { readonly onProgress?: (bytes: number) => void }): Promise<Blob>
  /** Does not want it, or no longer. */
  decline(): void
}

export interface SendFileOptions {
  /** Takes the offer back, or ends the transfer. */
  readonly signal?: AbortSignal
  /** How many bytes have left so far. */
  readonly onProgress?: (bytes: number) => void
}

/** What fits every implementation. RFC 8831, section 6.6. */
const pieceBytes = 16_384
/** How much may wait in the channel; below the lower mark it is filled again. */
const highWater = 1_048_576
const lowWater = 262_144
/** How many pieces are gathered before they are put away. */
const piecesInPart = 256
/** How many offers of the partner may be open; more are declined. */
const maxOffers = 16

/** One end of a transfer: how it ends. */
interface Taker {
  readonly onProgress: ((bytes: number) => void) | undefined
  resolve(): void
  reject(error: CallError): void
}

interface Outgoing extends Taker {
  readonly blob: Blob
  /** The partner has asked for it. */
  pouring: boolean
}

interface Incoming {
  readonly size: number
  /** What has come, in parts that a browser may keep elsewhere, and the pieces since the last of them. */
  readonly parts: Blob[]
  pieces: Uint8Array<ArrayBuffer>[]
  bytes: number
  /** Once it is accepted. */
  taker: Taker | null
}

const failure = (message: string, cause?: unknown): CallError =>
  new CallError('file-failed', message, { cause })

const cancelled = (): CallError => failure('The file was cancelled.')
const declined = (): CallError => failure('The file was declined.')

/** Takes it out of those that are under way. */
const takeOut = <Transfer>(transfers: Map<number, Transfer>, file: number): Transfer | undefined => {
  const transfer = transfers.get(file)
  transfers.delete(file)
  return transfer
}

export class Files {
  readonly #channel: DataChannel
  readonly #offered: (file: IncomingFile) => void
  readonly #outgoing = new Map<number, Outgoing>()
  readonly #incoming = new Map<number, Incoming>()
  /** Transfers that wait for room in the channel. */
  readonly #waiting: (() => void)[] = []
  #numbers = 0
  #closed = false

  constructor(channel: DataChannel, offered: (file: IncomingFile) => void) {
    this.#channel = channel
    this.#offered = offered
    channel.binaryType = 'arraybuffer'
    channel.bufferedAmountLowThreshold = lowWater
    channel.addEventListener('message', (event) => this.#hear(dataOf(event)))
    channel.addEventListener('close', () => this.close())
    channel.addEventListener('bufferedamountlow', () => this.#goOn())
  }

  /** Offers a file, and resolves when the partner has all of it. */
  async send(blob: Blob, name: string, { signal, onProgress }: SendFileOptions): Promise<void> {
    if (this.#closed || this.#channel.readyState !== 'open')
      throw failure('Send files while the call is connected.')
    if (signal?.aborted) throw cancelled()
    const file = (this.#numbers += 1)
    const cancel = (): void => {
      this.#say({ type: 'cancel', file })
      takeOut(this.#outgoing, file)?.reject(cancelled())
    }
    signal?.addEventListener('abort', cancel)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#outgoing.set(file, { blob, onProgress, pouring: false, resolve, reject })
        const media = blob.type.slice(0, 127)
        this.#say({ type: 'offer', file, name: name.slice(0, 255), size: blob.size, media })
      })
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  /** The call is over: whatever was under way has failed. */
  close(): void {
    this.#closed = true
    const error = failure('The call has ended.')
    for (const taker of this.#outgoing.values()) taker.reject(error)
    for (const { taker } of this.#incoming.values()) taker?.reject(error)
    this.#outgoing.clear()
    this.#incoming.clear()
    this.#goOn()
  }

  #say(message: FileMessage): void {
    if (!this.#closed && this.#channel.readyState === 'open') this.#channel.send(JSON.stringify(message))
  }

  #hear(data: unknown): void {
    if (this.#closed) return
    if (data instanceof ArrayBuffer) return this.#take(data)
    const decoded = decodeFileMessage(data)
    if (!decoded.ok) return
    const { message } = decoded
    const { type, file } = message
    switch (type) {
      case 'offer':
        return this.#offer(message)
      case 'accept':
        return void this.#pour(file)
      case 'decline':
        return takeOut(this.#outgoing, file)?.reject(declined())
      case 'done':
        return takeOut(this.#outgoing, file)?.resolve()
      case 'cancel':
        return takeOut(this.#incoming, file)?.taker?.reject(cancelled())
    }
  }

  // What comes

  #offer({ file, name, size, media: type }: Extract<FileMessage, { type: 'offer' }>): void {
    if (this.#incoming.has(file) || this.#incoming.size >= maxOffers)
      return this.#say({ type: 'decline', file })
    const incoming: Incoming = { size, parts: [], pieces: [], bytes: 0, taker: null }
    this.#incoming.set(file, incoming)
    this.#offered({
      name,
      size,
      type,
      accept: ({ onProgress } = {}) =>
        new Promise((resolve, reject) => {
          if (incoming.taker || this.#incoming.get(file) !== incoming)
            return reject(failure('The file is no longer offered.'))
          const done = (): void => resolve(new Blob([...incoming.parts, ...incoming.pieces], { type }))
          incoming.taker = { onProgress, resolve: done, reject }
          this.#say({ type: 'accept', file })
          this.#complete(file, incoming)
        }),
      decline: () => {
        if (this.#incoming.get(file) === incoming) this.#refuse(file, declined())
      }
    })
  }

  #take(frame: ArrayBuffer): void {
    const piece = readPiece(frame)
    const incoming = piece && this.#incoming.get(piece.file)
    if (!piece || !incoming?.taker) return
    const { file, bytes } = piece
    incoming.bytes += bytes.length
    incoming.pieces.push(bytes)
    if (incoming.pieces.length >= piecesInPart) {
      incoming.parts.push(new Blob(incoming.pieces))
      incoming.pieces = []
    }
    if (incoming.bytes > incoming.size) return this.#refuse(file, failure('The file is larger than offered.'))
    this.#complete(file, incoming)
    // Last, for it may throw.
    incoming.taker.onProgress?.(incoming.bytes)
  }

  #refuse(file: number, error: CallError): void {
    this.#say({ type: 'decline', file })
    takeOut(this.#incoming, file)?.taker?.reject(error)
  }

  #complete(file: number, { bytes, size }: Incoming): void {
    if (bytes < size) return
    this.#say({ type: 'done', file })
    takeOut(this.#incoming, file)?.taker?.resolve()
  }

  // What leaves

  /** Sends a file piece by piece, as fast as the channel takes it. */
  async #pour(file: number): Promise<void> {
    const outgoing = this.#outgoing.get(file)
    if (!outgoing || outgoing.pouring) return
    outgoing.pouring = true
    const { blob, onProgress } = outgoing
    try {
      for (let at = 0; at < blob.size; at += pieceBytes) {
        const bytes = await blob.slice(at, at + pieceBytes).arrayBuffer()
        await this.#room()
        if (this.#outgoing.get(file) !== outgoing) return
        this.#channel.send(writePiece(file, new Uint8Array(bytes)).buffer)
        onProgress?.(Math.min(at + pieceBytes, blob.size))
      }
    } catch (cause) {
      takeOut(this.#outgoing, file)?.reject(failure('Cannot send the file: choose it again.', cause))
      this.#say({ type: 'cancel', file })
    }
  }

  /** Resolves when the channel takes more, or will never again. */
  async #room(): Promise<void> {
    if (this.#closed || this.#channel.bufferedAmount < highWater) return
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  #goOn(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
