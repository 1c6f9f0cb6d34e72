/**
 * The SDK in Node: as in a page, but that its WebSockets come from a package. `RTCPeerConnection` and
 * `MediaStream` are whichever implementation is handed in as `rtc`.
 */
import { connectOn } from './connect.ts'
import { NodeSocket } from './node-socket.ts'
import { platformWith } from './platform.ts'
import type { ConnectOptions, Line } from './types.ts'

export { CallError } from './errors.ts'
export type * from './index.ts'

/** As in index.ts. */
export const connect = async (url: string | URL, options: ConnectOptions): Promise<Line> =>
  connectOn(platformWith(options.rtc, NodeSocket), url, options)
