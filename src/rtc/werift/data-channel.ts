/** W3C's `RTCDataChannel` over werift's, whose events are no `Event`s and whose bytes are Node's `Buffer`s. */
import type { RTCSctpTransport, RTCDataChannel as WeriftDataChannel } from 'werift'
import type { DataChannel } from '../../client/platform.ts'

/**
 * Of the two sides one has to begin the association. Werift lets the controlling one of ICE do so, and during an ICE
 * restart there may be none: then both wait for ever. Who is the client of DTLS does not change.
 */
export const settleWhoBegins = (sctp: RTCSctpTransport): void => {
  Object.defineProperty(sctp, 'isServer', {
    configurable: true,
    get: () => sctp.dtlsTransport.role !== 'client'
  })
}

export class WeriftChannel extends EventTarget implements DataChannel {
  readonly #channel: WeriftDataChannel
  /** Bytes always come as `ArrayBuffer`s. */
  binaryType: BinaryType = 'arraybuffer'

  constructor(channel: WeriftDataChannel) {
    super()
    this.#channel = channel
    channel.stateChanged.subscribe((state) => {
      if (state === 'open') this.dispatchEvent(new Event('open'))
      if (state === 'closed') this.dispatchEvent(new Event('close'))
    })
    channel.bufferedAmountLow.subscribe(() => this.dispatchEvent(new Event('bufferedamountlow')))
    channel.onMessage.subscribe((data) => {
      const plain = typeof data === 'string' ? data : new Uint8Array(data).buffer
      this.dispatchEvent(new MessageEvent('message', { data: plain }))
    })
  }

  get readyState(): RTCDataChannelState {
    return this.#channel.readyState
  }

  get bufferedAmount(): number {
    return this.#channel.bufferedAmount
  }

  get bufferedAmountLowThreshold(): number {
    return this.#channel.bufferedAmountLowThreshold
  }

  set bufferedAmountLowThreshold(bytes: number) {
    this.#channel.bufferedAmountLowThreshold = bytes
  }

  send(data: string | ArrayBuffer): void {
    this.#channel.send(typeof data === 'string' ? data : Buffer.from(data))
  }

  close(): void {
    this.#channel.close()
  }
}
