/**
 * The SDK in Node: as in a page, but that its WebSockets come from a package. `RTCPeerConnection` and
 * `MediaStream` are whichever implementation is handed in as `rtc`.
 */
import { WebSocket } from 'ws'
import { connectOn } from './connect.ts'
import { platformWith } from './platform.ts'
import type { ConnectOptions, Line } from './types.ts'

export { CallError } from './errors.ts'
export type * from './index.ts'

/** What a server may take to answer a close, before its socket is destroyed. */
const closeMs = 1_000

/** `closeTimeout` is newer than the published types of `ws`, which a literal would be checked against. */
const settings = { closeTimeout: closeMs, perMessageDeflate: false }

/** As a page has it. */
export class NodeSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, settings)
  }
}

/** As in index.ts. */
export const connect = async (url: string | URL, options: ConnectOptions): Promise<Line> =>
  connectOn(platformWith(options.rtc, NodeSocket), url, options)
