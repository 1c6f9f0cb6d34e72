/** A page's `WebSocket` for Node, which has none before version 22. */
import { WebSocket } from 'ws'

/** What a server may take to answer a close, before its socket is destroyed. */
const closeMs = 1_000

/** `closeTimeout` is newer than the published types of `ws`, which a literal would be checked against. */
const settings = { closeTimeout: closeMs, perMessageDeflate: false }

export class NodeSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, settings)
  }
}
