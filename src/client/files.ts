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

interface Outgoing {
  readonly blob: Blob
  readonly options: SendFileOptions
  /** The partner has asked for it. */
  pouring: boolean
  resolve(): void
  reject(error: CallError): void
}

interface Incoming {
  readonly size: number
  /** What has come, in parts that a browser may keep elsewhere, and the pieces since the last of them. */
  readonly parts: Blob[]
  pieces: Uint8Array<ArrayBuffer>[]
  bytes: number
  /** Once it is accepted. */
  taker: {
    readonly onProgress: (bytes: number) => void
    resolve(): void
    reject(error: CallError): void
  } | null
}

const failure = (message: string): CallError => new CallError('file-failed', message)

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
  send(blob: Blob, name: string, options: SendFileOptions): Promise<void> {
    const { signal } = options
    if (this.#closed || this.#channel.readyState !== 'open') {
      return Promise.reject(failure('There is no way for files now: send them while the call is connected.'))
    }
    if (signal?.aborted) return Promise.reject(failure('The file was not sent: it was cancelled.'))
    const file = (this.#numbers += 1)
    return new Promise((resolve, reject) => {
      const cancel = (): void => {
        this.#say({ type: 'cancel', file })
        this.#endOutgoing(file)?.reject(failure('The file was cancelled.'))
      }
      const settled = (): void => signal?.removeEventListener('abort', cancel)
      this.#outgoing.set(file, {
        blob,
        options,
        pouring: false,
        resolve: () => (settled(), resolve()),
        reject: (error) => (settled(), reject(error))
      })
      signal?.addEventListener('abort', cancel)
      this.#say({
        type: 'offer',
        file,
        name: name.slice(0, 255),
        size: blob.size,
        media: blob.type.slice(0, 127)
      })
    })
  }

  /** The call is over: whatever was under way has failed. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    const error = failure('The call ended before the file was through.')
    for (const outgoing of this.#outgoing.values()) outgoing.reject(error)
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
    const message = decoded.message
    switch (message.type) {
      case 'offer':
        return this.#offer(message)
      case 'accept':
        return void this.#pour(message.file)
      case 'decline':
        return this.#endOutgoing(message.file)?.reject(failure('The other side does not want the file.'))
      case 'done':
        return this.#endOutgoing(message.file)?.resolve()
      case 'cancel':
        return this.#endIncoming(message.file)?.taker?.reject(failure('The other side cancelled the file.'))
    }
  }

  #endOutgoing(file: number): Outgoing | undefined {
    const outgoing = this.#outgoing.get(file)
    this.#outgoing.delete(file)
    return outgoing
  }

  #endIncoming(file: number): Incoming | undefined {
    const incoming = this.#incoming.get(file)
    this.#incoming.delete(file)
    return incoming
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
      accept: ({ onProgress = () => {} } = {}) => this.#accept(file, type, onProgress),
      decline: () => {
        if (this.#incoming.get(file) !== incoming) return
        this.#say({ type: 'decline', file })
        this.#endIncoming(file)?.taker?.reject(failure('The file was declined.'))
      }
    })
  }

  #accept(file: number, type: string, onProgress: (bytes: number) => void): Promise<Blob> {
    const incoming = this.#incoming.get(file)
    if (incoming === undefined || incoming.taker !== null) {
      return Promise.reject(failure('This file is not on offer any more.'))
    }
    return new Promise((resolve, reject) => {
      const done = (): void => resolve(new Blob([...incoming.parts, ...incoming.pieces], { type }))
      incoming.taker = { onProgress, resolve: done, reject }
      this.#say({ type: 'accept', file })
      if (incoming.size === 0) this.#complete(file)
    })
  }

  #take(frame: ArrayBuffer): void {
    const piece = readPiece(frame)
    const incoming = piece === null ? undefined : this.#incoming.get(piece.file)
    if (piece === null || incoming === undefined || incoming.taker === null) return
    incoming.bytes += piece.bytes.length
    incoming.pieces.push(piece.bytes)
    if (incoming.pieces.length >= piecesInPart) {
      incoming.parts.push(new Blob(incoming.pieces))
      incoming.pieces = []
    }
    if (incoming.bytes > incoming.size) {
      this.#say({ type: 'decline', file: piece.file })
      this.#endIncoming(piece.file)?.taker?.reject(
        failure('The file is larger than the other side had said.')
      )
      return
    }
    incoming.taker.onProgress(incoming.bytes)
    if (incoming.bytes === incoming.size) this.#complete(piece.file)
  }

  #complete(file: number): void {
    this.#say({ type: 'done', file })
    this.#endIncoming(file)?.taker?.resolve()
  }

  // What leaves

  /** Sends a file piece by piece, as fast as the channel takes it. */
  async #pour(file: number): Promise<void> {
    const outgoing = this.#outgoing.get(file)
    if (outgoing === undefined || outgoing.pouring) return
    outgoing.pouring = true
    const { blob, options } = outgoing
    for (let at = 0; at < blob.size; at += pieceBytes) {
      const piece = blob.slice(at, at + pieceBytes)
      let bytes: ArrayBuffer
      try {
        bytes = await piece.arrayBuffer()
      } catch {
        this.#say({ type: 'cancel', file })
        this.#endOutgoing(file)?.reject(failure('The file cannot be read any more: choose it again.'))
        return
      }
      await this.#room()
      if (this.#outgoing.get(file) !== outgoing) return
      this.#channel.send(writePiece(file, new Uint8Array(bytes)).buffer)
      options.onProgress?.(Math.min(at + pieceBytes, blob.size))
    }
  }

  /** Resolves when the channel takes more, or will never again. */
  #room(): Promise<void> {
    if (this.#closed || this.#channel.bufferedAmount < highWater) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  #goOn(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
