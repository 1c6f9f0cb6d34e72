/**
 * What is left to do by hand about HTTP requests: to collect a body within bounds, and to make sense
 * of what Node's parser gave up on.
 */
import { isUtf8 } from 'node:buffer'
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Gives the body at its end, or `null` if it was too large; then too all of it is read, for who is
 * still sending hears no refusal. Gives nothing if the client goes away.
 */
export const readBody = (
  request: IncomingMessage,
  maxBytes: number,
  done: (body: string | null) => void
): void => {
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= maxBytes) chunks.push(chunk)
  })
  request.on('end', () => done(size > maxBytes ? null : Buffer.concat(chunks).toString()))
}

/** The status that a connection ends with when its bytes could not be parsed, or did not come. */
export const statusLineOf = (error: Error): string => {
  switch ('code' in error ? error.code : undefined) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return '408 Request Timeout'
    case 'HPE_HEADER_OVERFLOW':
      return '431 Request Header Fields Too Large'
    default:
      return '400 Bad Request'
  }
}

/** The URL of a sign-in that holds what may not stand in one: spaces, or bytes beyond ASCII. */
export const rawSignIn = (error: Error): string | null => {
  if (!('rawPacket' in error) || !Buffer.isBuffer(error.rawPacket)) return null
  const { rawPacket } = error
  const text = rawPacket.toString(isUtf8(rawPacket) ? 'utf8' : 'latin1')
  return /^GET (\/sign_in\?.*?)(?: HTTP\/\d\.\d)?\r\n/.exec(text)?.[1] ?? null
}

/** A response to a GET that Node could not parse, or `null` while the connection owes another one. */
export const responseOn = (socket: Socket, url: string): ServerResponse | null => {
  const request = Object.assign(new IncomingMessage(socket), { method: 'GET', url, complete: true })
  const response = new ServerResponse(request)
  try {
    response.assignSocket(socket)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_HTTP_SOCKET_ASSIGNED') return null
    throw error
  }
  return response
}
