/** The platform of wires that bring a socket of their own, or need none. */
import { type Platform, type Rtc, type WebSocketLike, platformWith } from '../platform.ts'

class NoWebSocket implements WebSocketLike {
  addEventListener(): void {}
  send(): void {}
  close(): void {}
}

/** Node 20 has no `WebSocket`, and does not need one here. */
export const platformWithoutSocket = (rtc: Partial<Rtc> | undefined): Platform =>
  platformWith(rtc, NoWebSocket)
