/**
 * HTTP responses as libwebrtc's `peerconnection_client` reads them: it searches for exact strings, and
 * what is spelled otherwise is not there.
 */
import type { Socket } from 'node:net'

export interface StrictResponse {
  readonly status: number
  /** The first line. */
  readonly statusLine: string
  /** Lines of the header, in order. */
  readonly header: readonly string[]
  /** The first `Pragma`; -1 without one. */
  readonly pragma: number
  /** Whether the client closes the connection itself. */
  readonly closes: boolean
  /** Everything behind the header: it is not cut at `Content-Length`. */
  readonly body: string
}

const valueOf = (header: string, name: string): string | null =>
  header.split(`\r\n${name}: `)[1]?.split('\r\n')[0] ?? null

/** How many bytes the response that begins so has; `null` as long as its header is not complete. */
const lengthOf = (bytes: Buffer): number | null => {
  const end = bytes.indexOf('\r\n\r\n')
  const length = valueOf(bytes.subarray(0, Math.max(end, 0)).toString(), 'Content-Length')
  return length === null ? null : end + 4 + Number(length)
}

/** `null` as long as it is not complete. */
export const parseStrictly = (bytes: Buffer): StrictResponse | null => {
  const length = lengthOf(bytes)
  if (length === null || bytes.length < length) return null
  const end = bytes.indexOf('\r\n\r\n')
  const header = bytes.subarray(0, end).toString()
  const [statusLine = '', ...lines] = header.split('\r\n')
  return {
    status: Number.parseInt(statusLine.split(' ')[1] ?? '', 10),
    statusLine,
    header: lines,
    pragma: Number.parseInt(valueOf(header, 'Pragma') ?? '-1', 10),
    closes: valueOf(header, 'Connection') === 'close',
    body: bytes.subarray(end + 4).toString()
  }
}

/** The response that comes on a connection; rejects when it closes before that is complete. */
export const readStrictly = (socket: Socket): Promise<StrictResponse> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let length: number | null = null
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      size += chunk.length
      length ??= lengthOf(Buffer.concat(chunks))
      if (length === null || size < length) return
      const response = parseStrictly(Buffer.concat(chunks))
      if (response !== null) resolve(response)
    })
    socket.on('close', () => reject(new Error(`closed after ${size} bytes`)))
  })
