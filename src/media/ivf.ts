/** IVF: the plainest file for video, a header and then frame after frame, as libvpx and ffmpeg write it. */

export interface IvfHeader {
  /** Four characters, such as `VP80` or `H264`. */
  readonly fourcc: string
  readonly width: number
  readonly height: number
  /** Timestamps count in this many seconds. */
  readonly timeBase: number
}

export interface IvfFrame {
  readonly data: Uint8Array
  /** In seconds. */
  readonly time: number
}

/** A frame that is larger than this is none. */
const maxFrameBytes = 16 * 1024 * 1024
const fileHeaderBytes = 32
const frameHeaderBytes = 12

/** What a file that is no IVF, or a broken one, is turned down with. */
export class IvfError extends Error {}

/** Reads a file in pieces, as they come. */
export class IvfReader {
  #header: IvfHeader | null = null
  #rest: Uint8Array = new Uint8Array()

  get header(): IvfHeader | null {
    return this.#header
  }

  /** The frames that are complete with this piece. Throws an `IvfError`. */
  read(piece: Uint8Array): readonly IvfFrame[] {
    const bytes = new Uint8Array(this.#rest.length + piece.length)
    bytes.set(this.#rest)
    bytes.set(piece, this.#rest.length)
    let at = 0
    if (this.#header === null) {
      if (bytes.length < fileHeaderBytes) {
        this.#rest = bytes
        return []
      }
      const [header, length] = readHeader(bytes)
      this.#header = header
      at = length
    }
    const frames: IvfFrame[] = []
    const view = new DataView(bytes.buffer)
    while (at + frameHeaderBytes <= bytes.length) {
      const size = view.getUint32(at, true)
      if (size > maxFrameBytes) throw new IvfError('This IVF file is broken: a frame in it is too large.')
      const end = at + frameHeaderBytes + size
      if (end > bytes.length) break
      const time = Number(view.getBigUint64(at + 4, true)) * this.#header.timeBase
      frames.push({ data: bytes.slice(at + frameHeaderBytes, end), time })
      at = end
    }
    this.#rest = bytes.slice(at)
    return frames
  }
}

const readHeader = (bytes: Uint8Array): readonly [IvfHeader, number] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4))
  const length = view.getUint16(6, true)
  const [rate, scale] = [view.getUint32(16, true), view.getUint32(20, true)]
  if (text(0) !== 'DKIF' || length !== fileHeaderBytes || rate === 0 || scale === 0) {
    throw new IvfError('This is no IVF file.')
  }
  const [width, height] = [view.getUint16(12, true), view.getUint16(14, true)]
  return [{ fourcc: text(8), width, height, timeBase: scale / rate }, length]
}
