/** W3C's `RTCDataChannel` over that of `@roamhq/wrtc`, whose events are no `Event`s, and which does not say when it has room again. */
import type { DataChannel } from '../../client/platform.ts'
import type { NativeChannel } from './library.ts'

/** In milliseconds: how often it is looked whether there is room again. */
const lookEvery = 5

export class WrtcChannel extends EventTarget implements DataChannel {
  readonly #native: NativeChannel
  /** Bytes always come as `ArrayBuffer`s. */
  binaryType: BinaryType = 'arraybuffer'
  bufferedAmountLowThreshold = 0
  #timer: NodeJS.Timeout | null = null

  constructor(native: NativeChannel) {
    super()
    this.#native = native
    native.addEventListener('open', () => {
      // It tells a moment late, and whoever hears of it sends.
      if (this.readyState === 'open') this.dispatchEvent(new Event('open'))
    })
    native.addEventListener('close', () => this.dispatchEvent(new Event('close')))
    native.addEventListener('message', (event) => {
      if (typeof event !== 'object' || event === null || !('data' in event)) return
      this.dispatchEvent(new MessageEvent('message', { data: event.data }))
    })
  }

  get readyState(): RTCDataChannelState {
    return this.#native.readyState
  }

  get bufferedAmount(): number {
    return this.#native.bufferedAmount
  }

  send(data: string | ArrayBuffer): void {
    this.#native.send(data)
    if (this.bufferedAmount > this.bufferedAmountLowThreshold) this.#timer ??= this.#watchForRoom()
  }

  close(): void {
    this.#stopWatching()
    this.#native.close()
  }

  #watchForRoom(): NodeJS.Timeout {
    return setInterval(() => {
      const isOpen = this.readyState === 'open'
      if (isOpen && this.bufferedAmount > this.bufferedAmountLowThreshold) return
      this.#stopWatching()
      if (isOpen) this.dispatchEvent(new Event('bufferedamountlow'))
    }, lookEvery)
  }

  #stopWatching(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}
