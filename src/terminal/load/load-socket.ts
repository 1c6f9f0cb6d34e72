/** A WebSocket as clients under load need it: text in and out, counted, with one end. */
import { type RawData, WebSocket } from 'ws'
import { type ClientOptions, faultOf, faultOfClose, signInMs } from './client.ts'
import type { Fault } from './words.ts'

export interface LoadSocket {
  send(text: string): void
  /** Signed in: from here on it is lost, and not unreachable. */
  settle(): void
  /** Leaves as a client does that will not come back. */
  close(): void
  /** Closes it and tells why. */
  fail(fault: Fault): void
}

/** `closeTimeout` is newer than the published types of `ws`, which a literal would be checked against. */
const settings = {
  perMessageDeflate: false,
  skipUTF8Validation: true,
  handshakeTimeout: signInMs,
  closeTimeout: 1_000
}

const bytesOf = (data: RawData): Buffer => {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}

export const openLoadSocket = (
  { url, protocol }: { readonly url: string; readonly protocol?: string },
  { traffic, handlers }: Pick<ClientOptions, 'traffic' | 'handlers'>,
  on: { opened(): void; received(bytes: Buffer): void; ended(): void }
): LoadSocket => {
  const socket = new WebSocket(url, protocol ?? [], settings)
  let settled = false
  let over = false
  let error: Error | null = null
  const end = (fault: Fault | null): void => {
    if (over) return
    over = true
    clearTimeout(timer)
    on.ended()
    if (fault !== null) handlers.gone(fault)
  }
  const leave = (): void => {
    if (socket.readyState === WebSocket.OPEN) socket.close(1000)
    else socket.terminate()
  }
  const fail = (fault: Fault): void => {
    end(fault)
    leave()
  }
  const timer = setTimeout(() => fail({ type: 'no-answer', detail: 'sign-in' }), signInMs)
  socket.on('open', () => on.opened())
  socket.on('message', (data) => {
    const bytes = bytesOf(data)
    traffic.receivedMessages += 1
    traffic.receivedBytes += bytes.length
    if (!over) on.received(bytes)
  })
  // A close follows.
  socket.on('error', (what) => {
    error = what
  })
  socket.on('close', (code, reason) =>
    end(error === null ? faultOfClose(code, reason.toString(), settled) : faultOf(error, settled))
  )
  return {
    send(text) {
      traffic.sentMessages += 1
      traffic.sentBytes += Buffer.byteLength(text)
      socket.send(text)
    },
    settle() {
      settled = true
      clearTimeout(timer)
    },
    close() {
      end(null)
      leave()
    },
    fail
  }
}
